"""The ranked list: why the first is first, a row per entity, and the way into each case."""

from typing import Any

import pandas as pd
import streamlit as st

from analytics import formats
from analytics.explain.listing import first_claims
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import navigation, services, state, tables
from pages._ui.filters import put_filters
from pages._ui.text import sentence
from pages._ui.words import ENTITIES, ENTITY, policy_name

MONEY = "money"
SHORT, TALL = 18, 600  # rows, pixels


def show_queue(live: Live, filters: QueueFilters, total: int) -> None:
    """Show one page of the queue; a click on a row opens its case."""
    if not total:
        _say_nobody(live, filters)
        return
    slot = st.container()
    page = _page_number(total)
    with slot.skeleton(height=500):
        rows = services.warehouse().queue(
            live.snapshot_id,
            live.models,
            filters,
            limit=tables.PAGE_ROWS,
            offset=(page - 1) * tables.PAGE_ROWS,
        )
        rows["why"] = first_claims(services.case_sources(live), rows)
        with slot:
            _say_why_first(rows.iloc[0], live)
            picked = _show_rows(rows, live)
    if picked is not None:
        row = rows.iloc[picked]
        navigation.open_case(row["entity_type"], row["entity_id"], filters)


def _say_nobody(live: Live, filters: QueueFilters) -> None:
    st.info("Nobody matches these filters.", icon=":material/filter_alt_off:")
    cleared = QueueFilters(entity=filters.entity, order=filters.order, view=filters.view)
    st.button("Clear the filters", on_click=put_filters, args=(live, cleared))


def _page_number(total: int) -> int:
    pages = -(-total // tables.PAGE_ROWS)
    if pages == 1:
        return 1
    return st.pagination(pages, key=state.QUEUE_PAGE, bind="query-params")


def _say_why_first(row: pd.Series, live: Live) -> None:
    place = formats.ordinal(int(row["position"]))
    said = sentence(why_here(row, services.currency(live)))
    st.caption(f":material/info: **Why {place}?** {said}")


def why_here(row: Any, currency: str) -> str:
    """Say in one sentence what an entity's place in the queue is made of."""
    name = f"{row['name']}: "
    if row["harm_unit"] != MONEY:
        return f"{name}exposure is unknown, so probability × severity ranks ({row['why']})."
    parts = [
        (row["quality_harm"], "from orders expected to go wrong"),
        (row["policy_harm"], "from likely violations"),
    ]
    said = " + ".join(f"{formats.money(a, currency)} {text}" for a, text in parts if a > 0)
    total = formats.money(row["expected_harm"], currency)
    why = f" First reason: {row['why']}." if row["why"] else ""
    return f"{name}{total} expected harm = {said or total}.{why}"


def _show_rows(rows: pd.DataFrame, live: Live) -> int | None:
    currency = services.currency(live)
    rows = rows.assign(
        moved=rows["previous_rank"] - rows["rank"],
        policy=rows["top_policy"].map(policy_name, na_action="ignore"),
    )
    event = tables.show(
        rows,
        queue_columns(rows, currency),
        alt="Queue, ranked by expected harm; a click on a row opens the case",
        key="queue",
        on_select="rerun",
        selection_mode="single-cell",
        height="content" if len(rows) <= SHORT else TALL,
    )
    cells = event["selection"]["cells"]
    return int(cells[0][0]) if cells else None


def queue_columns(rows: pd.DataFrame, currency: str) -> dict[str, Any]:
    """Configure the queue's columns for what these rows hold."""
    has_money = (rows["harm_unit"] == MONEY).any()
    harm_help = "Expected defective GMV in the next 60 days + Σ severity × P(violation) × exposure."
    columns: dict[str, Any] = {
        "position": tables.count("#", width=50),
        "name": tables.text(who(rows), width=130),
        "why": tables.text("First reason", width=300, help="Strongest reason, in words."),
    }
    if has_money:
        columns["expected_harm"] = tables.money("Expected harm", currency, help=harm_help)
        columns["gmv_at_risk"] = tables.money("Exposure", currency, help="GMV at risk.")
    else:
        columns["expected_harm"] = tables.number("Expected harm (severity)")
    return columns | {
        "violation_probability": tables.probability("Violation"),
        "quality_probability": tables.probability("Bad quality, 60 d"),
        "policy": tables.text("Likely policy", width=150),
        "category": tables.text("Category", width=110),
        "size_band": tables.text("Lines, 90 d", width=85),
        "age_days": tables.count("Known (days)"),
        "moved": st.column_config.NumberColumn(
            "Places up", format="%+d", help="Since the snapshot before."
        ),
        "entity_id": tables.text("Id", width=120),
    }


def who(rows: pd.DataFrame) -> str:
    """Return what the rows are about, as a column's label."""
    kinds = rows["entity_type"].unique()
    return ENTITY[kinds[0]] if len(kinds) == 1 else "Name"


def describe_totals(totals: pd.DataFrame, live: Live) -> str:
    """Say how many match and what is at stake."""
    said = []
    for row in totals.to_dict("records"):
        count = f"{formats.count(row['entities'])} {ENTITIES[row['entity_type']].lower()}"
        queue = f"{formats.count(row['in_queue'])} in the queue"
        harm = formats.short_money(row["expected_harm"], services.currency(live))
        stake = f" · {harm} expected harm" if row["harm_unit"] == MONEY else ""
        said.append(f"{count} · {queue}{stake}")
    return " — ".join(said)
