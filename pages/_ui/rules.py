"""The list of rules with their states and figures, and which one is shown."""

from typing import Any

import pandas as pd
import streamlit as st

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import PortreeveError
from analytics.review.rules import STATES, Rule
from analytics.review.store import Live
from analytics.rules.words import definition_words
from pages._ui import evaluated, services, state, tables
from pages._ui.frame import empty
from pages._ui.words import ENTITIES

LIST = "rule-list"
LISTED = 8
STATE_NAMES = {"draft": "Draft", "shadow": "Shadow", "live": "Live", "retired": "Retired"}
STATE_ICONS = {"draft": ":material/edit_note:", "shadow": ":material/visibility:",
               "live": ":material/bolt:", "retired": ":material/archive:"}  # fmt: skip
STATE_HELP = (
    "A draft does nothing. In shadow a rule is counted and changes nothing. Live it gives reasons "
    "on the case page and opens cases. Retired is the end."
)


def choose_entity(live: Live) -> EntityType:
    """Let the reader choose the type of entity; the address remembers it."""
    known: list[EntityType] = [entity for entity in ENTITY_TYPES if entity in live.models]
    chosen: Any = st.segmented_control(
        "Rules on", known, format_func=lambda entity: ENTITIES[entity], default=known[0],
        required=True, key="rule-entity", bind="query-params",
    )  # fmt: skip
    entity: EntityType = chosen
    return entity


def choose_rule(live: Live, entity: EntityType) -> Rule | None:
    """Show the list; return the rule that the address names, else the first of the list."""
    wanted: Any = st.pills(
        "State", list(STATES), selection_mode="multi", default=["draft", "shadow", "live"],
        format_func=lambda name: STATE_NAMES[name], key="rule-states", help=STATE_HELP,
    )  # fmt: skip
    rules = services.store().rules.all(entity, *wanted)
    if not rules:
        empty("There is no such rule yet. Write one under “New rule”.", icon=":material/rule:")
        return None
    _show_list(live, entity, rules)
    named = st.query_params.get(state.RULE)
    return next((rule for rule in rules if str(rule.id) == named), rules[0])


def _show_list(live: Live, entity: EntityType, rules: list[Rule]) -> None:
    desk, currency = services.workbench().rules, services.currency(live)
    specs = desk.features(live, entity)
    rows = pd.DataFrame(
        [
            {
                "name": rule.name,
                "version": rule.version,
                "state": STATE_NAMES[rule.state],
                "since": rule.state_at,
                "says": definition_words(rule.definition, specs, currency),
                "policy": rule.policy,
                "author": rule.author,
                **_figures(live, rule),
            }
            for rule in rules
        ]
    )
    columns = {
        "name": tables.text("Rule", width=200, pinned=True),
        "version": tables.count("Version"),
        "state": tables.text("State"),
        "since": tables.moment("Since"),
        "hits": tables.count("Hits"),
        "outside": tables.count("Outside the queue", help="Hits that the model's queue lacks."),
        "precision": tables.share(
            "Precision", help="Confirmed violations among the hits that were decided."
        ),
        "decided": tables.count("Decided"),
        "exposure": tables.money("GMV at risk", currency),
        "policy": tables.text("Policy"),
        "says": tables.text("Says", width=420),
        "author": tables.text("Author"),
    }
    tables.show(
        rows,
        columns,
        alt="Rules with their states and figures; a click on a row shows the rule",
        key=LIST,
        height=tables.height_of(rows, LISTED),
        on_select=lambda: _pick([rule.id for rule in rules]),
        selection_mode="single-cell",
    )


def _figures(live: Live, rule: Rule) -> dict[str, Any]:
    """Return a rule's figures on the snapshot; none where it lacks a feature of the rule."""
    try:
        found = evaluated.backtest(live, rule.entity_type, rule.definition, compare=False)
    except PortreeveError:
        return dict.fromkeys(("hits", "outside", "precision", "decided", "exposure"))
    return {
        "hits": found.hits,
        "outside": found.outside,
        "precision": found.precision.value,
        "decided": found.precision.of,
        "exposure": found.exposure,
    }


def _pick(rules: list[int]) -> None:
    """Name the rule of the row that was clicked in the address."""
    if cells := st.session_state[LIST]["selection"]["cells"]:
        st.query_params[state.RULE] = str(rules[int(cells[0][0])])
