"""Words written so that a filter misses them and a reader does not."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from analytics.signals.content.plain_text import MAX_CHARS, plain_letters
from analytics.signals.content.terms import PATTERN, find_terms

_SUSPECT = re.compile(r"[^\x00-ɏḀ-ỿ]")  # beyond Latin letters, accents and signs
_INVISIBLE = "\u200b-\u200f\u2060-\u2064\ufeff"
_WORD = re.compile(rf"[\w{_INVISIBLE}Ⓐ-ⓩ\U0001f130-\U0001f189]+")
_HIDDEN = re.compile(rf"(?<=[A-Za-z])[{_INVISIBLE}]+(?=[A-Za-z])")
_HONEST = frozenset("ªºµ")


@dataclass(frozen=True)
class DisguisedWord:
    """A word in disguise: `text[start:end]` is `written`, `read` what it says.

    `list_name` is the lexicon's list that has it, None where only its letters were noticed.
    """

    start: int
    end: int
    written: str
    read: str
    list_name: str | None = None


def disguised_words(text: object, lists: Sequence[str] = ()) -> list[DisguisedWord]:
    """Return the words of a text that are written in disguise, in order.

    These are words that mix Latin letters with letters of other scripts that look like them, or
    have invisible characters within, or are written in enclosed, full-width or mathematical
    letters; and terms of the lexicon's `lists` that are found only when digits and signs are read
    as letters, or letters that stand apart as one word. Words all in another script are no
    disguise.
    """
    if not isinstance(text, str):
        return []
    read = text[:MAX_CHARS]
    terms = [
        DisguisedWord(match.start, match.end, match.written, match.term, match.list_name)
        for match in (find_terms(read, lists) if lists else ())
        if match.language != PATTERN and _is_hidden(match.written, match.term)
    ]
    words = [
        word
        for word in (_of_script(read) if _SUSPECT.search(read) else ())
        if all(word.end <= term.start or word.start >= term.end for term in terms)
    ]
    return sorted([*terms, *words], key=lambda word: word.start)


def _of_script(text: str) -> list[DisguisedWord]:
    return [
        DisguisedWord(match.start(), match.end(), match.group(), plain_letters(match.group()))
        for match in _WORD.finditer(text)
        if _is_disguised(match.group())
    ]


def _is_disguised(word: str) -> bool:
    if word.isascii():
        return False
    if _HIDDEN.search(word):
        return True
    posing = sum(_poses(character) for character in word)
    if not posing:
        return False
    latin = any(c.isascii() and c.isalpha() for c in word)
    return latin or any(_poses(c) and _is_styled(c) for c in word)


def _poses(character: str) -> bool:
    """Whether a character is no Latin letter and looks like one."""
    if character.isascii() or character in _HONEST or not _SUSPECT.match(character):
        return False
    plain = plain_letters(character)
    return len(plain) == 1 and "a" <= plain <= "z"


def _is_styled(character: str) -> bool:
    """Whether it is a Latin letter in a box, a circle, full width or another style."""
    flat = unicodedata.normalize("NFKD", character)
    return flat.isascii() or "LATIN" in unicodedata.name(character, "")


def _is_hidden(written: str, term: str) -> bool:
    """Whether a term was written with other characters than its own, or letter by letter."""
    letters = unicodedata.normalize("NFD", written.lower())
    kept = "".join(c for c in letters if unicodedata.category(c) != "Mn")
    pieces = re.sub(r"[^\w%]+", " ", kept).split()
    if "".join(pieces) != "".join(term.split()):
        return True
    return len(pieces) > len(term.split()) and sum(len(piece) == 1 for piece in pieces) > 1
