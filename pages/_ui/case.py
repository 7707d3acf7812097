"""The open case: which one it is, its explanation, and the way to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from analytics import formats
from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import NotFoundError
from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import actions, keys, leases, navigation, rounds, services, site, state
from pages._ui.explanations import explain
from pages._ui.filters import carried_filters, default_entity
from pages._ui.frame import empty, heading, show_problem
from pages._ui.leases import Standing
from pages._ui.text import plain
from pages._ui.words import STATUSES

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

MAX_ID = 200
TRAIL_MOST = 100


@dataclass(frozen=True)
class Chosen:
    """The entity that the address names."""

    entity: EntityType
    entity_id: str


def require_case(live: Live) -> "CaseExplanation":
    """Return the explanation of the case that the address names, or say what to do and stop.

    What a key asked for is done before: it may change which case the address names.
    """
    actions.perform(live)
    chosen = _first_of_queue(live) if state.OPEN_FIRST in st.query_params else _chosen()
    if chosen is None:
        heading("Case")
        empty("No case is open.", icon=":material/folder_open:")
        _offer_first(live)
        st.stop()
    _refuse_blind(chosen)
    try:
        return explain(live, chosen.entity, chosen.entity_id)
    except NotFoundError as error:
        heading("Case")
        show_problem(error)
        st.page_link(site.EXPLORE, label="Search for it", icon=":material/search:")
        _offer_first(live)
        st.stop()


def _refuse_blind(chosen: Chosen) -> None:
    """Show nothing of a case that this reviewer judges blindly now: its past stands here."""
    looks = services.store().second_looks
    if looks.is_in_hand(services.reviewer(), chosen.entity, chosen.entity_id):
        heading("Case")
        empty("You are judging it in a second review; what was decided is hidden until then.")
        st.page_link(site.SECOND_REVIEW, label="Judge it", icon=":material/visibility_off:")
        st.stop()


def stand(live: Live, case: "CaseExplanation") -> Standing:
    """Claim the case that is shown, if it can be had, and remember that it was shown."""
    identity = case.identity
    if not services.is_live(live):
        st.session_state[state.SHOWN] = None
        return Standing("past", services.store().cases.find(identity.entity, identity.entity_id))
    standing = leases.stand(identity.entity, identity.entity_id)
    if standing.held is not None:
        standing.held.live = live
    st.session_state[state.SHOWN] = standing.case and standing.case.id
    trail, here = actions.trail_of(), (identity.entity, identity.entity_id)
    if not trail or trail[-1] != here:
        trail.append(here)
        del trail[:-TRAIL_MOST]
    return standing


def finish(live: Live, case: "CaseExplanation", standing: Standing) -> None:
    """After all is drawn: note the first view, and prepare the next case."""
    st.session_state.pop(state.DIALOG, None)
    if notice := st.session_state.pop(state.NOTICE, None):
        st.toast(plain(notice, None), icon=":material/check_circle:")
    if standing.held is None:
        return
    if not standing.held.is_viewed:
        standing.held.is_viewed = True
        services.store().cases.viewed(standing.held.token)
        chosen = rounds.current_round(carried_filters(live, case.identity.entity))
        rounds.prepare_next(live, chosen)


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


def show_way(live: Live, case: "CaseExplanation", standing: Standing) -> None:
    """Show the way back to the queue, and where in it this is."""
    filters = carried_filters(live, case.identity.entity)
    with st.container(horizontal=True, vertical_alignment="center"):
        _button("Queue", ":material/arrow_back:", keys.BACK, "back", is_idle=_is_idle())
        if filters.view == "cases":
            _show_round(standing)
        else:
            _show_neighbours(live, case, filters)


def _show_round(standing: Standing) -> None:
    """Offer the case shown before; the next one is offered where this one is decided."""
    _button(
        "Previous",
        ":material/keyboard_arrow_up:",
        keys.PREVIOUS,
        "previous",
        is_idle=_is_idle() or len(actions.trail_of()) < 2,
    )
    case = standing.case
    if case is None:
        return
    due = "Overdue since" if case.closed_at is None and case.due_at < leases.now() else "Due"
    said = [STATUSES[case.status], f"{due} {formats.date(case.due_at)}"]
    if case.assigned_to:
        said.append(f"assigned to {plain(case.assigned_to)}")
    st.caption(f"Case {case.id}: {', '.join(said)}. {plain(case.opened_reason, None)}")


def _show_neighbours(live: Live, case: "CaseExplanation", filters: QueueFilters) -> None:
    identity = case.identity
    near = services.warehouse().neighbours(
        live.snapshot_id, live.models, filters, identity.entity, identity.entity_id
    )
    at = {int(step): row for step, row in zip(near["step"], near.to_dict("records"), strict=True)}
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


def _button(label: str, icon: str, key: str, what: str, *, is_idle: bool) -> None:
    st.button(
        label, key=what, icon=icon, shortcut=key, disabled=is_idle,
        on_click=actions.ask, args=(what,),
    )  # fmt: skip


def _is_idle() -> bool:
    return state.DIALOG in st.session_state


WAY = (
    (-1, "Previous", ":material/keyboard_arrow_up:", keys.PREVIOUS),
    (1, "Next", ":material/keyboard_arrow_down:", keys.SKIP),
)
