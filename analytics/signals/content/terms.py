"""Terms of the lexicon in texts, each with the place where it stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

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
    names = checked_lists(lists)
    if not isinstance(text, str) or not text.strip():
        return []
    plain = plain_text(text)
    letters = undisguised(plain)
    found = [match for name in names for match in _of_list(name, plain, letters)]
    return sorted(found, key=lambda match: (match.start, match.end, match.list_name))


def checked_lists(lists: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names given, all of the lexicon's by default; raise `NotFoundError` on others."""
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
