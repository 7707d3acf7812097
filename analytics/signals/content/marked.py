"""Texts cut into pieces, so that a page can show which words were matched, as text."""

from dataclasses import dataclass

from analytics.features.lexicon import load_lexicon
from analytics.signals.content.disguise import disguised_words
from analytics.signals.content.plain_text import MAX_CHARS
from analytics.signals.content.terms import find_terms

ELISION = " … "


@dataclass(frozen=True)
class Mark:
    """A matched word: `text[start:end]`, read as `read`.

    `list_name` is the lexicon's list, None where only the way it is written was noticed;
    `policies` are those that the list speaks for.
    """

    start: int
    end: int
    read: str
    list_name: str | None
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """A part of a text as it was written, with its mark if it has one."""

    text: str
    mark: Mark | None = None


def find_marks(text: object) -> list[Mark]:
    """Return the lexicon's terms and the words in disguise of a text, in order, apart."""
    lists = load_lexicon().lists
    found = [
        Mark(m.start, m.end, m.term, m.list_name, lists[m.list_name].policies)
        for m in find_terms(text)
    ]
    found += [Mark(w.start, w.end, w.read, None, ()) for w in disguised_words(text)]
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda m: (m.start - m.end, m.list_name is None, m.start)):
        if all(mark.end <= other.start or mark.start >= other.end for other in kept):
            kept.append(mark)
    return sorted(kept, key=lambda mark: mark.start)


def pieces(text: str, marks: list[Mark], around: int | None = None) -> list[Piece]:
    """Cut a text at its marks.

    Args:
        text: As it was written; what is beyond `MAX_CHARS` is left out.
        marks: From `find_marks`.
        around: Characters to keep on either side of a mark; None keeps all.
    """
    made: list[Piece] = []
    place = 0
    for mark in marks:
        made += _between(text[place : mark.start], around, bool(made), True)
        made.append(Piece(text[mark.start : mark.end], mark))
        place = mark.end
    return made + _between(text[place:MAX_CHARS], around, bool(made), False)


def _between(text: str, around: int | None, has_before: bool, has_after: bool) -> list[Piece]:
    """Return the unmarked text, without what is far from a mark on either side."""
    if not text:
        return []
    if around is None or len(text) <= (has_before + has_after) * around:
        return [Piece(text)]
    head = text[:around] if has_before else ""
    tail = text[-around:] if has_after else ""
    return [Piece(f"{head}{ELISION}{tail}")]
