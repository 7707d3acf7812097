"""Selection and error rates by group."""

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats
from analytics.columns import EntityType
from analytics.review.store import Live
from pages._ui import charts, services, tables
from pages._ui.frame import empty
from pages._ui.words import ENTITIES

DIMENSIONS = {"country": "Country", "language": "Language", "size": "Size", "age": "Age"}
RATES = {
    "selection_rate": "Served for review",
    "false_positive_rate": "Cleared, but flagged (false positive rate)",
    "false_negative_rate": "In violation, but not flagged (false negative rate)",
}
MEASURED = (
    "**Measured**: who would be served within a day's capacity by expected harm, of all; and how "
    "often the model's threshold of a day's capacity was wrong about decided cases, each standing "
    "for as many as it was drawn for. Decisions are taken for true."
)
NOT_MEASURED = (
    "**Not measured**: whether reviewers themselves decide otherwise about some groups, what "
    "sanctions do to whom, groups that the data do not name (gender, origin, disability of the "
    "people behind a shop), and groups too small to say anything of. A difference between groups "
    "is a question, not a verdict: groups may differ in what they do."
)


def show_fairness(live: Live, entity: EntityType) -> None:
    """Let the user choose a dimension, and show its rates by group."""
    rates = services.workbench().monitoring.fairness(live, entity)
    known = [d for d in DIMENSIONS if (rates["dimension"] == d).any()]
    if not known:
        empty("The data name no group.", icon=":material/groups:")
        return
    chosen = st.segmented_control(
        "By", known, format_func=lambda d: DIMENSIONS[d], default=known[0], required=True,
        key=f"fair-{entity}",
    )  # fmt: skip
    of_dimension = rates[rates["dimension"] == (chosen or known[0])]
    for measure, name in RATES.items():
        st.subheader(name, anchor=False)
        _show_rate(of_dimension[of_dimension["measure"] == measure], measure, entity)
    if "language" not in known:
        st.caption("Languages are not known: give them as a column `language` of `extra_features`.")
    st.markdown(MEASURED)
    st.markdown(NOT_MEASURED)


def _show_rate(rows: pd.DataFrame, measure: str, entity: EntityType) -> None:
    least = services.settings().monitor_least
    known = rows[rows["value"].notna()]
    if known.empty:
        who = ENTITIES[entity].lower() if measure == "selection_rate" else "decided cases"
        empty(f"No group has {least} {who} to say this of.", icon=":material/groups:")
        return
    charts.show(figures.group_rates(known), figures.group_rates_alt(known), key=f"rate-{measure}")
    apart = formats.plural(int(known["is_apart"].sum()), "group")
    small = len(rows) - len(known)
    left_out = (
        f" {formats.plural(small, 'group')} with fewer than {least} left out." if small else ""
    )
    st.caption(f"{apart} apart from all others together (90 % intervals).{left_out}")
    with st.expander("As a table", icon=":material/table:", type="compact"):
        columns = {
            "group": tables.text("Group", width=180),
            "cases": tables.count("Cases"),
            "value": tables.share("Rate"),
            "low": tables.share("5 % bound"),
            "high": tables.share("95 % bound"),
            "is_apart": tables.flag("Apart"),
        }
        tables.show(rows, columns, alt=f"{RATES[measure]} by group", height="content")
