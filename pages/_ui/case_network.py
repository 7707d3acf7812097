"""The network of a case: whom it is tied to, by what, since when, and who of them is confirmed."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analytics import charts as figures
from analytics import formats, relations
from analytics.columns import ENTITY_TYPES
from analytics.review.store import Live
from analytics.warehouse.rings import Network, known_by, ties_of
from pages._ui import charts, navigation, services, site, state, tables
from pages._ui.frame import empty
from pages._ui.ring import PERSONS, open_picked
from pages._ui.text import plain

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def show_network(live: Live, case: "CaseExplanation") -> None:
    """Show the neighbourhood as of a day, and the ties of the case itself as a table."""
    identity, reads = case.identity, services.warehouse().rings
    if not reads.are_stored(live.snapshot_id, live.models):
        empty(
            "This snapshot stores no ties: it was built by another version, or its data say of "
            "nobody what they have in common.",
            command="portreeve build",
            icon=":material/hub:",
        )
        return
    network = services.workbench().rings.neighbourhood(live, identity.entity, identity.entity_id)
    if network.edges.empty:
        empty("Nothing rare ties it to anybody.", icon=":material/hub:")
        return
    ring = network.nodes["ring"].iloc[0]
    if isinstance(ring, str) and st.button(plain(f"Open {ring}"), icon=":material/hub:"):
        st.switch_page(site.RINGS, query_params={state.RING: ring})
    seen = known_by(network, _choose_day(network, case.scores.as_of, identity.entity_id))
    _show_picture(seen, (identity.entity, identity.entity_id))
    _show_ties(seen, identity.entity, identity.entity_id)


def _choose_day(network: Network, as_of: datetime, entity_id: str) -> pd.Timestamp:
    """Let the user go back in time; by default the last day."""
    first = network.edges["first_seen"].min()
    last = as_of.date()
    if pd.isna(first) or first.date() >= last:
        return pd.Timestamp(as_of)
    day: date = st.slider(
        "Ties first seen by",
        first.date(),
        last,
        last,
        format="DD MMM YYYY",
        key=f"network-day-{entity_id}",
        help="What tied them as of that day; confirmations are as of now.",
    )
    return pd.Timestamp(as_of) if day == last else pd.Timestamp(day) + pd.Timedelta(days=1)


def _show_picture(network: Network, center: tuple[str, str]) -> None:
    event = charts.show(
        figures.network(network.nodes, network.edges, center=center),
        figures.network_alt(network.nodes, network.edges),
        key="network",
        on_select="rerun",
        selection_mode="points",
    )
    shown = len(network.nodes) - 1
    of_all = f"{shown} of " if network.neighbours > shown else ""
    st.caption(
        f"{of_all}{formats.plural(network.neighbours, 'neighbour')}. Colour: probability of a "
        "violation; thick edge: confirmed; dotted: shown openly. A click opens the case."
    )
    open_picked(event)


def _show_ties(network: Network, entity: str, entity_id: str) -> None:
    """List what ties the case itself, the strongest first."""
    nodes = network.nodes.set_index(["entity_type", "entity_id"])
    rows = ties_of(network, entity, entity_id)
    others = pd.MultiIndex.from_frame(rows[["other_type", "other_id"]])
    known = nodes.reindex(others).reset_index(drop=True)
    rows = rows.assign(
        what=rows["relation"].map(relations.in_words),
        type=rows["other_type"].map(PERSONS),
        name=known["name"].to_numpy(),
        violation_probability=known["violation_probability"].to_numpy(),
        decided=known["confirmed"].map({1.0: "Confirmed", 0.0: "Cleared"}).to_numpy(),
    )
    columns = {
        "what": tables.text("What ties them", width=230),
        "type": tables.text("Other"),
        "name": tables.text("Name", width=200),
        "other_id": tables.text("Id", width=150),
        "first_seen": tables.day("Since"),
        "sharers": tables.count("Holders in all"),
        "weight": tables.share("Weight"),
        "violation_probability": tables.probability("Violation"),
        "decided": tables.text("Decided"),
    }
    event = tables.show(
        rows, columns, alt="What ties it to whom; a click on a row opens the other's case",
        key=f"ties-{entity_id}", on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    if cells := event["selection"]["cells"]:
        row = rows.iloc[int(cells[0][0])]
        if row["other_type"] in ENTITY_TYPES:
            navigation.open_case(row["other_type"], row["other_id"])
