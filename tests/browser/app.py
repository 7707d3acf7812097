"""The dashboard as its users meet it: a server process and a Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent.parent
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTH, HEIGHT = 1440, 900
TIMEOUT_MS = 60_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_app(
    home: Path,
    log: Path,
    script: Path | None = None,
    *,
    port: int | None = None,
    **environment: str,
) -> Iterator[str]:
    """Serve the dashboard as `portreeve serve` does, or another script; yield its address."""
    port = port or free_port()
    server = ["pages._ui.server"] if script is None else ["streamlit", "run", str(script)]
    command = [sys.executable, "-m", *server, "--server.port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"],
            cwd=ROOT,
            env={**os.environ, **environment, "PORTREEVE_HOME": str(home), "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_healthy(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_until_healthy(
    port: int, process: subprocess.Popen[bytes], patience_s: float = 60
) -> None:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the dashboard did not start (exit code {process.poll()})")


def chromium_path() -> str | None:
    """A Chromium of the system, or None to use the one that Playwright installed."""
    return os.environ.get("PORTREEVE_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


@contextmanager
def running_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a window, without animations: to draw them takes most of a core."""
    page = browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce", **options
    )
    page.set_default_timeout(TIMEOUT_MS)
    return page


def settle(page: Page) -> None:
    """Wait until the page is connected and has run, and everything in it is drawn."""
    app = page.locator(
        "[data-testid=stApp][data-test-connection-state=CONNECTED]"
        "[data-test-script-state=notRunning]"
    )
    expect(app).to_have_count(1, timeout=TIMEOUT_MS)
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0, timeout=TIMEOUT_MS)
    expect(page.get_by_role("heading").first).to_be_visible(timeout=TIMEOUT_MS)
    page.evaluate("() => document.fonts.ready")
