"""Text from a marketplace, made safe to show.

Names, titles and reviews are hostile: labels of tabs, buttons, metrics, expanders and alerts are
Markdown, so whatever is not ours passes through `plain` before it gets there.
"""

import re
import unicodedata

MAX_LABEL = 160
WORD_JOINER = "\u2060"
JOINERS = "\u200c\u200d"  # part of the spelling in Persian and of joined emoji
HIDDEN = {"Cc", "Cf", "Cs", "Co"}

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&\"'=^@])")
# Streamlit replaces icons (`:material/x:`), emoji and bare links in the text *after* Markdown's
# own escapes are resolved, so that a backslash alone does not keep them away.
_AFTER_PARSING = re.compile(
    r"(:(?=[\w/+\-\[])|(?<=www)(?=\.)|@(?=\w)|<-|->|--|[<>~]=)", re.IGNORECASE
)


def clean(text: object, limit: int | None = None) -> str:
    """Return one line without control and direction-changing characters, cut at `limit`."""
    kept = "".join(
        " " if char.isspace() else char
        for char in str(text)
        if char.isspace() or char in JOINERS or unicodedata.category(char) not in HIDDEN
    )
    line = " ".join(kept.split())
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain(text: object, limit: int | None = MAX_LABEL) -> str:
    """Return Markdown that shows exactly this text, for labels and alerts."""
    broken = _AFTER_PARSING.sub(_split, clean(text, limit))
    return _PUNCTUATION.sub(r"\\\1", broken)


def badge(text: object, limit: int = 40) -> str:
    """Return the same for `st.badge`, which escapes brackets itself."""
    return plain(text, limit).replace(r"\[", "[").replace(r"\]", "]")


def sentence(text: object) -> str:
    """Return one of our own sentences as Markdown, a number and its % kept on one line."""
    return plain(text, None).replace(" %", "\u00a0%")


def _split(match: re.Match[str]) -> str:
    found = match.group(0)
    return found[:1] + WORD_JOINER + found[1:]
