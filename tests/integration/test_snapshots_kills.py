from datetime import datetime
from pathlib import Path

import pytest

from analytics.snapshots.home import Home
from benchmarks.kills import run_kills
from sample_data.generator import generate


@pytest.mark.slow
def test_an_ingest_killed_at_any_point_leaves_everything_whole(tmp_path: Path) -> None:
    generate(tmp_path / "sample", merchants=20, end=datetime(2024, 7, 1))
    outcome = run_kills(
        Home(tmp_path / "home"),
        tmp_path / "sample" / "tables",
        datetime(2024, 7, 1),
        kills=20,
        builds=False,
    )
    assert outcome.problems == ()
    assert outcome.kills - outcome.finished_before_kill >= 10
    assert outcome.snapshots == 1
