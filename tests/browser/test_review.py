"""A review round in a real browser: from the keyboard alone, by two people, and in accidents."""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.review.database import utc_now
from analytics.review.store import Store, open_store
from tests.browser.app import TIMEOUT_MS, new_page, running_app, settle
from tests.browser.conftest import watch
from tests.support.tiny_home import TinyHome

pytestmark = pytest.mark.browser

MERCHANTS = ("m1", "m3", "m2", "m4")
FIRST = "case?type=merchant&id=m1&queue=entity%3Dmerchant"


@pytest.fixture(scope="module")
def served(
    pristine: TinyHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A home folder and the address of its dashboard: one server, every test with fresh cases."""
    folder = tmp_path_factory.mktemp("review")
    home = Path(shutil.copytree(pristine.home.path, folder / "home"))
    with running_app(home, folder / "log") as address:
        yield home, address


@pytest.fixture
def home(served: tuple[Path, str], pristine: TinyHome) -> Path:
    """Its home with four cases and no decision: m1, m3, m2, m4 in this order."""
    home, _ = served
    shutil.rmtree(home / "drafts", ignore_errors=True)
    with (
        closing(sqlite3.connect(pristine.home.path / "portreeve.db")) as before,
        closing(sqlite3.connect(home / "portreeve.db")) as database,
    ):
        before.backup(database)
    store = open_decisions(home)
    first = store.cases.find("merchant", "m1")
    for place, name in enumerate(MERCHANTS[1:], 1):
        store.cases.open_by_hand(
            "merchant", name, "tester", "asked for", priority=first.priority - place
        )
    store.close()
    return home


@pytest.fixture
def address(served: tuple[Path, str], home: Path) -> str:
    return served[1]


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = open_decisions(home)
    yield made
    made.close()


def open_decisions(home: Path, minutes_later: int = 0) -> Store:
    url = f"sqlite:///{home / 'portreeve.db'}"
    return open_store(url, now=lambda: utc_now() + timedelta(minutes=minutes_later))


def open_queue(page: Page, address: str) -> None:
    page.goto(f"{address}/queue")
    expect(page.get_by_role("button", name="Start reviewing")).to_be_enabled()
    settle(page)


def title(page: Page):
    return page.get_by_role("heading", level=1)


def expect_case(page: Page, name: str) -> None:
    """Wait until a case is shown and its form answers to keys."""
    expect(title(page)).to_have_text(name)
    settle(page)
    expect(page.get_by_role("button", name="Save and next")).to_be_enabled()


def decide_by_keys(page: Page, *keys: str) -> None:
    """Press keys one right after the other, as one does who knows them by heart."""
    for key in keys:
        page.keyboard.press(key)


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for something that shows in the store, not on the page."""
    for _ in range(TIMEOUT_MS // 100):
        if is_so():
            return
        page.wait_for_timeout(100)
    raise AssertionError("It did not come about in time.")


def outcomes(store: Store) -> dict[str, str]:
    rows = store.decisions.history()
    return dict(zip(rows["entity_id"], rows["outcome"], strict=True))


def reason_field(page: Page):
    """Return the newest field for the reason: while the page draws, the one before follows it."""
    return page.get_by_label("Reason (required)").first


def test_a_whole_round_needs_no_mouse(address, store, page):
    open_queue(page, address)
    page.keyboard.press("s")
    expect_case(page, "m1")
    decide_by_keys(page, "3", "e", "s", "f")
    expect(page.get_by_text("48 points in 90 days")).to_be_visible()
    decide_by_keys(page, "Control+Enter")
    expect_case(page, "m3")
    decide_by_keys(page, "n", "f", "Control+Enter")
    expect_case(page, "m2")
    decide_by_keys(page, "u", "f", "Control+Enter")
    expect_case(page, "m4")
    decide_by_keys(page, "n", "f", "Control+Enter")
    expect(title(page)).to_have_text("Queue")
    assert outcomes(store) == {
        "m1": "violation", "m3": "no_violation", "m2": "cannot_tell", "m4": "no_violation",
    }  # fmt: skip
    first = store.decisions.last("merchant", "m1")
    assert (first.policy, first.severity, first.action) == ("M3", "severe", "suspend")


def test_keys_pressed_at_once_are_all_done(address, store, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "n", "f", "Control+Enter")
    expect_case(page, "m3")
    assert store.decisions.last("merchant", "m1").outcome == "no_violation"


def test_a_text_field_keeps_the_keys_to_itself_until_it_is_left(address, store, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    reason_field(page).click()
    page.keyboard.type("never 3 fine words")
    expect(page.get_by_text("a digit says violation")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("n")
    expect(page.get_by_text("Closes the case for")).to_be_visible()
    reason_field(page).click()
    page.keyboard.press("End")
    page.keyboard.type(" at all")
    page.keyboard.press("Control+Enter")  # commits what was typed, and saves
    expect_case(page, "m3")
    assert store.decisions.last("merchant", "m1").reason == "never 3 fine words at all"


def test_the_tab_order_does_not_break_the_keys(address, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    for _ in range(12):
        page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") in ("INPUT", "TEXTAREA"):
        page.keyboard.press("Tab")  # a field takes letters for its own
    page.keyboard.press("n")
    expect(page.get_by_text("Closes the case for")).to_be_visible()


def test_own_words_and_hold_from_the_keyboard(address, store, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    page.keyboard.press("o")
    type_in_dialog(page, "Parcels were empty, says the buyer")
    expect(reason_field(page)).to_have_value("Parcels were empty, says the buyer")
    expect_case(page, "m1")
    page.keyboard.press("h")
    type_in_dialog(page, "Asked the merchant for the invoice")
    expect_case(page, "m3")
    held = store.cases.find("merchant", "m1")
    assert (held.status, held.hold_reason) == ("held", "Asked the merchant for the invoice")


def type_in_dialog(page: Page, text: str) -> None:
    """Type into the first field of the dialog that a key opened, and confirm it."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox").first).to_be_visible()
    for _ in range(3):
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
        page.keyboard.press("Tab")
    page.keyboard.type(text)
    page.keyboard.press("Control+Enter")
    expect(dialog).to_have_count(0)


def test_the_heartbeat_takes_neither_focus_nor_typed_text(address, store, home, page):
    page.clock.install()
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    before = store.cases.find("merchant", "m1").lease_expires_at
    reason_field(page).click()
    page.keyboard.type("half a sen")
    page.clock.fast_forward(31_000)
    page.wait_for_timeout(1500)
    assert store.cases.find("merchant", "m1").lease_expires_at > before
    page.keyboard.type("tence")
    expect(reason_field(page)).to_have_value("half a sentence")


def test_a_lost_lease_says_who_has_the_case_and_keeps_the_text(address, store, home, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "n")
    reason_field(page).click()
    page.keyboard.type("My careful words")
    later = open_decisions(home, minutes_later=5)
    later.cases.claim(store.cases.find("merchant", "m1").id, "ben")
    later.close()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("ben")).to_be_visible()
    expect(page.get_by_text("My careful words")).to_be_visible()
    assert outcomes(store) == {}
    page.keyboard.press("j")
    expect_case(page, "m3")


def test_a_double_click_decides_once(address, store, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "n", "f")
    expect(reason_field(page)).not_to_be_empty()
    page.get_by_role("button", name="Save and next").dblclick()
    expect_case(page, "m3")
    page.wait_for_timeout(500)
    assert outcomes(store) == {"m1": "no_violation"}


def test_going_back_shows_the_decision_and_forward_the_case_again(address, store, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "n", "f", "Control+Enter")
    expect_case(page, "m3")
    page.go_back()
    expect(title(page)).to_have_text("m1")
    expect(page.get_by_text("Nothing in the evidence shown breaks a policy.")).to_be_visible()
    expect(page.get_by_role("button", name="Save and next")).to_have_count(0)
    page.go_forward()
    expect_case(page, "m3")
    assert outcomes(store) == {"m1": "no_violation"}


def test_a_second_tab_offers_to_take_the_case_over(address, store, page, browser, complaints):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "n", "f")
    expect(reason_field(page)).not_to_be_empty()
    with opened(browser, complaints) as second:
        second.goto(f"{address}/{FIRST}")
        expect(second.get_by_text("open in another tab")).to_be_visible()
        settle(second)
        second.keyboard.press("y")
        expect_case(second, "m1")
        expect(reason_field(second)).not_to_be_empty()
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("You took this case over in another tab")).to_be_visible()
        assert outcomes(store) == {}
        second.keyboard.press("Control+Enter")
        expect_case(second, "m3")
    assert outcomes(store) == {"m1": "no_violation"}


def test_a_reload_finds_the_case_and_the_draft_again(address, page):
    page.goto(f"{address}/{FIRST}")
    expect_case(page, "m1")
    decide_by_keys(page, "3", "f")
    expect(reason_field(page)).not_to_be_empty()
    page.reload()
    expect_case(page, "m1")
    expect(reason_field(page)).not_to_be_empty()
    expect(page.get_by_role("button", name="Limit traffic")).to_be_visible()


def test_a_restart_of_the_server_in_mid_case_loses_nothing(home, store, tmp_path, browser):
    page = new_page(browser)
    with running_app(home, tmp_path / "log") as address:
        page.goto(f"{address}/{FIRST}")
        expect_case(page, "m1")
        decide_by_keys(page, "n")
        expect(page.get_by_text("Closes the case for")).to_be_visible()
        reason_field(page).click()
        page.keyboard.type("Typed before the restart")
        page.keyboard.press("Tab")
        settle(page)
        before = store.cases.find("merchant", "m1").lease_token
    port = int(address.rsplit(":", 1)[1])
    with running_app(home, tmp_path / "log2", port=port):
        wait_until(page, lambda: store.cases.find("merchant", "m1").lease_token != before)
        expect_case(page, "m1")
        expect(reason_field(page)).to_have_value("Typed before the restart")
        page.keyboard.press("Control+Enter")
        expect_case(page, "m3")
        page.goto("about:blank")
    page.close()
    decision = store.decisions.last("merchant", "m1")
    assert (decision.outcome, decision.reason) == ("no_violation", "Typed before the restart")


def test_two_reviewers_are_never_given_the_same_case(home, store, tmp_path, browser, complaints):
    with (
        running_app(home, tmp_path / "ana", PORTREEVE_REVIEWER="ana") as of_ana,
        running_app(home, tmp_path / "ben", PORTREEVE_REVIEWER="ben") as of_ben,
        opened(browser, complaints) as ana,
        opened(browser, complaints) as ben,
    ):
        for page, address in ((ana, of_ana), (ben, of_ben)):
            open_queue(page, address)
        for page in (ana, ben):
            page.keyboard.press("s")
        for page in (ana, ben):
            expect(page.get_by_role("button", name="Save and next")).to_be_enabled()
            settle(page)
        assert {title(ana).inner_text(), title(ben).inner_text()} == {"m1", "m3"}
        for _ in range(2):
            for page in (ana, ben):
                shown = title(page).inner_text()
                decide_by_keys(page, "n", "f", "Control+Enter")
                expect(title(page)).not_to_have_text(shown)
                settle(page)
        for page in (ana, ben):
            expect(title(page)).to_have_text("Queue")
            page.goto("about:blank")
    rows = store.decisions.history()
    assert sorted(rows["entity_id"]) == sorted(MERCHANTS)
    assert sorted(rows["reviewer"]) == ["ana", "ana", "ben", "ben"]


def test_no_page_says_that_a_case_is_of_the_control_sample(address, page):
    for path in ("queue", FIRST, f"{FIRST}&tab=History"):
        page.goto(f"{address}/{path}")
        settle(page)
        expect(page.get_by_text(re.compile("control", re.IGNORECASE))).to_have_count(0)


@contextmanager
def opened(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """Open another window."""
    page = new_page(browser)
    watch(page, complaints)
    yield page
    page.goto("about:blank")
    page.close()
