"""Bringing in data from the page alone: choose files, ingest, build, open the first case."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import running_app, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BUILD_MS = 240_000
MERCHANTS = 40


@pytest.fixture
def empty_dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a dashboard on a home folder without data, with little history to learn from."""
    monkeypatch.setenv("PORTREEVE_TRAINING_AS_OFS", "1")
    with running_app(tmp_path / "home", tmp_path / "log") as address:
        yield address


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Forty merchants with five order lines each; every fourth one hands over late."""
    ids = [f"m{i:02d}" for i in range(MERCHANTS)]
    start = date(2026, 1, 1)
    written = {
        "merchants": ["merchant_id,registered_at", *(f"{i},{start}" for i in ids)],
        "products": [
            "product_id,merchant_id,listed_at",
            *(f"p-{i},{i},{start}" for i in ids),
        ],
        "orders": [
            "order_id,line_no,merchant_id,product_id,placed_at,price,ship_by,shipped_at",
            *(
                _line(i, n, start + timedelta(days=20 * n), late=int(i[1:]) % 4 == 0)
                for i in ids
                for n in range(1, 6)
            ),
        ],
    }
    paths = [tmp_path / f"{table}.csv" for table in written]
    for path, lines in zip(paths, written.values(), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def _line(merchant: str, number: int, placed: date, *, late: bool) -> str:
    ship_by = placed + timedelta(days=3)
    shipped = ship_by + timedelta(days=4 if late else -1)
    return f"{merchant}-{number},1,{merchant},p-{merchant},{placed},20.00,{ship_by},{shipped}"


def test_from_files_to_the_first_case(empty_dashboard: str, files: list[Path], page: Page) -> None:
    page.goto(empty_dashboard)
    settle(page)
    page.get_by_role("link", name="Bring in data here").click()
    chooser = page.locator("input[type=file]")
    chooser.set_input_files(files)
    for path in files:
        expect(page.get_by_title(path.name)).to_be_visible()
    page.get_by_role("button", name="Ingest", exact=True).click()
    expect(page.get_by_text("Ingest tables of the contract: done")).to_be_visible()
    expect(page.get_by_text("orders: 200 rows")).to_be_visible()

    page.get_by_text("Bring in data", exact=True).click()
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_text("Build 1 snapshot: running")).to_be_visible()
    expect(page.get_by_text("Build 1 snapshot: done")).to_be_visible(timeout=BUILD_MS)

    page.get_by_role("link", name="Queue").click()
    settle(page)
    expect(page.get_by_text(f"{MERCHANTS} cases about merchants")).to_be_visible()
    page.get_by_role("button", name="Start reviewing").click()
    expect(page.get_by_text("Yours since")).to_be_visible()
    settle(page)
    first = page.get_by_role("heading", level=1).inner_text()
    assert int(first.removeprefix("m")) % 4 == 0  # one of those that hand over late
    expect(page.get_by_text("handed over late").first).to_be_visible()
