"""A reviewer's way through the dashboard in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import ROOT, settle

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "queue",
    "case?type=merchant&id=m1",
    "rings",
    "second_review",
    "explore",
    "model",
    "rules",
    "labels",
    "data",
)
HEADER_PX, ROW_PX = 32, 30


def title(page: Page):
    return page.get_by_role("heading", level=1)


def click_row(page: Page, row: int, table: int = 0) -> None:
    """Click into a row of a table; its cells are drawn on a canvas."""
    drawn = page.locator("[data-testid=stDataFrame]").nth(table)
    expect(drawn.locator("canvas").first).to_be_visible()
    drawn.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # the canvas takes its place
    box = drawn.bounding_box()
    page.mouse.click(box["x"] + 120, box["y"] + HEADER_PX + ROW_PX * row + ROW_PX / 2)


def test_a_deep_link_works_on_a_fresh_server(dashboard, page):
    page.goto(f"{dashboard}/case?type=merchant&id=m2")  # the first address that it is asked for
    settle(page)
    expect(title(page)).to_have_text("m2")
    links = page.locator("[data-testid=stSidebarNavLink]")
    expect(links).to_have_count(len(list((ROOT / "pages").glob("*.py"))))
    expect(links.first).to_contain_text("Overview")


def test_from_the_queue_to_a_case_and_its_rows_and_back(dashboard, page):
    page.goto(f"{dashboard}/queue?min_exposure=40&view=Everybody")
    settle(page)
    expect(page.get_by_text("2 merchants · 1 in the queue")).to_be_visible()
    click_row(page, 0)
    expect(title(page)).to_have_text("m1")
    settle(page)
    expect(page.get_by_text("Place 1 in this queue")).to_be_visible()
    tables = page.locator("[data-testid=stDataFrame]")
    expect(tables).to_have_count(0)
    page.get_by_text(re.compile("rows behind it")).first.click()
    expect(tables.first).to_be_visible()
    page.get_by_role("button", name="Queue").click()
    expect(title(page)).to_have_text("Queue")
    settle(page)
    page.get_by_role("button", name="More filters (1)").click()
    expect(page.get_by_label("Exposure at least")).to_have_value("40")
    expect(page.get_by_text("2 merchants · 1 in the queue")).to_be_visible()


def test_next_previous_and_back_from_the_keyboard(dashboard, page):
    page.goto(f"{dashboard}/case?type=merchant&id=m1&queue=view%3Deverybody")
    settle(page)
    for key, shown in (("j", "m3"), ("j", "m2"), ("k", "m3"), ("b", "Queue")):
        page.keyboard.press(key)
        expect(title(page)).to_have_text(shown)
        settle(page)


def test_filters_stay_in_the_address_over_a_reload_and_other_pages(dashboard, page):
    page.goto(f"{dashboard}/queue?view=Everybody")
    settle(page)
    page.get_by_role("radio", name="Products").or_(
        page.get_by_role("button", name="Products")
    ).first.click()
    expect(page.get_by_text("6 products")).to_be_visible()
    expect(page).to_have_url(re.compile(r"entity=Products"))
    page.reload()
    settle(page)
    expect(page.get_by_text("6 products")).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    expect(title(page)).to_have_text("Explore")
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_text("6 products")).to_be_visible()


def test_hostile_names_are_text(dashboard, page):
    page.goto(f"{dashboard}/case?type=product&id=p5")
    settle(page)
    expect(title(page)).to_have_text("<script>alert(1)</script>")
    page.goto(f"{dashboard}/case?type=merchant&id=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    settle(page)
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0


def test_the_timeline_and_the_waterfall_are_drawn(dashboard, page):
    page.goto(f"{dashboard}/case?type=merchant&id=m1")
    settle(page)
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_role("tab", name="Explanation").click()
    expect(page.get_by_text("This entity")).to_be_visible()


REPORTS = (
    ("queue", "This list", "case_id"),
    ("queue?view=Everybody", "Scores", "expected_harm"),
    ("model", "Decisions", "decision_id"),
    ("model", "Model report", "section"),
    ("case?type=merchant&id=m1&tab=History", "Export the case file", "section"),
)


def test_reports_are_downloaded_from_the_page(dashboard, page):
    for path, button, column in REPORTS:
        page.goto(f"{dashboard}/{path}")
        settle(page)
        if button != "Export the case file":
            page.get_by_role("button", name="Export", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        header = download.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
        assert column in header.split(","), f"{button}: {header}"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 1024)])
def test_no_page_overflows_or_complains(dashboard, page, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    for path in PAGES:
        page.goto(f"{dashboard}/{path}")
        settle(page)
        sizes = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        scroll, client = page.evaluate(sizes)
        assert scroll <= client, f"{path} at {width}"
        assert main_overflow(page) <= 0, f"{path} at {width}"
    background = page.locator("[data-testid=stApp]").evaluate(
        "e => getComputedStyle(e).backgroundColor"
    )
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 24, 29)"}[scheme]


def main_overflow(page: Page) -> int:
    return page.locator("[data-testid=stMain]").evaluate("e => e.scrollWidth - e.clientWidth")
