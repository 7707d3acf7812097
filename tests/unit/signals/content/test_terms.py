"""Terms of the lexicon, and where they stand."""

import ibis
import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.features.lexicon import load_lexicon, mentions
from analytics.policies import load_taxonomy
from analytics.signals.content.term_counts import TermCounter
from analytics.signals.content.terms import PATTERN, TermMatch, find_terms
from tests.support.views import engine


def test_a_match_says_what_where_and_how_it_was_written() -> None:
    assert find_terms("add me on wh4ts4pp", ["off_platform"]) == [
        TermMatch("off_platform", "any", "whatsapp", 10, 18, "wh4ts4pp")
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("write w h a t s a p p please", "w h a t s a p p"),
        ("w.h.a.t.s.a.p.p", "w.h.a.t.s.a.p.p"),
        ("w\u200bh\u200bа\u200btsapp!", "w\u200bh\u200bа\u200btsapp"),
        ("ＷｈａｔｓＡｐｐ now", "ＷｈａｔｓＡｐｐ"),
        ("📱w😀h😀a😀t😀s😀a😀p😀p📱", "w😀h😀a😀t😀s😀a😀p😀p"),
        ("🆆🅷🅰🆃🆂🅰🅿🅿", "🆆🅷🅰🆃🆂🅰🅿🅿"),
        ("VVhatsapp me", "VVhatsapp"),
        ("pagamento por transferência", "transferência"),
    ],
)
def test_disguises_are_seen_through(text: str, written: str) -> None:
    (match,) = find_terms(text, ["off_platform"])

    assert match.written == written == text[match.start : match.end]


@pytest.mark.parametrize(
    ("text", "list_name", "language", "term"),
    [
        ("it CURES all", "health_claims", "en", "cures"),
        ("ohne Nebenwirkungen", "absolute_claims", "de", "ohne nebenwirkungen"),
        ("boîte mystère", "games_of_chance", "fr", "boite mystere"),
        ("calidad espejo", "imitation", "es", "calidad espejo"),
        ("5 star review for a gift", "bought_reviews", "en", "5 star review for"),
        ("hubungi luar aplikasi", "off_platform", "id", "luar aplikasi"),
        ("call +34 612 345 678", "off_platform", PATTERN, "+34 612 345 678"),
    ],
)
def test_every_language_and_list(text: str, list_name: str, language: str, term: str) -> None:
    found = [(m.list_name, m.language, m.term) for m in find_terms(text)]

    assert (list_name, language, term) in found


def test_the_longest_of_overlapping_terms_counts() -> None:
    found = find_terms("whats app and whats", ["off_platform"])

    assert [m.written for m in found] == ["whats app", "whats"]


def test_neighbours_are_both_found() -> None:
    found = find_terms("telegram whatsapp", ["off_platform"])

    assert [m.term for m in found] == ["telegram", "whatsapp"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", None, float("nan"), 5, "a secure curated shop", "I was happy with the warm wax"],
)
def test_nothing_is_found_where_there_is_nothing(text: object) -> None:
    assert find_terms(text) == []


def test_only_the_beginning_of_ten_megabytes_is_searched() -> None:
    long = "whatsapp " + "x" * 10_000_000 + " telegram"

    assert [m.term for m in find_terms(long, ["off_platform"])] == ["whatsapp"]


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(NotFoundError, match="The lexicon has no list 'weather'"):
        find_terms("rain", ["weather"])


def test_counts_by_list() -> None:
    texts = pd.Series(["whatsapp or telegram", None, "a miracle"], index=["a", "b", "c"])

    counts = TermCounter(["off_platform", "absolute_claims"]).fit_transform(texts)

    assert counts.to_dict("index") == {
        "a": {"off_platform_terms": 2, "absolute_claims_terms": 0},
        "b": {"off_platform_terms": 0, "absolute_claims_terms": 0},
        "c": {"off_platform_terms": 0, "absolute_claims_terms": 1},
    }


@pytest.mark.parametrize(
    "text",
    [
        "Write me on WhatsApp",
        "write on w h a t s a p p please",
        "whаtsаpp me",
        "T.e.l.e.g.r.a.m only",
        "see www.example.com",
        "pagamento por transferência",
    ],
)
def test_what_the_features_count_has_a_place(text: str) -> None:
    counted = engine().backend.execute(mentions(ibis.literal(text), "off_platform"))

    assert counted
    assert find_terms(text, ["off_platform"])


def test_lists_speak_for_policies_of_the_taxonomy() -> None:
    for words in load_lexicon().lists.values():
        assert words.policies
        for code in words.policies:
            load_taxonomy().get(code)
