"""Parts of the Overview: what is at stake, who is first, what is new, what moved, how fresh."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.explain.listing import first_claims
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import navigation, services, tables
from pages._ui.filters import default_entity
from pages._ui.frame import empty
from pages._ui.queue_table import MONEY
from pages._ui.text import plain
from pages._ui.words import ENTITIES, ENTITY, ENTITY_ICONS

ROWS = 8
Row = Mapping[Hashable, Any]
FIRST_SNAPSHOT = "This is the first snapshot of its source: a later one shows what changed."


def describe(live: Live) -> str:
    """Say in one line what the page stands on."""
    fresh = services.freshness(live)
    before = fresh["previous_as_of"]
    since = f", compared with {formats.date(before)}" if before else ""
    return f"What is known as of {formats.time(fresh['as_of'])}{since}"


def show_totals(live: Live) -> None:
    """Show harm, exposure and the size of the queue."""
    totals = services.warehouse().overview(live.snapshot_id, live.models)
    rows = {str(row["entity_type"]): row for row in totals.to_dict("records")}
    first = rows[default_entity(live)]
    with st.grid(5, min_column_width=165):
        if first["harm_unit"] == MONEY:
            _show_stake(first, live)
        else:
            st.metric("Exposure", "Unknown", border=True, help="There are no orders in the data.")
        for entity in (e for e in ENTITIES if e in rows):
            _show_queue_size(entity, rows[entity])


def _show_stake(row: Row, live: Live) -> None:
    currency = services.currency(live)
    before, now = row["previous_harm"], row["expected_harm"]
    change = None if pd.isna(before) or not before else now / before - 1
    st.metric(
        "Expected harm, 60 days",
        formats.short_money(now, currency),
        None if change is None else f"{change:+.1%}",
        delta_color="inverse",
        border=True,
        height="stretch",
        help="Expected defective GMV + Σ severity × P(violation) × exposure. Products and "
        "creators are within their merchants.",
    )
    st.metric(
        "Exposure (GMV at risk)",
        formats.short_money(row["gmv_at_risk"], currency),
        border=True,
        height="stretch",
        help="GMV of the last 30 days, and at least what is ordered and not yet delivered.",
    )


def _show_queue_size(entity: EntityType, row: Row) -> None:
    new = int(row["new_in_queue"])
    st.metric(
        f"{ENTITIES[entity]} in the queue",
        formats.count(row["in_queue"]),
        f"{new:,} new" if row["known_before"] else None,
        delta_color="off",
        delta_arrow="off",
        icon=ENTITY_ICONS[entity],
        border=True,
        height="stretch",
        help=f"Of {formats.count(row['entities'])} scored.",
    )


def show_top(live: Live) -> None:
    """Show who stands first in the queue."""
    st.subheader("Needs attention first", anchor=False)
    rows = services.warehouse().queue(live.snapshot_id, live.models, _first_type(live), limit=ROWS)
    rows["why"] = first_claims(services.case_sources(live), rows)
    _show_people(
        rows,
        {
            "name": tables.text(ENTITY[default_entity(live)], width=150),
            "expected_harm": _harm(rows, live),
            "why": tables.text("First reason", width=320),
        },
        key="top",
    )


def show_new(live: Live) -> None:
    """Show who entered the queue since the snapshot before."""
    st.subheader("New in the queue", anchor=False)
    if services.freshness(live)["previous_as_of"] is None:
        empty(FIRST_SNAPSHOT, icon=":material/history:")
        return
    rows = services.warehouse().new_in_queue(
        live.snapshot_id, live.models, (default_entity(live),), limit=ROWS
    )
    if rows.empty:
        empty("Nobody entered the queue since the snapshot before.", icon=":material/check_circle:")
        return
    rows["why"] = first_claims(services.case_sources(live), rows)
    _show_people(
        rows,
        {
            "name": tables.text(ENTITY[default_entity(live)], width=150),
            "expected_harm": _harm(rows, live),
            "previous_rank": tables.count("Rank before"),
            "why": tables.text("First reason", width=260),
        },
        key="new",
    )


def show_movers(live: Live) -> None:
    """Show whose expected harm grew most."""
    st.subheader("Top movers", anchor=False)
    rows = services.warehouse().movers(live.snapshot_id, live.models, limit=ROWS)
    if rows.empty:
        empty(FIRST_SNAPSHOT, icon=":material/history:")
        return
    rows = rows.assign(type=rows["entity_type"].map(ENTITY))
    _show_people(
        rows,
        {
            "name": tables.text("Name", width=150),
            "type": tables.text("Type", width=80),
            "harm_change": _harm(rows, live, "Harm, change"),
            "expected_harm": _harm(rows, live),
            "rank": tables.count("Rank"),
            "previous_rank": tables.count("Rank before"),
        },
        key="movers",
    )


def show_freshness(live: Live) -> None:
    """Show how old data and models are, and what the scores rest on."""
    st.subheader("Freshness", anchor=False)
    fresh = services.freshness(live)
    facts = {
        "Data known until": formats.time(fresh["as_of"]),
        "Source": plain(fresh["source_name"]),
        "Ingested": formats.time(fresh["ingested_at"]),
        "Put live": f"{formats.time(live.at)} by {plain(live.person)}: {plain(live.reason)}",
    }
    for entity in (e for e in ENTITIES if e in live.models):
        trained = formats.date(fresh["trained_as_of"].get(entity))
        version = live.models[entity]
        facts[f"{ENTITIES[entity]} model"] = f"{plain(version)}, trained as of {trained}"
    st.table(facts, border="horizontal")


def _first_type(live: Live) -> QueueFilters:
    return QueueFilters(entity=(default_entity(live),))


def _harm(rows: pd.DataFrame, live: Live, label: str = "Expected harm") -> tables.Column:
    if (rows["harm_unit"] == MONEY).all():
        return tables.money(label, services.currency(live))
    return tables.number(f"{label} (severity)")


def _show_people(rows: pd.DataFrame, columns: dict[str, tables.Column], *, key: str) -> None:
    event = tables.show(
        rows,
        columns,
        alt=f"{key}: a click on a row opens the case",
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
    )
    if cells := event["selection"]["cells"]:
        row = rows.iloc[int(cells[0][0])]
        navigation.open_case(row["entity_type"], row["entity_id"])
