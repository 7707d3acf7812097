import csv
from pathlib import Path

import pytest

from analytics.errors import NotFoundError
from analytics.reports import QUEUE_COLUMNS, SCORE_COLUMNS, export_queue, export_scores
from analytics.warehouse import QueueFilters, Warehouse
from tests.support.tiny_home import FORMULA_TITLE, MARKUP_ID, MODELS, TinyHome

ROOT = Path(__file__).parents[3]


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


def test_every_column_is_documented() -> None:
    text = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    for column in {*SCORE_COLUMNS, *QUEUE_COLUMNS} - {"reason_2", "reason_3", "reason_4"}:
        assert f"`{column}`" in text
