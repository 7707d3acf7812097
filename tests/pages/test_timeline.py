"""The timeline of a case, with the stretches of events that stand out."""

from tests.support.stretches import store_stretches


def captions(app):
    return [caption.value for caption in app.caption]


def test_what_is_shaded_is_also_said(open_page, live_home):
    store_stretches(live_home.home.snapshot(live_home.april))
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", tab="Timeline")
    assert not app.exception
    said = " ".join(captions(app))
    assert "Unusual stretch of events" in said.replace("\\", "")
    assert "<b>" not in said  # what sellers and sources write is text, not markup
    assert "dance" in said


def test_a_snapshot_of_another_version_says_why_nothing_is_shaded(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", tab="Timeline")
    assert not app.exception
    assert any("built by another version" in caption for caption in captions(app))
