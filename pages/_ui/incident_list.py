"""The ranked list of incidents with its filters, and which one the address names."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from analytics.review.store import Live
from analytics.signals.incidents import words
from analytics.signals.incidents.declared import BY_NAME, KINDS
from analytics.warehouse import IncidentFilters
from analytics.warehouse.incidents import ORDERS
from pages._ui import services, state, tables
from pages._ui.frame import empty

LIST = "incident-list"
LISTED = 6  # rows at once: the chart below is to be seen, too
KIND = {"merchant": "Merchants", "product": "Products", "creator": "Creators",
        "category": "Categories"}  # fmt: skip
ORDER = {"stake": "GMV at stake", "newest": "Newest", "surest": "Surest"}
STANDINGS = {"new": "New", "acknowledged": "Acknowledged", "linked": "Has a case",
             "dismissed": "Dismissed"}  # fmt: skip
FOUND = {0: "Any time", 7: "≤ 7 days", 30: "≤ 30 days", 90: "≤ 90 days", 365: "≤ 1 year"}
STATUS = {"open": "Goes on", "ended": "Over", "usual": "Usual by now"}


def require_incidents(live: Live) -> None:
    """Say why there are no incidents, and stop, where the snapshot stores none."""
    if not services.warehouse().incidents.are_stored(live.snapshot_id, live.models):
        empty(
            "This snapshot stores no incidents: it was built by another version, or its source "
            "has no orders. The Data page says what the source lacks.",
            command="portreeve build",
            icon=":material/notification_important:",
        )
        st.stop()


def show_filters() -> IncidentFilters:
    """Draw the filters, which stand in the address; return what they say."""
    default = IncidentFilters()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order: Any = st.segmented_control(
            "Order by", list(ORDERS), format_func=lambda order: ORDER[order], default=ORDERS[0],
            required=True, key="incident-order", bind="query-params",
            help="GMV at stake counts the less, the less sure the change is.",
        )  # fmt: skip
        kinds = st.multiselect(
            "Who", list(KINDS), format_func=lambda kind: KIND[kind], key="incident-kind",
            bind="query-params", placeholder="Everybody", width=260,
        )  # fmt: skip
        series = st.multiselect(
            "What changed", list(BY_NAME), format_func=lambda name: BY_NAME[name].label,
            key="incident-series", bind="query-params", placeholder="Anything", width=320,
        )  # fmt: skip
        text = st.text_input(
            "Find", key="incident-text", bind="query-params", placeholder="Id, name or category",
            width=190,
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        standing = st.pills(
            "Standing", list(STANDINGS), selection_mode="multi", default=list(default.standing),
            format_func=lambda standing: STANDINGS[standing], key="incident-standing",
            bind="query-params",
        )  # fmt: skip
        found = st.selectbox(
            "Found", list(FOUND), index=list(FOUND).index(default.found_days),
            format_func=lambda days: FOUND[days], key="incident-found", bind="query-params",
            width=130,
        )  # fmt: skip
        stake = st.number_input(
            "GMV at stake at least", 0.0, step=100.0, format="%.0f", key="incident-stake",
            bind="query-params", width=170,
        )  # fmt: skip
        is_open = st.toggle("Goes on", key="incident-open", bind="query-params")
    return IncidentFilters(
        entity=tuple(kinds),
        series=tuple(series),
        standing=tuple(standing),
        is_open=is_open,
        min_stake=stake,
        found_days=found,
        text=text.strip(),
        order=order,
    )


def choose_incident(live: Live, filters: IncidentFilters) -> str | None:
    """Show the list; return the incident that the address names, else the first of the list."""
    found = services.workbench().incidents.ranked(live, filters)
    named = st.query_params.get(state.INCIDENT)
    if found.empty:
        empty("No incident is like this.", icon=":material/search_off:")
        return named
    _show_list(live, found)
    return named or str(found["incident_id"].iloc[0])


def _show_list(live: Live, found: pd.DataFrame) -> None:
    rows = found.assign(
        what=[
            words.change_words(series, direction)
            for series, direction in zip(found["series"], found["direction"], strict=True)
        ],
        kind=found["entity_type"].str.capitalize(),
        state=found["status"].map(STATUS),
        said=found["standing"].map(STANDINGS),
        sureness=1 - found["q_value"],
    )
    columns = {
        "what": tables.text("What changed", width=190, pinned=True),
        "kind": tables.text("Type"),
        "name": tables.text("Who", width=200),
        "category": tables.text("Category"),
        "started_on": tables.day("Since"),
        "found_on": tables.day("Found"),
        "state": tables.text("State"),
        "gmv_at_stake": tables.money("GMV at stake", services.currency(live)),
        "sureness": tables.share(
            "Sure", help="1 − q: of changes this sure, so many are more than chance."
        ),
        "said": tables.text("Standing"),
        "said_by": tables.text("By"),
    }
    tables.show(
        rows,
        columns,
        alt="Incidents in order; a click on a row shows the incident",
        key=LIST,
        height=tables.height_of(rows, LISTED),
        on_select=lambda: _pick(list(rows["incident_id"])),
        selection_mode="single-cell",
    )


def _pick(incidents: Sequence[str]) -> None:
    """Name the incident of the row that was clicked in the address."""
    if cells := st.session_state[LIST]["selection"]["cells"]:
        st.query_params[state.INCIDENT] = incidents[int(cells[0][0])]
