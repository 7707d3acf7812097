"""Words behind disguises, run through the engine."""

import ibis
import pytest

from analytics.features.lexicon import Replacement, load_lexicon, mentions
from tests.support.views import engine


def _found(text, name):
    return engine().backend.execute(mentions(ibis.literal(text), name))


@pytest.mark.parametrize(
    "text",
    [
        "Write me on WhatsApp",
        "write on w h a t s a p p please",
        "add me on wh4ts4pp",
        "whаtsаpp me",  # two Cyrillic letters
        "vvhatsapp",
        "T.e.l.e.g.r.a.m only",
        "me chama no zap",
        "pagamento por transferência",
        "hubungi luar aplikasi",
        "escríbeme al +34 612 345 678",
        "see www.example.com",
    ],
)
def test_leads_outside(text):
    assert _found(text, "off_platform")


@pytest.mark.parametrize(
    "text",
    [
        "Great quality, fast delivery",
        "I was happy with the warm wax",
        "size 42, arrived 2024-01-02",
    ],
)
def test_harmless(text):
    assert not _found(text, "off_platform")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("It CURES arthritis", "health_claims"),
        ("cura a insônia", "health_claims"),
        ("100% guaranteed, no side effects", "absolute_claims"),
        ("dijamin tanpa efek samping", "absolute_claims"),
        ("abre a caixa misteriosa", "games_of_chance"),
        ("mirror quality, no box", "imitation"),
    ],
)
def test_claims(text, name):
    assert _found(text, name)


def test_words_inside_words_do_not_count():
    assert not _found("a secure curated shop", "health_claims")


def test_terms_are_written_in_plain_letters():
    lexicon = load_lexicon()
    hidden = set(lexicon.look_alikes.from_)
    for name, words in lexicon.lists.items():
        for term in (t for terms in words.terms.values() for t in terms):
            assert term == term.lower(), (name, term)
            assert not hidden & set(term), (name, term)


def test_disguised_terms_have_no_sign_that_is_read_as_a_letter():
    lexicon = load_lexicon()
    signs = set(lexicon.disguises.from_)
    for name, words in lexicon.lists.items():
        for term in (t for terms in words.terms.values() for t in terms if words.is_disguised):
            assert not signs & set(term), (name, term)


def test_replacements_come_in_pairs():
    with pytest.raises(ValueError, match="2 characters have 1 replacements"):
        Replacement.model_validate({"from": "ab", "to": "c"})
