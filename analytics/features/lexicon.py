r"""Words that point to a violation, found in texts that may hide them.

The lexicon is data (`lexicon.yaml`). A text is brought to plain letters first: lower case,
look-alike letters of other scripts and accents replaced, and, for lists marked as disguised, digits
that stand for letters. In those lists the letters of a term may also stand apart (`w h a t s`). The
patterns use only what RE2 (DuckDB) and Java (Spark) have in common.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import ibis.expr.types as ir
import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from analytics.errors import InputError

_START, _END = "(^|[^a-z])", "([^a-z]|$)"
_BETWEEN_LETTERS, _BETWEEN_WORDS = "[^a-z]{0,2}", "[^a-z]+"
_SPECIAL = frozenset(r".^$*+?{}[]\|()%")


class Replacement(BaseModel):
    """Characters and what each is replaced by."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: str
    to: str

    @model_validator(mode="before")
    @classmethod
    def _read_from(cls, value: Any) -> Any:
        return {"from_": value["from"], "to": value["to"]} if "from" in value else value

    @model_validator(mode="after")
    def _has_pairs(self) -> "Replacement":
        if len(self.from_) != len(self.to):
            raise ValueError(f"{len(self.from_)} characters have {len(self.to)} replacements")
        return self


class WordList(BaseModel):
    """Terms by language, and patterns of their own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_disguised: bool
    policies: tuple[str, ...] = ()
    terms: dict[str, tuple[str, ...]]
    patterns: tuple[str, ...] = ()

    def pattern(self) -> str:
        """Return one regular expression for all terms."""
        terms = dict.fromkeys(term for terms in self.terms.values() for term in terms)
        return f"{_START}({'|'.join(self.term_pattern(term) for term in terms)}){_END}"

    def term_pattern(self, term: str) -> str:
        """Return the regular expression for one term, without what must stand around it."""
        return _spaced(term) if self.is_disguised else _plain(term)


class Lexicon(BaseModel):
    """All lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    look_alikes: Replacement
    disguises: Replacement
    lists: dict[str, WordList]


@cache
def load_lexicon() -> Lexicon:
    """Read the lexicon; raise `InputError` if it breaks its schema."""
    source = files("analytics.features") / "lexicon.yaml"
    try:
        return Lexicon.model_validate(yaml.safe_load(source.read_text(encoding="utf-8")))
    except ValueError as error:
        raise InputError(f"Lexicon {source} cannot be used: {error}.") from error


def mentions(text: ir.StringValue, name: str) -> ir.BooleanValue:
    """Return whether a text has a term of the list `name`; null where there is no text."""
    lexicon = load_lexicon()
    words = lexicon.lists[name]
    plain = text.lower().translate(lexicon.look_alikes.from_, lexicon.look_alikes.to)
    letters = plain
    if words.is_disguised:
        letters = plain.translate(lexicon.disguises.from_, lexicon.disguises.to)
        letters = letters.replace("vv", "w")
    found = letters.re_search(words.pattern())
    if words.patterns:
        found = found | plain.re_search("|".join(words.patterns))
    return found


def _plain(term: str) -> str:
    return _BETWEEN_WORDS_OR_SIGNS.join(_escaped(word) for word in term.split())


_BETWEEN_WORDS_OR_SIGNS = "[^a-z0-9]+"


def _spaced(term: str) -> str:
    return _BETWEEN_WORDS.join(_BETWEEN_LETTERS.join(word) for word in term.split())


def _escaped(word: str) -> str:
    return "".join(f"[{c}]" if c in _SPECIAL - {"^", "\\"} else c for c in word)
