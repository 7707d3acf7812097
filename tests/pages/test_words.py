"""Matched words and the same product elsewhere, on a case and on the Data page."""

import pytest

from analytics.engines import open_engine
from analytics.features.as_of import AsOf
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from analytics.signals.content.family import ContentFamily
from analytics.signals.content.marked import find_marks, pieces
from analytics.signals.frame import write_tables
from pages._ui.marked import MAX_SHOWN, markdown
from tests.support.tiny_home import SCRIPT_TITLE

HOSTILE = "<b>hi</b> [x](http://e.x) :material/home: :red[wh4ts]app **N\u0456ke** $a$ `c` ]"


def test_every_part_of_a_text_is_escaped_and_matches_are_set_off():
    shown = markdown(pieces(HOSTILE, find_marks(HOSTILE)))
    assert shown.startswith(r"\<b\>hi\</b\> \[x\]\(:orange-background[http")
    assert r":orange-background[wh4ts\]app] \*\*:orange-background[Nіke]\*\*" in shown
    assert shown.count(":orange-background[") == 3
    assert r"\`c\` \]" in shown


def test_a_text_of_10_mb_is_cut():
    text = "add me on telegram " * 500_000
    assert len(markdown(pieces(text, find_marks(text[:1_000])))) < 3 * MAX_SHOWN


@pytest.fixture
def content_home(live_home):
    """The tiny home with the tables that a build stores of content."""
    with AsOf(
        open_engine(settings=Settings(threads=1)),
        live_home.home.snapshot(live_home.april).dataset,
        live_home.home.snapshot(live_home.april).as_of,
    ) as view:
        folder = live_home.home.snapshot(live_home.april).path / "features" / FEATURE_VERSION
        write_tables(view, folder, [ContentFamily()])
    return live_home.home.path


def test_a_hostile_title_is_shown_as_text(open_page, content_home):
    app = open_page(content_home, "case", type="product", id="p5", tab="Listing")
    assert not app.exception
    assert not app.error
    assert any(r"\<script\>alert\(1\)\</script\>" in str(m.value) for m in app.markdown)
    assert SCRIPT_TITLE not in "".join(str(m.value) for m in app.markdown)


@pytest.mark.parametrize(("entity", "entity_id"), [("merchant", "m2"), ("creator", "c1")])
def test_words_say_that_nothing_was_found(open_page, content_home, entity, entity_id):
    app = open_page(content_home, "case", type=entity, id=entity_id, tab="Words")
    assert not app.exception
    assert any("No word of the lexicon" in str(m.value) for m in app.markdown)


def test_a_snapshot_without_content_says_what_to_do(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="product", id="p1", tab="Listing")
    assert not app.exception
    (error,) = app.error
    assert "stores no products to compare" in error.value
    assert "portreeve build" in error.value


def test_the_data_page_says_which_models_of_words_are_off(open_page, content_home):
    app = open_page(content_home, "data", section="Missing")
    assert not app.exception
    models = app.dataframe[-1].value
    assert set(models["policy"].str[:2]) >= {"M5", "M7"}
    assert not models["is_on"].any()
    assert models["note"].str.contains("violations needed").all()
