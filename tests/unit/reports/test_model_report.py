import csv
from pathlib import Path

import pandas as pd
import pytest

from analytics.reports import MODEL_COLUMNS, MODEL_SECTIONS, ModelFigures, export_model_report
from analytics.warehouse.about import ModelReport

METRICS = {
    "quality": {
        "protocol": "trained before, tested after",
        "k": 100,
        "results": {
            "model": {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9}},
            "past rate": {"auroc": {"value": 0.6, "low": None, "high": None}},
        },
        "differences": {"past rate": {"auroc": {"value": 0.2, "low": 0.1, "high": 0.3}}},
        "reliability": [{"predicted": 0.1, "observed": 0.2, "low": 0.1, "high": 0.3, "count": 50}],
        "capacity": [{"capacity": 10.0, "precision": 0.5, "recall": 0.25}],
        "trials": [{"as_of": "2026-01-01T00:00:00", "rows": 50, "positives": 5, "metrics": {}}],
        "notes": ["=few dates"],
    }
}
CARD = {
    "trained_as_of": "2026-02-01T00:00:00",
    "seed": 0,
    "quality": {"labelled": 50, "metrics": {"auroc": {"value": 0.8, "low": 0.7, "high": 0.9}}},
    "limits": ["one", "two"],
    "notes": [],
}
FIGURES = ModelFigures(
    ModelReport("merchant-1", CARD, METRICS),
    {"quality": pd.DataFrame({"feature": ["late"], "mean_abs": [0.4], "share": [1.0]})},
    {"snapshot_id": "s1"},
    {
        "verdict": "not enough evidence",
        "violation": {"champion": {"precision_at_k": {"value": 0.3, "low": 0.2, "high": 0.4}}},
        "moves": [{"entity_id": "m1", "before": 3, "after": 1}],
    },
)


def read(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def test_every_figure_has_its_row(tmp_path: Path) -> None:
    count = export_model_report(FIGURES, tmp_path / "m.csv")
    header, *rows = read(tmp_path / "m.csv")
    assert tuple(header) == MODEL_COLUMNS
    assert rows == [
        ("model", "", "", "model_version", "", "", "", "merchant-1"),
        ("model", "", "", "snapshot_id", "", "", "", "s1"),
        ("card", "", "", "trained_as_of", "", "", "", "2026-02-01T00:00:00"),
        ("card", "", "", "seed", "0", "", "", ""),
        ("card", "quality", "", "labelled", "50", "", "", ""),
        ("card", "quality", "metrics", "auroc", "0.8", "0.7", "0.9", ""),
        ("card", "", "", "limits", "", "", "", "one; two"),
        ("card", "", "", "notes", "", "", "", ""),
        ("metrics", "quality", "", "protocol", "", "", "", "trained before, tested after"),
        ("metrics", "quality", "", "k", "100", "", "", ""),
        ("metrics", "quality", "model", "auroc", "0.8", "0.7", "0.9", ""),
        ("metrics", "quality", "past rate", "auroc", "0.6", "", "", ""),
        ("differences", "quality", "past rate", "auroc", "0.2", "0.1", "0.3", ""),
        ("calibration", "quality", "bin 1", "entities", "50", "", "", ""),
        ("calibration", "quality", "bin 1", "predicted", "0.1", "", "", ""),
        ("calibration", "quality", "bin 1", "observed", "0.2", "0.1", "0.3", ""),
        ("capacity", "quality", "10 cases", "precision", "0.5", "", "", ""),
        ("capacity", "quality", "10 cases", "recall", "0.25", "", "", ""),
        ("trials", "quality", "2026-01-01T00:00:00", "rows", "50", "", "", ""),
        ("trials", "quality", "2026-01-01T00:00:00", "positives", "5", "", "", ""),
        ("notes", "quality", "note 1", "text", "", "", "", "'=few dates"),
        ("importance", "quality", "late", "mean_abs", "0.4", "", "", ""),
        ("importance", "quality", "late", "share", "1", "", "", ""),
        ("comparison", "", "", "verdict", "", "", "", "not enough evidence"),
        ("comparison", "violation", "champion", "precision_at_k", "0.3", "0.2", "0.4", ""),
        ("comparison", "", "moves.1", "entity_id", "", "", "", "m1"),
        ("comparison", "", "moves.1", "before", "3", "", "", ""),
        ("comparison", "", "moves.1", "after", "1", "", "", ""),
    ]
    assert count == len(rows)
    assert {row[0] for row in rows} == set(MODEL_SECTIONS)


def test_a_model_that_was_never_measured(tmp_path: Path) -> None:
    figures = ModelFigures(ModelReport("merchant-1", {}))
    assert export_model_report(figures, tmp_path / "m.csv") == 1


@pytest.mark.parametrize("name", ["=1+1", "@x"])
def test_no_text_runs_in_a_spreadsheet(tmp_path: Path, name: str) -> None:
    importance = pd.DataFrame({"feature": [name], "mean_abs": [0.4], "share": [1.0]})
    figures = ModelFigures(
        ModelReport(name, {name: name}), {"quality": importance}, {name: name}, {name: name}
    )
    export_model_report(figures, tmp_path / "m.csv")
    texts = [text for row in read(tmp_path / "m.csv") for text in row]
    assert f"'{name}" in texts
    assert name not in texts
