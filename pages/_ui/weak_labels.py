"""Labelling functions: what they say, how far to trust them, and whether anything uses them."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from pages._ui import evaluated, services, tables
from pages._ui.export import offer_weak_labels
from pages._ui.frame import empty, require_live
from pages._ui.words import ENTITIES, OUTCOMES

if TYPE_CHECKING:
    from analytics.pipeline.weak_labels import WeakReport

EXAMPLE = """\
- name: mostly_late            # its own name
  entity: merchant             # merchant, product or creator
  says: violation              # or no_violation
  policy: M2                   # optional, for the reader
  when:                        # all must hold; an unknown value meets none
    - {feature: late_dispatch_90d, op: ">=", value: 0.4}
    - {feature: orders_90d, op: ">=", value: 20}
"""
USED = (
    ":material/toggle_on: **Retraining learns from them**, each with a fifth of the weight of a "
    "decision, and marks them as weak. They judge no model. The setting `use_weak_labels` is on."
)
UNUSED = (
    ":material/toggle_off: **Nothing uses them.** To let retraining learn from them, beside "
    "decisions and with less weight, turn on the setting `use_weak_labels`."
)


def show_weak_labels(entity: EntityType) -> None:
    """Show each function with its figures, and what all of them together give."""
    st.caption(
        "A labelling function is a belief as conditions: where all of them hold, it votes. Sure "
        "majorities become labels of those whom nobody decided."
    )
    if services.settings().weak_labels_file is None:
        _say_how()
        return
    live = services.live_now() or require_live()
    with st.skeleton(height=240):
        report = evaluated.weak_labels(live, entity)
    st.markdown(USED if report.is_used else UNUSED)
    if report.functions.empty:
        empty(f"The file holds no function about {ENTITIES[entity].lower()}.")
        return
    _show_totals(report)
    _show_functions(report.functions)
    offer_weak_labels(report, live.snapshot_id)


def _say_how() -> None:
    empty(
        "There are no labelling functions. Write them into a YAML file like this one, and name it "
        "in the setting `weak_labels_file` (`PORTREEVE_WEAK_LABELS_FILE`).",
        icon=":material/rule_settings:",
    )
    st.code(EXAMPLE, language="yaml")
    st.caption("`docs/features.md` lists the features; `docs/labels.md` says how votes are added.")


def _show_totals(report: "WeakReport") -> None:
    violations = int(report.labels["label"].sum())
    with st.grid(4, min_column_width=150):
        for label, value, help in (
            ("Functions", len(report.functions), None),
            ("Weak labels", len(report.labels),
             f"Of {report.entities:,} {ENTITIES[report.entity].lower()}; those with a decision, "
             "or without a sure majority, get none."),
            ("Violations", violations, None),
            ("No violations", len(report.labels) - violations, None),
        ):  # fmt: skip
            st.metric(label, formats.count(value), border=True, height="stretch", help=help)


def _show_functions(functions: pd.DataFrame) -> None:
    rows = functions.assign(
        says=functions["says"].map(OUTCOMES),
        interval=[_interval(low, high) for low, high in functions[["low", "high"]].to_numpy()],
    )
    columns = {
        "name": tables.text("Function", width=140, pinned=True),
        "conditions": tables.text("Votes where", width=400, help="A click shows the whole cell."),
        "says": tables.text("Says"),
        "policy": tables.text("Policy", width=60),
        "coverage": tables.share("Covers", help="Share of all that it votes on."),
        "conflict": tables.share(
            "Conflict", help="Share of its votes that another function contradicts."
        ),
        "decided": tables.count("Decided", help="Its votes that a reviewer's decision judges."),
        "accuracy": tables.share("Agrees", help="Share of these where the reviewer agrees."),
        "interval": tables.text("90 % interval"),
        "weight": tables.number(
            "Weight",
            help="Log-odds of its accuracy, drawn towards 70 % where few decisions tell. At 0 it "
            "counts for nothing.",
        ),
    }
    tables.show(
        rows, columns, alt="Labelling functions: what they say, cover, and how often they agree",
        height=tables.height_of(rows, 12),
    )  # fmt: skip
    st.caption(
        "Reviewers decide what the queue serves, so the agreement speaks for suspects more than "
        "for everybody. Functions count as independent: two that say the same count twice."
    )


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{formats.share(low)} to {formats.share(high)}"
