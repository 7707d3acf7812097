import pytest

from pages._ui.text import WORD_JOINER, clean
from tests.browser.app import ROOT, running_app, settle
from tests.browser.labels import HOSTILE

PARTS = (
    "h1",
    "[data-testid=stMarkdown] strong",
    "[data-testid=stCaptionContainer]",
    "[data-testid=stButton]",
    "summary p",
    "[data-testid=stAlert]",
    ".stMarkdownBadge",
    "[data-testid=stMetricLabel]",
    "[data-testid=stMetricValue]",
    "[data-testid=stMetricDelta] p",
)


@pytest.mark.browser
def test_every_label_shows_a_hostile_text_as_it_is(page, tmp_path):
    with running_app(tmp_path, tmp_path / "log", ROOT / "tests/browser/labels.py") as address:
        page.goto(address)
        settle(page)
        for number, text in enumerate(HOSTILE):
            row = page.locator(f".st-key-row{number}")
            for part in PARTS:
                shown = row.locator(part).first
                assert shown.inner_text().replace(WORD_JOINER, "").strip() == clean(text), part
                assert shown.locator("a, img, code, em, del, .katex, [role=img]").count() == 0
        tabs = page.get_by_role("tab").all_inner_texts()
        assert [tab.replace(WORD_JOINER, "") for tab in tabs] == [clean(t) for t in HOSTILE]
        page.goto("about:blank")  # before its server goes
