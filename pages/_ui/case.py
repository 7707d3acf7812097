"""The open case: which one it is, its explanation, and the way to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import NotFoundError
from analytics.review.store import Live
from pages._ui import navigation, services, site, state
from pages._ui.filters import carried_filters, default_entity
from pages._ui.frame import empty, heading, show_problem

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

MAX_ID = 200


@dataclass(frozen=True)
class Chosen:
    """The entity that the address names."""

    entity: EntityType
    entity_id: str


def require_case(live: Live) -> "CaseExplanation":
    """Return the explanation of the case that the address names, or say what to do and stop."""
    chosen = _first_of_queue(live) if state.OPEN_FIRST in st.query_params else _chosen()
    if chosen is None:
        heading("Case")
        empty("No case is open.", icon=":material/folder_open:")
        _offer_first(live)
        st.stop()
    try:
        return explain(live, chosen)
    except NotFoundError as error:
        heading("Case")
        show_problem(error)
        st.page_link(site.EXPLORE, label="Search for it", icon=":material/search:")
        _offer_first(live)
        st.stop()


def explain(live: Live, chosen: Chosen) -> "CaseExplanation":
    """Explain an entity as `portreeve explain` does; the last ones are kept."""
    models = tuple(sorted(live.models.items()))
    home = services.settings().model_dump_json()
    return _explain(live, home, live.snapshot_id, models, chosen.entity, chosen.entity_id)


@st.cache_resource(show_spinner=False, max_entries=200)
def _explain(
    _live: Live,
    home: str,
    snapshot_id: str,
    models: tuple[tuple[str, str], ...],
    entity: EntityType,
    entity_id: str,
) -> "CaseExplanation":
    from analytics.explain.case import explain_entity

    sources = services.case_sources(_live)
    return explain_entity(sources, entity, entity_id, with_waterfalls=False)


def _chosen() -> Chosen | None:
    entity, entity_id = (st.query_params.get(key, "") for key in (state.CASE_TYPE, state.CASE_ID))
    known: Mapping[str, EntityType] = {name: name for name in ENTITY_TYPES}
    if not entity_id:
        return None
    return Chosen(known.get(entity, "merchant"), entity_id[:MAX_ID])


def _first_of_queue(live: Live) -> Chosen | None:
    filters = carried_filters(live, default_entity(live))
    first = services.warehouse().queue(live.snapshot_id, live.models, filters, limit=1)
    if first.empty:
        return None
    chosen = Chosen(first["entity_type"].iloc[0], str(first["entity_id"].iloc[0]))
    navigation.open_case(chosen.entity, chosen.entity_id, filters)
    return None


def _offer_first(live: Live) -> None:
    if st.button("Open the first of the queue", icon=":material/play_arrow:", type="primary"):
        _first_of_queue(live)


def show_way(live: Live, case: "CaseExplanation") -> None:
    """Show the place in the queue, and the buttons to go on: next J, previous K, back B."""
    identity = case.identity
    filters = carried_filters(live, identity.entity)
    near = services.warehouse().neighbours(
        live.snapshot_id,
        live.models,
        filters,
        identity.entity,
        identity.entity_id,
    )
    at = {int(step): row for step, row in zip(near["step"], near.to_dict("records"), strict=True)}
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Queue", icon=":material/arrow_back:", shortcut="B", key="back"):
            navigation.open_queue(live, filters)
        for step, label, icon, key in WAY:
            there = at.get(step)
            pressed = st.button(
                label, icon=icon, shortcut=key, key=label.lower(), disabled=there is None
            )
            if pressed and there is not None:
                navigation.open_case(there["entity_type"], there["entity_id"], filters)
        if 0 in at:
            st.caption(f"Place {int(at[0]['position']):,} in this queue")
        else:
            st.caption("Not in the queue as it is filtered")


WAY = (
    (-1, "Previous", ":material/keyboard_arrow_up:", "K"),
    (1, "Next", ":material/keyboard_arrow_down:", "J"),
)
