import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.app import TIMEOUT_MS, new_page, running_app, running_browser
from tests.support.tiny_home import TinyHome

expect.set_options(timeout=TIMEOUT_MS)

# Streamlit looks for its server below the page's own path first, and says so in the console.
HARMLESS = ("_stcore/health", "_stcore/host-config")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        with running_browser() as browser:
            yield browser
    except Error as error:
        pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")


@pytest.fixture(scope="session")
def dashboard(pristine: TinyHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a dashboard on the tiny home; one server for all tests."""
    folder = tmp_path_factory.mktemp("dashboard")
    home = Path(shutil.copytree(pristine.home.path, folder / "home"))
    with running_app(home, folder / "log") as address:
        yield address


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about and asked of other servers; must stay empty."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A fresh page; at the end nothing may have gone wrong in it, nor left the machine."""
    page = new_page(browser)
    watch(page, complaints)
    yield page
    page.close()
    assert complaints == []


def watch(page: Page, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.on("console", lambda message: _note(complaints, message))
    page.on("request", lambda request: _note_remote(complaints, request.url))


def _note(complaints: list[str], message) -> None:
    address = (message.location or {}).get("url", "")
    if message.type in ("error", "warning") and not address.endswith(HARMLESS):
        complaints.append(f"{message.type}: {message.text} ({address})")


def _note_remote(complaints: list[str], address: str) -> None:
    if address.startswith(("http", "ws")) and "//127.0.0.1:" not in address:
        complaints.append(f"asked another server: {address}")
