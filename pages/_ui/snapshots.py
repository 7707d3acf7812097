"""Looking at another snapshot than the live one: read-only, marked, and shared by its address."""

import streamlit as st

from analytics import formats
from analytics.review.store import Live
from pages._ui import services, state
from pages._ui.text import clean


def offer_snapshots(shown: Live) -> None:
    """Offer every built snapshot, where there is more than the one shown."""
    built = services.warehouse().built()
    if len(built) < 2:
        return
    sources = {s.dataset.manifest.source_name for s in built}
    names = {
        s.snapshot_id: _name(
            formats.time(s.as_of), s.dataset.manifest.source_name if len(sources) > 1 else ""
        )
        for s in built
    }
    now = services.live_now()
    st.session_state[state.SNAPSHOT_SHOWN] = shown.snapshot_id
    st.selectbox(
        "Snapshot",
        list(names),
        format_func=lambda i: f"Live, {names[i]}" if now and i == now.snapshot_id else names[i],
        key=state.SNAPSHOT_SHOWN,
        on_change=_switch,
        help="Look at what was known and scored at another moment. Nothing changes by it.",
    )


def _name(as_of: str, source: str) -> str:
    return f"{as_of} · {clean(source, 24)}" if source else as_of


def _switch() -> None:
    chosen, now = str(st.session_state[state.SNAPSHOT_SHOWN]), services.live_now()
    services.look_at(None if now and chosen == now.snapshot_id else chosen)


def show_if_not_live(shown: Live) -> None:
    """Say on top of the page that it does not show what is live, and offer the way back."""
    now = services.live_now()
    if now is None or services.is_live(shown):
        return
    here, there = (services.freshness(live)["as_of"] for live in (shown, now))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            f"This is the snapshot as of {formats.time(here)}, to read only. "
            f"Live is the one as of {formats.time(there)}.",
            icon=":material/history:",
            width="stretch",
        )
        st.button(
            "Back to live",
            icon=":material/undo:",
            key="back-to-live",
            on_click=services.look_at,
            args=(None,),
        )
