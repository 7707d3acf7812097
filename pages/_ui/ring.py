"""One ring: its picture, what holds it, who stands in it, how it grew, and the decision on it."""

from typing import Any

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats, relations
from analytics.columns import ENTITY_TYPES
from analytics.review.store import Live
from pages._ui import charts, navigation, services, tables
from pages._ui.frame import guarded
from pages._ui.queue_table import MONEY
from pages._ui.ring_decision import show_ring_decision
from pages._ui.text import plain
from pages._ui.words import ENTITY

TABS = ("Members", "Decision", "Timeline")
PERSONS: dict[str, str] = {**dict(ENTITY.items()), "buyer": "Buyer"}


def show_ring(live: Live, ring: str) -> None:
    """Show one ring; an error about it leaves the list above usable."""
    with guarded("show the ring"):
        reads = services.warehouse().rings
        told = reads.ring(live.snapshot_id, live.models, ring)
        members = services.workbench().rings.members(live, ring)
        edges = reads.edges(live.snapshot_id, live.models, ring)
        st.subheader(plain(ring), anchor=False)
        _show_facts(live, told, members)
        picture, shared = st.columns([5, 4], gap="medium")
        with picture:
            _show_picture(members, edges)
        with shared:
            _show_shared(live, ring)
        tabs = st.tabs(TABS, key="ring-tab", bind="query-params")
        for name, tab in zip(TABS, tabs, strict=True):
            if tab.open:
                with tab, guarded(f"show {name.lower()}"):
                    _show_tab(name, live, ring, members, edges)


def _show_tab(name: str, live: Live, ring: str, members: pd.DataFrame, edges: pd.DataFrame) -> None:
    if name == "Members":
        _show_members(live, members)
    elif name == "Timeline":
        charts.show(
            figures.ring_timeline(members, edges), figures.ring_timeline_alt(members, edges)
        )
    else:
        show_ring_decision(live, ring)


def _show_facts(live: Live, told: dict[str, Any], members: pd.DataFrame) -> None:
    currency = services.currency(live)
    is_money = told["harm_unit"] == MONEY
    harm = told["expected_harm"]
    confirmed = int((members["confirmed"] == 1).sum())
    facts = [
        ("Expected harm",
         formats.short_money(harm, currency) if is_money else formats.number(harm),
         "Of merchants, and of products whose merchant is no member; or of creators, where that "
         "is more: the same orders stand behind them."),
        ("Exposure", formats.short_money(told["exposure"], currency), "GMV at risk."),
        ("Violation, mean", formats.probability(told["mean_risk"]), None),
        ("Confirmed", f"{confirmed} of {told['size']}", "By past decisions and those made here."),
        ("Pairs tied", formats.share(told["density"]),
         f"By chance: {formats.share(told['expected_density'])}."),
        ("Since the snapshot before", _change(told), _history(told)),
    ]  # fmt: skip
    with st.grid(6, min_column_width=110):
        for label, value, help in facts:
            st.metric(label, value, help=help)


def _change(told: dict[str, Any]) -> str:
    if not told["previous_size"]:
        return "New"
    return f"+{told['joined']} −{told['left']}"


def _history(told: dict[str, Any]) -> str | None:
    said = []
    if told["merged_from"]:
        said.append(f"Took in {plain(told['merged_from'], None)}.")
    if told["split_from"]:
        said.append(f"Has members of {plain(told['split_from'], None)}.")
    return " ".join(said) or "Members that came and that went."


def _show_picture(members: pd.DataFrame, edges: pd.DataFrame) -> None:
    event = charts.show(
        figures.network(members, edges),
        figures.network_alt(members, edges),
        key="ring-picture",
        on_select="rerun",
        selection_mode="points",
    )
    rest = len(members) - len(figures.drawn(members))
    if rest:
        st.caption(f"{formats.plural(rest, 'more member')} with less harm, not drawn.")
    st.caption(
        "Colour: probability of a violation; thick edge: confirmed; dotted: shown openly. "
        "A click opens the case."
    )
    open_picked(event)


def open_picked(event: Any) -> None:
    """Go to the case of the point that was clicked; buyers have none."""
    for point in event["selection"]["points"]:
        entity, entity_id = point.get("customdata") or ("", "")
        if entity in ENTITY_TYPES:
            navigation.open_case(entity, str(entity_id))


def _show_shared(live: Live, ring: str) -> None:
    values = services.warehouse().rings.values(live.snapshot_id, live.models, ring)
    values["what"] = values["relation"].map(relations.in_words)
    columns = {
        "what": tables.text("What they share", width=190),
        "members": tables.count("Members with it"),
        "holders": tables.count("Holders in all", help="A value with many holders says little."),
        "first_seen": tables.day("Since", help="When the first two had it."),
        "value": tables.text("Value, hashed", width=120),
    }
    tables.show(values, columns, alt="What holds the ring", height=tables.height_of(values, 12))
    common = services.warehouse().rings.common(live.snapshot_id, live.models)
    if len(common):
        count = formats.plural(len(common), "value")
        st.caption(
            f"{count} that too many share, such as a warehouse, tie nobody in this snapshot."
        )


def _show_members(live: Live, members: pd.DataFrame) -> None:
    currency = services.currency(live)
    rows = members.assign(
        type=members["entity_type"].map(PERSONS),
        decided=members["confirmed"].map({1.0: "Confirmed", 0.0: "Cleared"}),
    )
    is_money = (rows["harm_unit"] == MONEY).any()
    columns = {
        "type": tables.text("Type"),
        "name": tables.text("Name", width=220),
        "entity_id": tables.text("Id", width=160),
        "expected_harm": tables.money("Expected harm", currency)
        if is_money
        else tables.number("Expected harm (severity)"),
        "violation_probability": tables.probability("Violation"),
        "tie": tables.share("Tied to the ring"),
        "hidden_tie": tables.share("By what nobody shows"),
        "rarest": tables.count("Holders of the rarest value"),
        "joined_at": tables.day("In the ring since"),
        "decided": tables.text("Decided"),
    }
    event = tables.show(
        rows, columns, alt="Members; a click on a row opens the case", key="ring-members",
        on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        row = rows.iloc[int(cells[0][0])]
        if row["entity_type"] in ENTITY_TYPES:
            navigation.open_case(row["entity_type"], row["entity_id"])
