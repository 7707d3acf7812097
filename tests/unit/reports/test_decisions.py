import csv
import gc
import weakref
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.reports import DECISION_COLUMNS, export_decisions

TEXTS = [
    "entity_id",
    "policy",
    "severity",
    "action",
    "reason",
    "reviewer",
    "snapshot_id",
    "model_version",
    "stratum",
]
DECISION = {
    "id": 1,
    "case_id": 4,
    "lease_token": "secret",
    "kind": "decision",
    "corrects": None,
    "source": "review",
    "reviewer": "ana",
    "decided_at": datetime(2026, 4, 2, 9, 30, 0, 500_000),
    "judged_at": datetime(2026, 4, 2, 9, 30, 0, 500_000),
    "entity_type": "merchant",
    "entity_id": "m1",
    "outcome": "violation",
    "policy": "M2",
    "severity": "standard",
    "points": 4,
    "action": "warn",
    "reason": "Late,\nagain",
    "features": {"late_dispatch_90d": 0.5, "name": "Ünal"},
    "violation_probability": 0.25,
    "queue_policy": "control",
    "inclusion_probability": 0.01,
    "seconds": 41.5,
}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decisions(*changes: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([{**DECISION, **change} for change in changes])


def test_a_decision_as_it_was_written(tmp_path: Path) -> None:
    imported = {"id": 2, "case_id": None, "source": "import", "features": None, "points": 0}
    assert export_decisions([decisions({}, imported)], tmp_path / "d.csv") == 2
    first, second = read(tmp_path / "d.csv")
    assert tuple(first) == DECISION_COLUMNS
    assert first["decision_id"] == "1"
    assert first["case_id"] == "4"
    assert first["decided_at"] == "2026-04-02T09:30:00.500000Z"
    assert first["reason"] == "Late,\nagain"
    assert (first["queue_policy"], first["inclusion_probability"]) == ("control", "0.01")
    assert first["dataset_id"] == ""
    assert (second["case_id"], second["source"], second["points"]) == ("", "import", "0")
    assert "secret" not in (tmp_path / "d.csv").read_text(encoding="utf-8")


def test_the_features_seen_are_added_when_asked(tmp_path: Path) -> None:
    export_decisions([decisions({}, {"features": None})], tmp_path / "d.csv", with_features=True)
    rows = read(tmp_path / "d.csv")
    assert tuple(rows[0]) == (*DECISION_COLUMNS, "features")
    assert [row["features"] for row in rows] == ['{"late_dispatch_90d": 0.5, "name": "Ünal"}', ""]


@pytest.mark.parametrize("column", TEXTS)
def test_no_text_runs_in_a_spreadsheet(tmp_path: Path, column: str) -> None:
    export_decisions([decisions({column: "=1+1"})], tmp_path / "d.csv")
    assert read(tmp_path / "d.csv")[0][column] == "'=1+1"


def test_without_decisions_there_is_a_header(tmp_path: Path) -> None:
    assert export_decisions([], tmp_path / "d.csv") == 0
    assert (tmp_path / "d.csv").read_text() == ",".join(DECISION_COLUMNS) + "\n"


def test_a_long_history_is_written_one_batch_at_a_time(tmp_path: Path) -> None:
    earlier: list[weakref.ref[pd.DataFrame]] = []

    def batches() -> Iterator[pd.DataFrame]:
        for number in range(5):
            gc.collect()
            kept = sum(frame() is not None for frame in earlier)
            assert kept <= 1, "an earlier batch is still in memory"
            batch = (
                decisions({})
                .loc[[0] * 1_000]
                .assign(id=range(1_000 * number, 1_000 * (number + 1)))
            )
            earlier.append(weakref.ref(batch))
            yield batch
            del batch

    assert export_decisions(batches(), tmp_path / "d.csv") == 5_000
    rows = read(tmp_path / "d.csv")
    assert [row["decision_id"] for row in rows] == [str(i) for i in range(5_000)]


def test_a_failure_on_the_way_leaves_no_file(tmp_path: Path) -> None:
    def batches() -> Iterator[pd.DataFrame]:
        yield decisions({})
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        export_decisions(batches(), tmp_path / "d.csv")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        export_decisions([], tmp_path / "nowhere" / "d.csv")
