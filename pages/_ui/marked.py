"""Texts with matched words set off: every part is escaped, so that nothing in them is markup."""

from collections.abc import Iterable

from analytics.signals.content.marked import Piece
from pages._ui.text import plain

MAX_SHOWN = 4_000  # characters; nobody reads on


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
