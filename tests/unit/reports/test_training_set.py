import csv
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from analytics.reports import TRAINING_COLUMNS, export_training_set

LABELS = pd.DataFrame(
    {
        "label": [1.0, 0.0],
        "policy": ["M2", None],
        "decided_at": [datetime(2026, 4, 2), datetime(2026, 1, 15)],
        "source": ["review", "past_decisions"],
        "decision_id": [3, None],
        "dataset_id": ["d1", "d1"],
        "as_of": [datetime(2026, 4, 1), datetime(2026, 1, 15)],
        "inclusion_probability": [0.02, None],
    },
    index=pd.Index(["m1", "m2"], name="entity_id"),
)
FEATURES = pd.DataFrame(
    {"late_dispatch_90d": [0.25, None], "label": [7.0, 8.0]}, index=LABELS.index
)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_one_row_per_label_with_every_feature(tmp_path: Path) -> None:
    assert export_training_set("merchant", LABELS, FEATURES, tmp_path / "t.csv") == 2
    header, first, second = read(tmp_path / "t.csv")
    assert tuple(header) == (*TRAINING_COLUMNS, "late_dispatch_90d", "label")
    named = dict(zip(TRAINING_COLUMNS, first, strict=False))
    assert (named["entity_type"], named["entity_id"], named["label"]) == ("merchant", "m1", "1")
    assert (named["source"], named["decision_id"]) == ("review", "3")
    assert (named["as_of"], named["inclusion_probability"]) == ("2026-04-01T00:00:00Z", "0.02")
    assert first[-2:] == ["0.25", "7"]
    assert second[-2:] == ["", "8"]
    assert second[TRAINING_COLUMNS.index("decision_id")] == ""


def test_labels_and_features_must_match(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        export_training_set("merchant", LABELS, FEATURES.iloc[:1], tmp_path / "t.csv")
    assert not list(tmp_path.iterdir())


def test_nothing_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    labels = LABELS.set_axis(["=1", "m2"])
    features = FEATURES.rename(columns={"label": "=2"})
    export_training_set("merchant", labels, features, tmp_path / "t.csv")
    header, first, _ = read(tmp_path / "t.csv")
    assert header[-1] == "'=2"
    assert first[1] == "'=1"


def test_without_labels_there_is_a_header(tmp_path: Path) -> None:
    assert export_training_set("creator", LABELS[:0], FEATURES[:0], tmp_path / "t.csv") == 0
    assert len(read(tmp_path / "t.csv")) == 1
