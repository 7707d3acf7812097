"""Save-and-next in a real browser, from the keyboard alone; and two browsers at once.

    python -m benchmarks.review_page --home HOME [--cases 50] [--two 100] [--json]

The time counts from the key that saves to the moment when the next case's name stands on the page
and its form answers to keys. `--two` also lets two reviewers, each with a server and a browser
window of their own, decide that many cases of one home, and counts what was served twice or lost.
The home is copied, so that no decision stays. The goal is a median of 500 ms.
"""

import argparse
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.sync_api import Browser, Page

from analytics.pipeline import Workbench, open_workbench
from analytics.settings import load_settings
from tests.browser.app import running_app, running_browser, settle

GOAL_MEDIAN_MS: Final = 500
REVIEWERS: Final = ("ana", "ben")
# Runs in the page: from the saving key to a frame in which another case stands there, usable.
PROBE: Final = """
() => {
  const saving = () => document.querySelector('[class*="st-key-save-"]');
  const usable = (was) => {
    const box = saving();
    const button = box && box.querySelector('button');
    const name = document.querySelector('h1');
    return button && !button.disabled && name && box.className !== was;
  };
  window.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.ctrlKey || !saving()) return;
    const started = performance.now(), was = saving().className;
    window.savedIn = null;
    const look = () => {
      if (usable(was)) window.savedIn = performance.now() - started;
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}
"""


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    result: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores"}
    with running_browser() as browser:
        with _copied(arguments.home, arguments.cases) as home:
            result["save_and_next"] = _measure(browser, home, arguments)
        if arguments.two:
            with _copied(arguments.home, arguments.two) as home:
                result["two_browsers"] = _review_by_two(browser, home, arguments.two)
    _print(result, as_json=arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="A built home folder.")
    parser.add_argument("--cases", type=int, default=50)
    parser.add_argument("--two", type=int, default=0, help="Cases that two browsers decide.")
    parser.add_argument("--reading", type=float, default=1.0, help="Seconds spent on each case.")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


@contextmanager
def _copied(home: Path, cases: int) -> Iterator[Path]:
    """Yield a copy of the home with at least that many cases of the queue's first type open."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(shutil.copytree(home, Path(folder) / "home"))
        workbench = open_workbench(load_settings(home=copy))
        workbench.sync_cases()
        while len(_open_cases(workbench)) <= cases and workbench.sync_cases(refill=True).opened:
            pass
        workbench.close()
        yield copy


def _open_cases(workbench: Workbench) -> Any:
    return workbench.store.cases.listing("merchant", ("open",))


def _measure(browser: Browser, home: Path, arguments: argparse.Namespace) -> dict[str, float]:
    taken = []
    with running_app(home, home / "log") as address:
        page = _open(browser, address)
        page.evaluate(PROBE)
        for number in range(arguments.cases + 1):
            time.sleep(arguments.reading)
            _choose(page, number)
            page.keyboard.press("Control+Enter")
            page.wait_for_function("() => window.savedIn !== null && window.savedIn !== undefined")
            taken.append(float(page.evaluate("() => window.savedIn")))
            settle(page)
        page.goto("about:blank")
        page.close()
    taken = taken[1:]  # the first one also loads what the server needs once
    return {
        "cases": len(taken),
        "median_ms": round(float(np.median(taken)), 1),
        "p95_ms": round(float(np.percentile(taken, 95)), 1),
        "most_ms": round(max(taken), 1),
    }


def _open(browser: Browser, address: str) -> Page:
    """Start a round as a reviewer does: on the queue, by its key."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.goto(f"{address}/queue")
    page.get_by_role("button", name="Start reviewing").wait_for()
    settle(page)
    page.keyboard.press("s")
    page.get_by_role("button", name="Save and next").wait_for()
    settle(page)
    return page


def _choose(page: Page, number: int) -> None:
    """Choose an outcome and a ready reason, one violation in three."""
    page.keyboard.press("3" if number % 3 == 0 else "n")
    page.keyboard.press("f")
    page.wait_for_function("() => (document.querySelector('textarea') || {}).value")


def _review_by_two(browser: Browser, home: Path, cases: int) -> dict[str, int]:
    pressed = 0
    with (
        running_app(home, home / "log-0", PORTREEVE_REVIEWER=REVIEWERS[0]) as first,
        running_app(home, home / "log-1", PORTREEVE_REVIEWER=REVIEWERS[1]) as second,
    ):
        pages = [_open(browser, address) for address in (first, second)]
        for number in range(-(-cases // len(pages))):
            shown = [page.get_by_role("heading", level=1).inner_text() for page in pages]
            for page in pages:
                _choose(page, number)
            for page in pages:  # both at once: none waits for the other's page
                page.keyboard.press("Control+Enter")
                pressed += 1
            for page, name in zip(pages, shown, strict=True):
                page.wait_for_function(
                    "(name) => document.querySelector('h1').innerText !== name", arg=name
                )
                settle(page)
        for page in pages:
            page.goto("about:blank")
            page.close()
    return _counted(home, pressed)


def _counted(home: Path, pressed: int) -> dict[str, int]:
    workbench = open_workbench(load_settings(home=home))
    made = workbench.store.decisions.history()
    workbench.close()
    made = made[(made["kind"] == "decision") & made["reviewer"].isin(REVIEWERS)]
    return {
        "saved": pressed,
        "decisions": len(made),
        "lost": pressed - len(made),
        "served_twice": int(made["case_id"].duplicated().sum()),
        **{f"by_{name}": int((made["reviewer"] == name).sum()) for name in REVIEWERS},
    }


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=2))
        return
    times = result["save_and_next"]
    print(result["machine"])
    print(
        f"save and next, {times['cases']} cases: median {times['median_ms']:.0f} ms, 95th "
        f"percentile {times['p95_ms']:.0f} ms, most {times['most_ms']:.0f} ms "
        f"(goal: median {GOAL_MEDIAN_MS} ms)"
    )
    if two := result.get("two_browsers"):
        print(
            f"two browsers: {two['saved']} saved, {two['decisions']} decisions stored, "
            f"{two['lost']} lost, {two['served_twice']} served twice"
        )


if __name__ == "__main__":
    main()
