import csv
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.reports import LABEL_COLUMNS, REJECT_COLUMNS, export_labels, export_rejects

LABEL = {
    "entity_type": "merchant",
    "entity_id": "m1",
    "outcome": "violation",
    "policy": "M2",
    "reviewer": "ana",
    "decided_at": datetime(2026, 4, 2),
    "note": "Late",
    "label": 1,
    "source": "review",
    "decision_id": 3,
    "valid_until": datetime(2027, 4, 2),
    "queue_policy": "control",
}


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_labels_of_several_types_in_one_file(tmp_path: Path) -> None:
    frames = [pd.DataFrame([LABEL]), pd.DataFrame([{**LABEL, "entity_type": "product"}])]
    assert export_labels(frames, tmp_path / "l.csv") == 2
    header, first, second = read(tmp_path / "l.csv")
    assert tuple(header) == LABEL_COLUMNS
    moments = ("2026-04-02T00:00:00Z", "2027-04-02T00:00:00Z")
    assert first == [
        "merchant", "m1", "violation", "M2", "ana", moments[0], "Late",
        "1", "review", "3", moments[1],
    ]  # fmt: skip
    assert second[0] == "product"


@pytest.mark.parametrize("column", ["entity_id", "policy", "reviewer", "note"])
def test_no_text_runs_in_a_spreadsheet(tmp_path: Path, column: str) -> None:
    export_labels([pd.DataFrame([{**LABEL, column: "@SUM(A1)"}])], tmp_path / "l.csv")
    assert read(tmp_path / "l.csv")[1][LABEL_COLUMNS.index(column)] == "'@SUM(A1)"


def test_without_labels_there_is_a_header(tmp_path: Path) -> None:
    assert export_labels([], tmp_path / "l.csv") == 0
    assert read(tmp_path / "l.csv") == [list(LABEL_COLUMNS)]


def test_rejects_are_safe_to_open(tmp_path: Path) -> None:
    rejects = pd.DataFrame([("=f.csv", 2, "=policy", "=1", "=is wrong")], columns=REJECT_COLUMNS)
    assert export_rejects(rejects, tmp_path / "r.csv") == 1
    assert read(tmp_path / "r.csv")[1] == ["'=f.csv", "2", "'=policy", "'=1", "'=is wrong"]
