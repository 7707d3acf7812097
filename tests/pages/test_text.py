import pytest

from pages._ui.text import WORD_JOINER, clean, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r\n d", "a b c d"),
        ("a\u202eb\u2066c\u200bd\x00e", "abcde"),  # direction overrides, zero width, control
        ("نیم\u200cفاصله", "نیم\u200cفاصله"),  # spelled with a joiner
        ("", ""),
        (None, "None"),
    ],
)
def test_clean_keeps_one_visible_line(text, shown):
    assert clean(text) == shown


def test_clean_cuts_at_the_limit():
    assert clean("abcdef", 4) == "abc…"
    assert clean("abcd", 4) == "abcd"


def test_plain_escapes_markdown():
    assert plain("**a** <b>") == r"\*\*a\*\* \<b\>"


def test_plain_breaks_what_streamlit_replaces_after_parsing():
    j = WORD_JOINER
    assert plain(":material/home:") == rf"\:{j}material/home\:"
    assert plain("http://x.y") == rf"http\:{j}//x\.y"
    assert plain("www.x.y") == rf"www{j}\.x\.y"
    assert plain("a@b") == rf"a\@{j}b"
    assert plain("a -> b") == rf"a \-{j}\> b"


def test_plain_leaves_ordinary_text_alone():
    assert plain("Loja de Roupas 24h, São Paulo") == "Loja de Roupas 24h, São Paulo"
