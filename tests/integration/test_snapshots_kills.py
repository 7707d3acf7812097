from datetime import datetime
from pathlib import Path

import pytest

from analytics.snapshots.home import Home
from benchmarks.kills import run_kills
from tests.support.sources import MERCHANTS, ORDERS, PRODUCTS, write_source


@pytest.mark.slow
@pytest.mark.usefixtures("fork_server")
def test_an_ingest_killed_at_any_point_leaves_everything_whole(tmp_path: Path) -> None:
    files = {"merchants.csv": MERCHANTS, "products.csv": PRODUCTS, "orders.csv": ORDERS}
    outcome = run_kills(
        Home(tmp_path / "home"),
        write_source(tmp_path / "source", files),
        datetime(2024, 2, 3),
        kills=12,
        builds=False,
    )
    assert outcome.problems == ()
    assert outcome.snapshots == 1
