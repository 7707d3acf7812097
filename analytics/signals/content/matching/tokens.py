"""Product titles as words: numbers, versions, model numbers and editions told apart."""

import re
import unicodedata
from functools import lru_cache

from analytics.signals.content.plain_text import MAX_CHARS

_MARKS = re.compile(r"\(\s*(?:r|tm|c)\s*\)|[®™©]")
_SPLIT_DECIMAL = re.compile(r"(\d)\s*\.\s*(\d)")
_POSSESSIVE = re.compile(r"\s*['’]\s*s\b")
_VERSION_SIGN = re.compile(r"\bv(?:er|ersion)?\s*\.?\s*(?=\d)")
_SIGNS = re.compile(r"[^\w.+#]+|_+")
_LOOSE_POINT = re.compile(r"(?<!\d)\.|\.(?!\d)")
_TRAILING_ZERO = re.compile(r"(?<=\d)(?:\.0)+\b")
_WORD_NUMBER = re.compile(r"([^\W\d_]{3,})(\d[\d.]*)")
_NUMBER = re.compile(r"\d[\d.]*")
_MODEL = re.compile(r"(?=.*\d)(?=.*[^\W\d_])\w{3,}")

EDITIONS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "upgrade": "upgrade upg upgrd ugrade upsell update",
        "academic": "academic academics student students education educational teacher edu school "
        "aed ae university univ",
        "mac": "mac macintosh osx",
        "windows": "win windows pc xp vista win32",
        "license": "license licence licenses licences lic lics olp mlp tlp cal cals",
        "media": "media disk disc kit",
        "oem": "oem builders dsp",
        "professional": "professional pro prof",
        "standard": "standard std stnd basic",
        "premium": "premium prem platinum ultimate",
        "deluxe": "deluxe dlx",
        "home": "home",
        "small": "small sbe sb sbs",
        "users": "user users u 1u 5u pack pk pcs",
        "language": "french spanish german italian english japanese",
        "extended": "extended extension",
        "subscription": "subscription maintenance assurance renewal sa support",
        "nonprofit": "nonprofit non",
        "suite": "suite bundle collection",
        "competitive": "competitive crossgrade",
        "server": "server",
        "refurbished": "refurbished refurb used renewed",
        "size": "small medium large xl xxl mini max plus",
    }.items()
}
"""Words that make another product of the same name, by what they say."""


@lru_cache(maxsize=65_536)
def words(text: str) -> tuple[str, ...]:
    """Return a title's words in order: `Photoshop CS3 (v10 .0)` → photoshop, cs3, 10."""
    made: list[str] = []
    for word in _clean(text[:MAX_CHARS]).split():
        if parts := _WORD_NUMBER.fullmatch(word):
            made.extend(parts.groups())
        else:
            made.append(word)
    return tuple(made)


def is_number(word: str) -> bool:
    """Return whether a word is a number or a version: 2007, 7.0, 6.2.9."""
    return _NUMBER.fullmatch(word) is not None


def is_year(word: str) -> bool:
    """Return whether a word is a year of 1900 to 2099."""
    return len(word) == 4 and word.isdecimal() and word[:2] in ("19", "20")


def is_version(word: str) -> bool:
    """Return whether a word is a small number, as versions and counts are."""
    return is_number(word) and len(word.split(".")[0]) <= 2


def is_model(word: str) -> bool:
    """Return whether a word mixes letters and digits, as model and part numbers do."""
    return _MODEL.fullmatch(word) is not None


def _clean(text: str) -> str:
    plain = unicodedata.normalize("NFKD", _MARKS.sub(" ", text.lower())).lower()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _SPLIT_DECIMAL.sub(r"\1.\2", plain)
    plain = _POSSESSIVE.sub("s", plain)
    plain = _VERSION_SIGN.sub(" ", plain)
    plain = _SIGNS.sub(" ", plain.replace("&", " and "))
    return _TRAILING_ZERO.sub("", _LOOSE_POINT.sub(" ", plain))
