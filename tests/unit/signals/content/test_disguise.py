"""Words written to pass a filter."""

import pytest

from analytics.signals.content.disguise import disguised_words

LISTS = ("off_platform", "imitation")


@pytest.mark.parametrize(
    ("text", "written", "read"),
    [
        ("add me on wh4ts4pp", "wh4ts4pp", "whatsapp"),
        ("write w h a t s a p p", "w h a t s a p p", "whatsapp"),
        ("me on w.a now", "w.a", "wa"),
        ("ＷｈａｔｓＡｐｐ now", "ＷｈａｔｓＡｐｐ", "whatsapp"),
        ("Nіke shoe", "Nіke", "nike"),
        ("N\u200bike shoe", "N\u200bike", "nike"),
        ("𝗙𝗿𝗲𝗲 shipping", "𝗙𝗿𝗲𝗲", "free"),
        ("🆆🅷🅰🆃🆂🅰🅿🅿", "🆆🅷🅰🆃🆂🅰🅿🅿", "whatsapp"),
        ("r3plica bag", "r3plica", "replica"),
    ],
)
def test_a_disguise_is_found_where_it_stands(text: str, written: str, read: str) -> None:
    (word,) = disguised_words(text, LISTS)
    assert (word.written, word.read) == (written, read)
    assert text[word.start : word.end] == written


@pytest.mark.parametrize(
    "text",
    [
        "whats app me",
        "pagamento por transferência bancária",
        "Prada réplica",
        "Привет, мир",
        "μ und α, 5µm, nº 1ª",
        "Nike™ “fine” – 5 €",
        "Brasil🇧🇷 ❤️",
        "日本語のタイトル",
        "",
        None,
    ],
)
def test_plain_words_and_other_scripts_are_no_disguise(text: str | None) -> None:
    assert disguised_words(text, LISTS) == []


def test_a_word_within_a_term_counts_once() -> None:
    (word,) = disguised_words("chat w\u0430 now", ["off_platform"])
    assert (word.written, word.list_name) == ("chat w\u0430", "off_platform")


def test_terms_are_looked_for_only_in_the_lists_asked_for() -> None:
    assert disguised_words("wh4ts4pp") == []


def test_a_title_of_10_mb_is_cut() -> None:
    assert len(disguised_words("Nіke " * 2_000_000)) == 20_000
