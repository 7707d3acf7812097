"""The ranked list of rings with its filters, and which ring the address names."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from analytics import formats, relations
from analytics.review.store import Live
from analytics.warehouse import RingFilters
from analytics.warehouse.rings import HELD_BY, RING_ORDERS
from pages._ui import services, state, tables
from pages._ui.frame import empty
from pages._ui.queue_table import MONEY

HELD = {"anything": "Anything", "hidden": "Hidden ties", "open": "Only open ties"}
ORDERS = {
    "weighed": "Harm × suspicion",
    "harm": "Expected harm",
    "suspicion": "Suspicion",
}
LIST = "ring-list"
LISTED = 8  # rows at once: the picture below is to be seen, too


def require_rings(live: Live) -> None:
    """Say why there are no rings, and stop, where the snapshot stores none."""
    if not services.warehouse().rings.are_stored(live.snapshot_id, live.models):
        empty(
            "This snapshot stores no rings: it was built by another version, or nothing in its "
            "data says who has something in common. The Data page says what the source lacks.",
            command="portreeve build",
            icon=":material/hub:",
        )
        st.stop()


def choose_ring(live: Live, filters: RingFilters) -> str | None:
    """Show the list; return the ring that the address names, else the first of the list."""
    rings = services.workbench().rings.ranked(live, filters)
    named = st.query_params.get(state.RING)
    if rings.empty:
        empty("No ring is like this.", icon=":material/search_off:")
        return named
    _show_list(live, rings)
    return named or str(rings["ring"].iloc[0])


def show_filters(live: Live) -> RingFilters:
    """Draw the filters, which stand in the address; return what they say."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order: Any = st.segmented_control(
            "Order by", list(RING_ORDERS), format_func=lambda order: ORDERS[order],
            default=RING_ORDERS[0], required=True, key="ring-order", bind="query-params",
            help="Suspicion: how surely they are one by what nobody shows, and how many of them "
            "were confirmed. Harm alone puts families of large shops first.",
        )  # fmt: skip
        held_by: Any = st.segmented_control(
            "Tied by", list(HELD_BY), format_func=lambda held: HELD[held], default=HELD_BY[0],
            required=True, key="held", bind="query-params",
            help="Openly shown are addresses, phones, licences and sales, as a family business "
            "or an agency has them in common.",
        )  # fmt: skip
        text = st.text_input(
            "Find", key="ring-text", bind="query-params", placeholder="Ring, or a member",
            width=190,
        )  # fmt: skip
        undecided = st.toggle("Nobody confirmed", key="undecided", bind="query-params")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.multiselect(
            "Held by", services.warehouse().rings.kinds(live.snapshot_id, live.models),
            format_func=relations.in_words, key="kind", bind="query-params", placeholder="Anything",
            width=420,
        )  # fmt: skip
        size = st.number_input(
            "Members at least", 2, 1_000, key="size", bind="query-params", width=150
        )
    return RingFilters(tuple(kinds), held_by, size, undecided, text.strip(), order)


def _show_list(live: Live, rings: pd.DataFrame) -> None:
    currency = services.currency(live)
    rows = rings.assign(
        held_by=rings["kinds"].map(lambda kinds: ", ".join(map(relations.in_words, kinds))),
        who=[_who(row) for row in rings.to_dict("records")],
        change=rings["size"] - rings["previous_size"].where(rings["previous_size"] > 0),
    )
    is_money = (rows["harm_unit"] == MONEY).any()
    columns = {
        "ring": tables.text("Ring", pinned=True),
        "expected_harm": tables.money("Expected harm", currency)
        if is_money
        else tables.number("Expected harm (severity)"),
        "score": tables.number(
            "Suspicion", help="0 to 1: surely one by what nobody shows, and confirmed."
        ),
        "mean_risk": tables.probability("Violation, mean"),
        "who": tables.text("Members", width=210),
        "confirmed": tables.count("Confirmed"),
        "change": tables.count("Growth", help="Since the snapshot before; empty for a new ring."),
        "held_by": tables.text("Held by", width=300),
        "cohesion": tables.share("Tied", help="Mean weight of a tie over all pairs."),
        "oldest_tie": tables.day("Oldest tie"),
        "newest_tie": tables.day("Newest tie"),
    }
    tables.show(
        rows,
        columns,
        alt="Rings, the worst first; a click on a row shows the ring",
        key=LIST,
        height=tables.height_of(rows, LISTED),
        on_select=lambda: _pick(list(rows["ring"])),
        selection_mode="single-cell",
    )


def _pick(rings: Sequence[str]) -> None:
    """Name the ring of the row that was clicked in the address."""
    if cells := st.session_state[LIST]["selection"]["cells"]:
        st.query_params[state.RING] = rings[int(cells[0][0])]


def _who(ring: Any) -> str:
    counts = {"merchant": "merchants", "creator": "creators", "product": "products"}
    said = [formats.plural(ring[many], one) for one, many in counts.items() if ring[many]]
    if ring["buyers"]:
        said.append(formats.plural(ring["buyers"], "buyer"))
    return ", ".join(said)
