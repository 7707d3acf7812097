"""Texts brought to plain letters, with the way back to the text as it was written.

Sellers who hide a word write it with letters of other scripts, full-width or small capital letters,
marks, invisible characters between letters, or emoji that show letters. All of these become the
letter they look like, so that one search finds the word; `PlainText.span` then says where in the
original it stands, for the reviewer is shown what was written and not what was read.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analytics.features.lexicon import load_lexicon

Positions = NDArray[np.int64]

MAX_CHARS = 100_000
"""What a text is cut to before it is read: nobody reads on, and a 10 MB title is an attack."""

_LATIN = re.compile(
    r"(?:LATIN (?:SMALL|CAPITAL) LETTER|LATIN LETTER SMALL CAPITAL"
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|REGIONAL INDICATOR SYMBOL LETTER)"
    r" ([A-Z])(?: WITH .*)?"
)


@dataclass(frozen=True)
class PlainText:
    """A text in plain letters.

    `text[k]` was made from `original[starts[k]:ends[k]]`.
    """

    original: str
    text: str
    starts: Positions
    ends: Positions

    @property
    def is_cut(self) -> bool:
        """Whether only the first `MAX_CHARS` characters were read."""
        return len(self.original) > MAX_CHARS

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` (not empty) stands in the original."""
        return int(self.starts[start]), int(self.ends[end - 1])


def plain_text(original: str) -> PlainText:
    """Bring a text to lower-case plain letters; signs and digits stay as they are."""
    read = original[:MAX_CHARS]
    if read.isascii():
        places = np.arange(len(read))
        return PlainText(original, read.lower(), places, places + 1)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, written in enumerate(read):
        plain = _PLAIN[ord(written)]
        letters.append(plain)
        starts.extend([place] * len(plain))
        ends.extend([place + 1] * len(plain))
        if not plain and ends and unicodedata.category(written) in ("Mn", "Me"):
            ends[-1] = place + 1  # the mark belongs to the letter before it
    return PlainText(
        original, "".join(letters), np.array(starts, np.int64), np.array(ends, np.int64)
    )


def plain_letters(text: str) -> str:
    """Return the letters of `plain_text` alone, many times as fast."""
    return text.lower() if text.isascii() else text.translate(_PLAIN)


def undisguised(plain: PlainText) -> PlainText:
    """Read digits and signs as the letters they stand for (`wh4ts`), and `vv` as `w`."""
    disguises = load_lexicon().disguises
    text = plain.text.translate(str.maketrans(disguises.from_, disguises.to))
    if "vv" not in text:
        return PlainText(plain.original, text, plain.starts, plain.ends)
    first = np.array([found.start() for found in re.finditer("vv", text)])
    keep = np.ones(len(text), dtype=bool)
    keep[first + 1] = False
    ends = plain.ends.copy()
    ends[first] = plain.ends[first + 1]
    return PlainText(plain.original, text.replace("vv", "w"), plain.starts[keep], ends[keep])


@cache
def _look_alikes() -> dict[str, str]:
    look_alikes = load_lexicon().look_alikes
    return dict(zip(look_alikes.from_, look_alikes.to, strict=True))


def _plain_character(written: str) -> str:
    return "".join(_plain_letter(c, _look_alikes()) for c in unicodedata.normalize("NFKD", written))


class _PlainCharacters(dict[int, str]):
    """What each character is replaced by, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _plain_character(chr(code))
        return self[code]


_PLAIN = _PlainCharacters()


def _plain_letter(character: str, known: dict[str, str]) -> str:
    lower = character.lower()
    if lower in known:
        return known[lower]
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf"):
        return ""
    if named := _LATIN.fullmatch(unicodedata.name(character, "")):
        return named.group(1).lower()
    return " " if category in ("So", "Sk", "Cc", "Zl", "Zp") else lower
