"""Texts in plain letters, and the way back."""

import pytest

from analytics.signals.content.plain_text import MAX_CHARS, plain_text, undisguised


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("WhatsApp", "whatsapp"),
        ("whаtsаpp", "whatsapp"),  # Cyrillic letters
        ("ｗｈａｔｓ", "whats"),  # full width
        ("wh\u200bat\u2060s", "whats"),  # invisible characters
        ("ᴡʜᴀᴛs", "whats"),  # small capitals
        ("𝓌𝐡𝖺𝚝𝕤", "whats"),  # mathematical letters
        ("🆆🅗🇦ⓣⓢ", "whats"),  # letters in boxes, circles and flags
        ("w😀h", "w h"),
        ("1️⃣2️⃣", "12"),  # keycaps
        ("transferência", "transferencia"),
        ("w\u0336h\u0336", "wh"),  # struck out
        ("łødź", "lodz"),
        ("ﬁx ㎏", "fix kg"),
        ("日本語", "日本語"),
        ("", ""),
    ],
)
def test_reads_letters_as_what_they_look_like(written: str, read: str) -> None:
    assert plain_text(written).text == read


def test_a_span_leads_back_to_what_was_written() -> None:
    plain = plain_text("go to W\u200bʜа\u0301ts now")
    start = plain.text.index("whats")

    first, last = plain.span(start, start + 5)

    assert plain.original[first:last] == "W\u200bʜа\u0301ts"


def test_a_mark_belongs_to_the_letter_before_it() -> None:
    plain = plain_text("cafe\u0301 x")

    assert plain.text == "cafe x"
    assert plain.span(0, 4) == (0, 5)


def test_one_character_may_become_several() -> None:
    plain = plain_text("5 ㎏")

    assert plain.text == "5 kg"
    assert plain.span(2, 4) == plain.span(2, 3) == (2, 3)


def test_digits_and_signs_stand_for_letters() -> None:
    letters = undisguised(plain_text("VVh4t$"))

    assert letters.text == "whats"
    assert letters.span(0, 1) == (0, 2)
    assert letters.span(0, 5) == (0, 6)


def test_three_v_are_one_w_and_a_v() -> None:
    letters = undisguised(plain_text("vvv"))

    assert letters.text == "wv"
    assert letters.span(1, 2) == (2, 3)


@pytest.mark.parametrize("letter", ["a", "é"])
def test_a_text_of_ten_megabytes_is_cut(letter: str) -> None:
    plain = plain_text(letter * 10_000_000)

    assert plain.is_cut
    assert len(plain.text) == MAX_CHARS
    assert not plain_text(letter * MAX_CHARS).is_cut
