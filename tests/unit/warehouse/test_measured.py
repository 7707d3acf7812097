import pytest

from analytics import charts
from analytics.warehouse.measured import read_measured

REPORT = {
    "entity": "merchant",
    "target": "quality",
    "protocol": "Two dates, each by a model of the time.",
    "k": 100,
    "trials": [{"as_of": "2018-03-01T00:00:00", "rows": 400, "positives": 120, "metrics": {}}],
    "results": {
        "model": {"auroc": {"value": 0.72, "low": 0.7, "high": 0.74}},
        "past defect rate": {"auroc": {"value": 0.69, "low": 0.67, "high": None}},
    },
    "differences": {"past defect rate": {"auroc": {"value": 0.03, "low": 0.01, "high": 0.05}}},
    "reliability": [
        {"predicted": 0.1, "observed": 0.12, "low": 0.1, "high": 0.15, "count": 200},
        {"predicted": 0.5, "observed": 0.48, "low": 0.4, "high": 0.6, "count": 200},
    ],
    "capacity": [{"capacity": 10, "precision": 0.8, "recall": 0.1}],
    "notes": ["Few positives."],
}


def test_stored_evaluation_becomes_frames() -> None:
    measured = read_measured(REPORT)
    assert measured is not None
    auroc = measured.of("auroc")
    assert list(auroc["curve"]) == ["model", "past defect rate"]
    assert auroc["high"].isna().tolist() == [False, True]
    assert measured.differences["value"].tolist() == [0.03]
    assert measured.calibration["entities"].tolist() == [200, 200]
    assert measured.trials.to_dict("records") == [
        {"as_of": "2018-03-01T00:00:00", "rows": 400, "positives": 120}
    ]
    assert measured.notes == ("Few positives.",)


def test_its_frames_are_what_the_charts_draw() -> None:
    measured = read_measured(REPORT)
    assert measured is not None
    assert charts.calibration_alt(measured.calibration).endswith("model 0.020.")
    assert charts.precision_recall_alt(measured.capacity).endswith("model 80 % and 10 %.")
    assert charts.metric_intervals(measured.of("auroc")).data


@pytest.mark.parametrize("report", [None, {}, {"results": {}}])
def test_nothing_measured(report: dict[str, object] | None) -> None:
    assert read_measured(report) is None
