"""Texts with matched words set off: every part is escaped, so that nothing in them is markup."""

from collections.abc import Iterable

import streamlit as st

from analytics.signals.content.marked import Mark, Piece
from pages._ui.text import plain
from pages._ui.words import LISTS, policy_name

MAX_SHOWN = 4_000  # characters; nobody reads on


def show_pieces(pieces: Iterable[Piece]) -> None:
    """Show a text with its matches on a coloured ground."""
    st.markdown(markdown(pieces))


def markdown(pieces: Iterable[Piece]) -> str:
    """Return Markdown that shows exactly these pieces, matched ones on a coloured ground."""
    shown, length = [], 0
    for piece in pieces:
        text = piece.text[: MAX_SHOWN - length]
        length += len(text)
        escaped = plain(text, None)
        if piece.mark and escaped:
            escaped = f":orange-background[{escaped}]"
        before = " " if text[:1].isspace() else ""
        after = " " if text[-1:].isspace() and len(text) > 1 else ""
        shown.append(f"{before}{escaped}{after}")
        if length >= MAX_SHOWN:
            shown.append("…")
            break
    return "".join(shown)


def show_marks(marks: Iterable[Mark]) -> None:
    """Say of each match how it was read, and what it may point to."""
    said: dict[str, None] = {}
    for mark in marks:
        name = mark.list_name
        what = LISTS.get(name, name.replace("_", " ")) if name else "written to pass a filter"
        points = [plain(policy_name(code)) for code in mark.policies]
        tail = f"; may point to {', '.join(points)}" if points else ""
        said[f"“{plain(mark.read, 60)}”: {plain(what)}{tail}"] = None
    for line in said:
        st.caption(line)
