import csv
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.reports import (
    QUEUE_CASE_COLUMNS,
    QUEUE_COLUMNS,
    SCORE_COLUMNS,
    export_queue,
    export_scores,
)
from analytics.reports.queue import TELLING
from analytics.warehouse import QueueFilters, Warehouse
from tests.support.tiny_home import FORMULA_TITLE, MARKUP_ID, MODELS, TinyHome

HOSTILE = '=HYPERLINK("http://evil.example","Prize")'


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_scores_of_every_merchant(warehouse: Warehouse, tiny: TinyHome, tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    count = export_scores(
        warehouse, tiny.april, tiny.models, "merchant", path, currency="USD", bom=True
    )
    rows = read(path)
    assert count == 5
    assert tuple(rows[0]) == SCORE_COLUMNS
    assert [row["entity_id"] for row in rows] == ["m1", "m2", "m3", "m4", MARKUP_ID]
    first = rows[0]
    assert first["quality_probability"] == "0.6"
    assert first["violation_probability"] == "0.3"
    assert first["expected_harm"] == "90"
    assert first["snapshot_id"] == tiny.april
    assert first["model_version"] == MODELS["merchant"]
    assert first["reason_1"].startswith("60 % of order lines in the last 90 days")
    assert first["reason_3"] == ""
    assert rows[2]["quality_probability"] == ""  # m3 has too little volume


def test_same_data_give_the_same_bytes(
    warehouse: Warehouse, tiny: TinyHome, tmp_path: Path
) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in files:
        export_scores(warehouse, tiny.april, tiny.models, "product", path, currency="USD")
    assert files[0].read_bytes() == files[1].read_bytes()


def test_scores_of_a_type_without_a_model(
    warehouse: Warehouse, tiny: TinyHome, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="no scores of creators"):
        export_scores(
            warehouse,
            tiny.april,
            {"merchant": MODELS["merchant"]},
            "creator",
            tmp_path / "x.csv",
            currency="USD",
        )
    assert not list(tmp_path.iterdir())


def test_queue_as_filtered(warehouse: Warehouse, tiny: TinyHome, tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    filters = QueueFilters(entity=("product",), category=("toys",))
    count = export_queue(warehouse, tiny.april, tiny.models, filters, path, currency="USD")
    rows = read(path)
    assert count == 4
    assert tuple(rows[0]) == QUEUE_COLUMNS
    assert [row["entity_id"] for row in rows] == ["p1", "p2", "p3", "p6"]
    assert [row["position"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[1]["name"] == f"'{FORMULA_TITLE}"
    assert rows[1]["known_at"] == "2025-06-03T00:00:00Z"
    assert (rows[1]["in_queue"], rows[1]["previous_rank"]) == ("false", "3")


@pytest.fixture
def cases() -> pd.DataFrame:
    """Two cases, as the page joins them with scores; the first is of the control sample."""
    return pd.DataFrame(
        {
            "position": [1, 2],
            "case_id": [7, 8],
            "entity_type": ["merchant", "merchant"],
            "entity_id": ["m3", "gone"],
            "status": ["held", "open"],
            "opened_at": [datetime(2026, 4, 2, 8), datetime(2026, 4, 2, 8)],
            "opened_by": ["control", "build"],
            "due_at": [datetime(2026, 4, 9, 8), datetime(2026, 4, 9, 8)],
            "is_overdue": [True, False],
            "assigned_to": [HOSTILE, None],
            "hold_until": [datetime(2026, 4, 5), pd.NaT],
            "priority": [95.0, 90.0],
            "name": ["m3", None],
            "gmv_at_risk": [30.0, None],
            "expected_harm": [60.0, None],
            "rank": [2, None],
            "in_queue": [False, None],
        }
    )


def test_the_queue_of_cases(
    warehouse: Warehouse, tiny: TinyHome, tmp_path: Path, cases: pd.DataFrame
) -> None:
    path = tmp_path / "queue.csv"
    count = export_queue(
        warehouse, tiny.april, tiny.models, QueueFilters(), path, currency="USD", cases=cases
    )
    held, other = read(path)
    assert count == 2
    assert tuple(held) == QUEUE_COLUMNS
    assert [held[column] for column in QUEUE_CASE_COLUMNS] == [
        "7",
        "held",
        "2026-04-02T08:00:00Z",
        "2026-04-09T08:00:00Z",
        "true",
        f"'{HOSTILE}",
        "",
        "2026-04-05T00:00:00Z",
        "",
        "",
    ]
    assert (held["position"], held["entity_id"], held["gmv_at_risk"]) == ("1", "m3", "30")
    assert held["reason_1"].startswith("0 % of order lines in the last 90 days")
    assert (other["entity_id"], other["status"], other["reason_1"]) == ("gone", "open", "")


def test_nothing_in_the_queue_of_cases_tells_the_control_sample(
    warehouse: Warehouse, tiny: TinyHome, tmp_path: Path, cases: pd.DataFrame
) -> None:
    path = tmp_path / "queue.csv"
    export_queue(
        warehouse, tiny.april, tiny.models, QueueFilters(), path, currency="USD", cases=cases
    )
    assert "control" not in path.read_text(encoding="utf-8")
    for row in read(path):
        assert {row[name] for name in TELLING} == {""}


def test_without_cases_there_is_a_header(
    warehouse: Warehouse, tiny: TinyHome, tmp_path: Path, cases: pd.DataFrame
) -> None:
    path = tmp_path / "queue.csv"
    nobody = cases[:0]
    count = export_queue(
        warehouse, tiny.april, tiny.models, QueueFilters(), path, currency="USD", cases=nobody
    )
    assert count == 0
    assert path.read_text().splitlines() == [",".join(QUEUE_COLUMNS)]
