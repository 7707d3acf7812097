"""Pictures of all pages: `python -m tests.browser.screenshots docs/images --home HOME`.

With `--challenger` instead of a home folder: of the Model page, on a marketplace in which a
simulated reviewer decided and one retrain followed.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.learning_kills import ENTITY, prepare
from tests.browser.app import new_page, running_app, running_browser, settle

PAGES = (
    "overview",
    "queue",
    "case",
    "rings",
    "incidents",
    "explore",
    "model",
    "rules",
    "learning",
    "monitoring",
    "second_review",
    "labels",
    "data",
)
ADDRESSES = {
    "overview": "",
    "case": "case?open=first",
    "learning": "model?of=Merchants&part=Learning",
    "challenger": "model?of=Products&part=Challenger",
}


def take(
    browser: Browser,
    address: str,
    out: Path,
    *,
    pages: Sequence[str] = PAGES,
    dark: bool = False,
) -> list[Path]:
    """Save one picture a page in `out`; return their paths."""
    scheme = "dark" if dark else "light"
    page = new_page(browser, color_scheme=scheme)
    suffix = "-dark" if dark else ""
    written = []
    for name in pages:
        _open(page, address, name)
        path = out / f"{name}{suffix}.png"
        page.screenshot(path=path)
        written.append(path)
    page.close()
    return written


def _open(page: Page, address: str, name: str) -> None:
    """Go to a page as a user does; a case is the first one of the queue."""
    page.goto(f"{address}/{ADDRESSES.get(name, name)}")
    settle(page)
    page.wait_for_timeout(800)  # charts fade in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="Folder for the PNG files.")
    parser.add_argument("--home", type=Path, default=Path("var"), help="A built home folder.")
    parser.add_argument("--dark", action="store_true", help="Take them in the dark theme.")
    parser.add_argument("--challenger", action="store_true", help="Only that; see above.")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pages = ("challenger",) if options.challenger else PAGES
    with tempfile.TemporaryDirectory() as scratch:
        home = _challenged(Path(scratch)) if options.challenger else options.home.resolve()
        with (
            running_app(home, Path(scratch) / "log") as address,
            running_browser() as browser,
        ):
            for path in take(browser, address, options.out, pages=pages, dark=options.dark):
                print(f"{path} {path.stat().st_size / 1000:.0f} kB")


def _challenged(folder: Path) -> Path:
    workbench = prepare(folder, merchants=250)
    workbench.retrain(ENTITY)
    workbench.close()
    return folder / "home"


if __name__ == "__main__":
    main()
