"""Writing a rule: conditions chosen from lists, or an expression in SQL, with a live preview."""

from typing import Any

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import InputError, PortreeveError
from analytics.features.spec import FeatureSpec
from analytics.policies import load_taxonomy
from analytics.review.store import Live
from analytics.rules.definition import (
    LONGEST_SQL,
    OPERATORS,
    WITHOUT_VALUE,
    Condition,
    Definition,
    Expression,
    Group,
)
from pages._ui import evaluated, services, state
from pages._ui.frame import empty, guarded, show_problem
from pages._ui.rule import show_definition
from pages._ui.rule_figures import show_backtest, show_hits
from pages._ui.text import plain
from pages._ui.words import family_name, feature_name, policy_name

OPERATOR_NAMES = {"<": "below", "<=": "at most", ">": "above", ">=": "at least", "=": "equals",
                  "!=": "differs from", "missing": "is missing", "known": "is known"}  # fmt: skip
JOIN_NAMES = {"all": "All of them", "any": "Any of them"}
UNITS = {"share": "%", "days": "days", "hours": "hours", "count": "count", "rating": "of 5",
         "ratio": "ratio", "per_day": "a day", "number": "number"}  # fmt: skip
Specs = dict[str, FeatureSpec]


def show_builder(live: Live, entity: EntityType) -> None:
    """Show the builder, what the rule would do, and the form that keeps it."""
    specs = services.workbench().rules.features(live, entity)
    mode = st.segmented_control(
        "Write it as", ["Conditions", "SQL"], default="Conditions", required=True, key="rule-mode"
    )
    left, right = st.columns([7, 3], gap="medium")
    with left:
        definition = _sql(live, entity, specs) if mode == "SQL" else _groups(entity, specs, live)
        if definition is not None:
            with guarded("try this rule"):
                _show_preview(live, entity, definition)
    with right:
        if services.is_live(live):
            _offer_to_keep(live, entity, definition)


def _show_preview(live: Live, entity: EntityType, definition: Definition) -> None:
    if not isinstance(definition, Expression):
        show_definition(live, entity, definition)
    found = evaluated.backtest(live, entity, definition)
    show_backtest(found, services.currency(live))
    show_hits(live, entity, definition, key="rule-preview")


def _sql(live: Live, entity: EntityType, specs: Specs) -> Definition | None:
    """Draw the field of an expression, with its error beside it; return what it says."""
    text = st.text_area(
        "Expression", key=f"rule-sql-{entity}", height=110, max_chars=LONGEST_SQL,
        placeholder=" AND ".join(f"{name} > 0" for name in list(specs)[:2]),
        help="Features, numbers, comparisons, AND, OR, NOT, IN, BETWEEN, IS NULL, + - * / and "
        "abs, coalesce, greatest, least, nullif, sqrt, ln. Shares are fractions: 0.2 is 20 %.",
    )  # fmt: skip
    _show_features(specs)
    if not text.strip():
        empty("Write a condition to see whom it hits.", icon=":material/code:")
        return None
    definition = Expression(text.strip())
    try:
        services.workbench().rules.check(live, entity, definition)
    except InputError as problem:
        show_problem(problem)
        return None
    return definition


def _show_features(specs: Specs) -> None:
    box = st.expander(
        "Features to write with", icon=":material/list:", type="compact", on_change="rerun",
        key="rule-features",
    )  # fmt: skip
    if box.open:
        rows = [
            {"Name": name, "Feature": feature_name(spec), "Family": family_name(spec.family),
             "Unit": spec.unit}
            for name, spec in specs.items()
        ]  # fmt: skip
        box.dataframe(rows, hide_index=True, height=260, alt="Features that a rule may use")


def _groups(entity: EntityType, specs: Specs, live: Live) -> Definition | None:
    """Draw groups of conditions; return what they say, None while there is no condition."""
    sizes: list[list[int]] = st.session_state.setdefault(_key(entity), [[0]])
    joined: Any = "all"
    if len(sizes) > 1:
        joined = _join("Of these groups", f"rule-join-{entity}")
    currency = services.currency(live)
    groups = [_group(entity, at, rows, specs, currency) for at, rows in enumerate(sizes)]
    st.button(
        "Add group", icon=":material/playlist_add:", key=f"rule-add-group-{entity}",
        on_click=lambda: sizes.append([0]),
    )  # fmt: skip
    parts = tuple(group for group in groups if group is not None)
    if not parts:
        empty("Choose a feature to see whom the rule hits.", icon=":material/rule:")
        return None
    return parts[0] if len(parts) == 1 else Group(joined, parts)


def _group(
    entity: EntityType, at: int, rows: list[int], specs: Specs, currency: str
) -> Group | None:
    place = f"{entity}-{at}"
    with st.container(border=True, gap="small"):
        joined: Any = "all"
        if len(rows) > 1:
            joined = _join("Of these conditions", f"rule-join-{place}")
        found = [_condition(f"{place}-{row}", rows, row, specs, currency) for row in rows]
        st.button(
            "Add condition", icon=":material/add:", key=f"rule-add-{place}", type="tertiary",
            on_click=lambda: rows.append(max(rows, default=-1) + 1),
        )  # fmt: skip
    parts = tuple(condition for condition in found if condition is not None)
    return Group(joined, parts) if parts else None


def _join(label: str, key: str) -> Any:
    return st.segmented_control(
        label, list(JOIN_NAMES), format_func=lambda join: JOIN_NAMES[join], default="all",
        required=True, key=key,
    )  # fmt: skip


def _condition(
    place: str, rows: list[int], row: int, specs: Specs, currency: str
) -> Condition | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        feature = st.selectbox(
            "Feature", list(specs), index=None, key=f"rule-feature-{place}", width=280,
            format_func=lambda name: _choice(specs[name]),
            placeholder="Choose a feature",
        )  # fmt: skip
        operator: Any = st.selectbox(
            "Compared", list(OPERATORS), index=2, key=f"rule-operator-{place}", width=130,
            format_func=lambda name: OPERATOR_NAMES[name],
        )  # fmt: skip
        value = None
        if operator not in WITHOUT_VALUE:
            value = st.number_input(
                f"Value ({_unit(specs.get(feature or ''), currency)})", value=0.0, step=1.0,
                format="%.6g", key=f"rule-value-{place}", width=140,
            )  # fmt: skip
        st.button(
            "Remove", icon=":material/delete:", key=f"rule-remove-{place}", type="tertiary",
            disabled=len(rows) == 1, on_click=lambda: rows.remove(row),
        )  # fmt: skip
    if feature is None:
        return None
    if value is None:
        return Condition(feature, operator)
    return Condition(feature, operator, value / 100 if specs[feature].unit == "share" else value)


def _choice(spec: FeatureSpec) -> str:
    return f"{feature_name(spec)} · {family_name(spec.family)}"


def _unit(spec: FeatureSpec | None, currency: str) -> str:
    if spec is None:
        return "number"
    return currency if spec.unit == "money" else UNITS[spec.unit]


def _offer_to_keep(live: Live, entity: EntityType, definition: Definition | None) -> None:
    taxonomy = load_taxonomy(services.settings().policies_file)
    with st.form(f"rule-keep-{entity}"):
        name = st.text_input("Name", key=f"rule-name-{entity}", max_chars=200)
        policy = st.selectbox(
            "Points to", [p.code for p in taxonomy.of(entity)], index=None,
            format_func=policy_name, placeholder="No policy", key=f"rule-policy-{entity}",
        )  # fmt: skip
        reason = st.text_area(
            "Reason", key=f"rule-why-{entity}", height=68, max_chars=2_000,
            placeholder="Why this rule, for the record",
        )  # fmt: skip
        pressed = st.form_submit_button(
            "Keep as draft", key=f"rule-save-{entity}", icon=":material/save:", type="primary"
        )
        st.caption("A name that is taken already gets another version.")
    if not pressed:
        return
    try:
        if definition is None:
            raise InputError("The rule says nothing yet.", hint="Write a condition first.")
        rule = services.workbench().rules.add(
            live, entity, name, definition, services.reviewer(), reason, policy
        )
    except PortreeveError as problem:
        show_problem(problem)
        return
    st.query_params[state.RULE] = str(rule.id)
    st.toast(f"Kept {plain(rule.label)} as a draft", icon=":material/check_circle:")
    _forget(entity)
    st.rerun()


def _forget(entity: EntityType) -> None:
    """Empty the builder: what was kept stands in the list now."""
    keys = ("name", "why", "policy", "sql")
    for key in (_key(entity), *(f"rule-{name}-{entity}" for name in keys)):
        st.session_state.pop(key, None)
    rows = tuple(f"rule-{part}-{entity}-" for part in ("feature", "value"))
    for name in list(st.session_state):
        if str(name).startswith(rows):
            del st.session_state[name]


def _key(entity: EntityType) -> str:
    return f"{state.RULE_GROUPS} {entity}"
