"""The frame around every page: its heading, its empty states and its errors."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from analytics.errors import PortreeveError
from analytics.review.store import Live
from pages._ui import services
from pages._ui.site import DATA
from pages._ui.text import plain

logger = logging.getLogger("portreeve.pages")


@contextmanager
def guarded(doing: str = "show this page") -> Iterator[None]:
    """Show an error calmly: what went wrong and what to do, or an incident id; never a traceback.

    Fragments need their own, because they run again without the page around them.
    """
    try:
        yield
    except PortreeveError as error:
        show_problem(error)
    except Exception:
        incident = secrets.token_hex(4)
        logger.exception("Incident %s: could not %s", incident, doing)
        st.error(
            f"Something went wrong and we could not {doing}. Nothing was changed. "
            f"The log has the details under incident `{incident}`.",
            icon=":material/error:",
        )


def show_problem(error: PortreeveError) -> None:
    """Say what is wrong and, where known, what to do."""
    hint = f"\n\n{plain(error.hint, None)}" if error.hint else ""
    st.error(plain(error.message, None) + hint, icon=":material/error:")


def heading(title: str, caption: str | None = None) -> None:
    """Title of a page, with one quiet line below it; both are ours, not the marketplace's."""
    with st.container(gap=None):
        st.title(title, anchor=False)
        if caption:
            st.caption(caption)


def empty(message: str, *, command: str | None = None, icon: str = ":material/inbox:") -> None:
    """Say why there is nothing to show (our own words), and the command that changes it."""
    with st.container(border=True):
        st.markdown(f"{icon} {message}")
        if command:
            st.code(command, language="bash")


def require_live() -> Live:
    """Return what is live; before the first build, say how to get there and stop."""
    live = services.live()
    if live is None:
        _welcome()
        st.stop()
    return live


def _welcome() -> None:
    heading("Welcome to Portreeve")
    if services.workbench().home.snapshots():
        empty(
            "There is data, but nothing has been built from it yet. A build makes features, "
            "models, scores and explanations, and puts the newest snapshot live.",
            command="portreeve build",
        )
    else:
        empty(
            "There is no data yet. Bring in a marketplace's tables, or look around the sample.",
            command="portreeve demo\nportreeve ingest tables DIR && portreeve build",
        )
    st.page_link(DATA, label="Bring in data here", icon=":material/upload_file:")
