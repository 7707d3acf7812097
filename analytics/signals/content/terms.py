"""Terms of the lexicon in texts, each with the place where it stands."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from analytics.errors import NotFoundError
from analytics.features.lexicon import load_lexicon
from analytics.signals.content.plain_text import PlainText, plain_text, undisguised

PATTERN = "pattern"
"""The language of a match that a pattern (a phone number, an address) found, not a term."""


@dataclass(frozen=True)
class TermMatch:
    """A term found: `original[start:end]` is what was written, `term` what it was read as."""

    list_name: str
    language: str
    term: str
    start: int
    end: int
    written: str


def find_terms(text: object, lists: Sequence[str] | None = None) -> list[TermMatch]:
    """Return the lexicon's terms in a text, in order; of those that overlap the longest.

    Args:
        text: The text; what is no text or empty has no term. Only its first
            `plain_text.MAX_CHARS` characters are searched.
        lists: Names of the lexicon's lists; default: all.

    Raises:
        NotFoundError: The lexicon has no such list.
    """
    names = _checked(lists)
    if not isinstance(text, str) or not text.strip():
        return []
    plain = plain_text(text)
    letters = undisguised(plain)
    found = [match for name in names for match in _of_list(name, plain, letters)]
    return sorted(found, key=lambda match: (match.start, match.end, match.list_name))


class TermCounter(TransformerMixin, BaseEstimator):
    """Counts of each list's terms in texts: a frame, texts × lists.

    Nothing is learned: `fit` only checks the names.
    """

    def __init__(self, lists: Sequence[str] | None = None) -> None:
        self.lists = lists

    def fit(self, texts: Iterable[object], y: object = None) -> Self:
        """Check the names of the lists."""
        self.names_ = _checked(self.lists)
        return self

    def transform(self, texts: Iterable[object]) -> pd.DataFrame:
        """Count; an index of the texts is kept."""
        texts = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
        counts = np.zeros((len(texts), len(self.names_)), dtype=np.int64)
        column = {name: k for k, name in enumerate(self.names_)}
        for row, text in enumerate(texts):
            for match in find_terms(text, self.names_):
                counts[row, column[match.list_name]] += 1
        return pd.DataFrame(counts, index=texts.index, columns=self.get_feature_names_out())

    def get_feature_names_out(self, input_features: object = None) -> list[str]:
        """Return the columns, such as `off_platform_terms`."""
        return [f"{name}_terms" for name in self.names_]


def _checked(lists: Sequence[str] | None) -> tuple[str, ...]:
    known = load_lexicon().lists
    if lists is None:
        return tuple(known)
    for name in lists:
        if name not in known:
            raise NotFoundError(
                f"The lexicon has no list {name!r}.", hint=f"It has: {', '.join(known)}."
            )
    return tuple(lists)


def _of_list(name: str, plain: PlainText, letters: PlainText) -> Iterator[TermMatch]:
    words = load_lexicon().lists[name]
    searched = letters if words.is_disguised else plain
    any_term, terms, patterns = _compiled(name)
    hits: list[tuple[int, int, str, str]] = []
    if any_term.search(searched.text):
        for language, term, pattern in terms:
            for hit in pattern.finditer(searched.text):
                hits.append((*searched.span(*hit.span()), language, term))
    for pattern in patterns:
        for hit in pattern.finditer(plain.text):
            hits.append((*plain.span(*hit.span()), PATTERN, hit.group()))
    for first, last, language, term in _longest(hits):
        yield TermMatch(name, language, term, first, last, plain.original[first:last])


def _longest(hits: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    kept: list[tuple[int, int, str, str]] = []
    for hit in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):  # longest first
        if all(hit[1] <= other[0] or hit[0] >= other[1] for other in kept):
            kept.append(hit)
    return sorted(kept)


@cache
def _compiled(
    name: str,
) -> tuple[re.Pattern[str], list[tuple[str, str, re.Pattern[str]]], list[re.Pattern[str]]]:
    words = load_lexicon().lists[name]
    terms = [
        (language, term, re.compile(_alone(words.term_pattern(term))))
        for term, language in {
            term: language for language, terms in words.terms.items() for term in terms
        }.items()
    ]
    any_term = re.compile(_alone("|".join(words.term_pattern(term) for _, term, _ in terms)))
    return any_term, terms, [re.compile(pattern) for pattern in words.patterns]


def _alone(pattern: str) -> str:
    return f"(?<![a-z])(?:{pattern})(?![a-z])"
