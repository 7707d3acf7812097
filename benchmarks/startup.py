"""From process start to a page in the browser, with stored explanations.

    python -m benchmarks.startup --home HOME [--runs 5] [--by portreeve|streamlit] [--json]

Starts the dashboard as a process of its own and takes the time until it prints its address, until
it is healthy, and until the Overview stands complete in a Chromium that was running before. The
goal is a served page in 5 s.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).parent.parent
CHROMIUM_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SERVERS: Final = {
    "portreeve": ("-m", "pages._ui.server"),  # as `portreeve serve` does
    "streamlit": ("-m", "streamlit", "run", "app.py"),
}
PATIENCE_S: Final = 120
GOAL_S: Final = 5


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_chromium(), args=list(CHROMIUM_ARGUMENTS)
        )
        runs = [
            _one_run(arguments.home.resolve(), browser, arguments.by) for _ in range(arguments.runs)
        ]
        browser.close()
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "runs": arguments.runs,
        "median_s": {
            name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]
        },
        "slowest_s": {name: round(max(run[name] for run in runs), 2) for name in runs[0]},
    }
    _print(result, as_json=arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="A built home folder.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--by", choices=SERVERS, default="portreeve", help="What is started.")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _chromium() -> str | None:
    named = os.environ.get("PORTREEVE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


def _one_run(home: Path, browser: Browser, by: str) -> dict[str, float]:
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, *SERVERS[by], "--server.headless", "true"]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    spent = _children_seconds()
    start = time.perf_counter()
    server = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "PORTREEVE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        _wait_for_address(server)
        printed = time.perf_counter() - start
        _wait_until_healthy(address)
        healthy = time.perf_counter() - start
        _open_overview(browser, address)
        shown = time.perf_counter() - start
    finally:
        server.terminate()
        server.wait(timeout=20)
    return {
        "address": printed,
        "healthy": healthy,
        "page": shown,
        "page_after": shown - printed,
        "processor": _children_seconds() - spent,
    }


def _children_seconds() -> float:
    """Processor time of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_address(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    for line in server.stdout:
        if "URL:" in line:
            return
    raise RuntimeError(f"the dashboard ended with code {server.wait()}")


def _wait_until_healthy(address: str) -> None:
    deadline = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.02)
    raise RuntimeError("the dashboard did not become healthy")


def _open_overview(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("heading", name="Overview").first.wait_for(timeout=1000 * PATIENCE_S)
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for(
        timeout=1000 * PATIENCE_S
    )
    page.close()


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['machine']}; {result['runs']} runs, seconds from process start")
    words = {
        "address": "address printed",
        "healthy": "server healthy",
        "page": "first page complete in the browser",
        "page_after": "of that, after the address was printed",
        "processor": "processor time of the server",
    }
    for name, label in words.items():
        median, slowest = result["median_s"][name], result["slowest_s"][name]
        print(f"{label:40} median {median:5.2f}   slowest {slowest:5.2f}")
    print(f"goal: a served page in {GOAL_S} s")


if __name__ == "__main__":
    main()
