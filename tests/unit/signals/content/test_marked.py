"""Texts cut at what was matched, nothing lost and nothing changed."""

import pytest

from analytics.signals.content.marked import ELISION, find_marks, pieces

HOSTILE = "<b>w.a</b> [x](http://e) :red[wh4ts]app N\u0456ke $a$ `c` \u202e]"


def test_pieces_add_up_to_the_text() -> None:
    found = pieces(HOSTILE, find_marks(HOSTILE))
    assert "".join(piece.text for piece in found) == HOSTILE
    assert [piece.text for piece in found if piece.mark] == ["w.a", "http://", "wh4ts]app", "Nіke"]


def test_a_mark_says_how_it_was_read_and_what_it_points_to() -> None:
    term, word = find_marks("add wh4tsapp or Nіke")
    assert (term.read, term.list_name, term.policies) == ("whatsapp", "off_platform", ("M7", "C4"))
    assert (word.read, word.list_name, word.policies) == ("nike", None, ())


def test_of_matches_that_overlap_the_longest_stands() -> None:
    marks = find_marks("100% guaranteed")
    assert [(mark.start, mark.end) for mark in marks] == [(0, 15)]


def test_far_from_matches_a_long_text_is_left_out() -> None:
    text = "a" * 500 + " telegram " + "b" * 500
    found = pieces(text, find_marks(text), around=10)
    assert [piece.text for piece in found] == [
        f"{ELISION}aaaaaaaaa ",
        "telegram",
        f" bbbbbbbbb{ELISION}",
    ]


@pytest.mark.parametrize("text", [None, "", "   ", 5])
def test_what_is_no_text_has_no_marks(text: object) -> None:
    assert find_marks(text) == []
