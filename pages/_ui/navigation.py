"""Going from one page to another, with the queue's filters in the address."""

from urllib.parse import urlencode

import streamlit as st

from analytics.review.store import Live
from analytics.warehouse.filters import QueueFilters
from pages._ui import services, state
from pages._ui.filters import put_filters
from pages._ui.sign_in import show_who
from pages._ui.site import CASE, QUEUE
from pages._ui.snapshots import offer_snapshots, show_if_not_live
from pages._ui.text import plain


def show_standing() -> None:
    """Say in the sidebar what is shown and who reviews; make sure that it has cases."""
    live = services.resolve_live()
    with st.sidebar:
        if live is None:
            st.caption("Nothing is live yet.")
            return
        fresh = services.freshness(live)
        with st.container(gap=None):
            st.caption(f"As of **{fresh['as_of']:%d %b %Y, %H:%M} UTC**")
            st.caption(f"Source: {plain(fresh['source_name'], 40)}")
        offer_snapshots(live)
        show_who()
        _ask_name()
    show_if_not_live(live)
    if services.is_live(live):
        services.open_cases(live)


def _ask_name() -> None:
    """Ask who reviews, where one server serves several people without sign-in."""
    chosen = services.settings()
    if chosen.ask_reviewer_name and not chosen.sign_in:
        st.text_input(
            "Your name",
            key=state.REVIEWER,
            max_chars=100,
            placeholder=chosen.reviewer,
            help="Recorded with every decision that you make in this browser tab.",
        )


def open_case(entity: str, entity_id: str, filters: QueueFilters | None = None) -> None:
    """Go to a case, keeping in its address the queue that it was opened from."""
    address = {state.CASE_TYPE: entity, state.CASE_ID: entity_id}
    if filters is not None and (query := urlencode(filters.to_query(), doseq=True)):
        address[state.FROM_QUEUE] = query
    st.switch_page(CASE, query_params=address)


def open_queue(live: Live, filters: QueueFilters) -> None:
    """Go to the queue with these filters."""
    put_filters(live, filters)
    st.switch_page(QUEUE)
