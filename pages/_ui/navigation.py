"""Going from one page to another, with the queue's filters in the address."""

import streamlit as st

from pages._ui import services, state
from pages._ui.filters import Query, address_query
from pages._ui.site import CASE, QUEUE
from pages._ui.text import plain


def show_standing() -> None:
    """Say in the sidebar what is live: data, models and their age."""
    live = services.resolve_live()
    if live is not None:
        services.warm(live)
    with st.sidebar:
        if live is None:
            st.caption("Nothing is live yet.")
            return
        fresh = services.freshness(live)
        with st.container(gap=None):
            st.caption(f"As of **{fresh['as_of']:%d %b %Y, %H:%M} UTC**")
            st.caption(f"Source: {plain(fresh['source_name'], 40)}")


def open_case(entity: str, entity_id: str, query: Query | None = None) -> None:
    """Go to a case, keeping the queue that it was opened from in the address."""
    kept = address_query() if query is None else query
    st.switch_page(CASE, query_params={**kept, state.CASE_TYPE: entity, state.CASE_ID: entity_id})


def open_queue() -> None:
    """Go back to the queue that the case was opened from."""
    st.switch_page(QUEUE, query_params=address_query())
