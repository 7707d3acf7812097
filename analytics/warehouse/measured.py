"""An evaluation as stored with a model, as frames that a page shows and a chart draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

ESTIMATES: Final = ("curve", "metric", "value", "low", "high")
CALIBRATION: Final = ("curve", "predicted", "observed", "low", "high", "entities")
CAPACITY: Final = ("curve", "capacity", "precision", "recall")
TRIALS: Final = ("as_of", "rows", "positives")
OURS: Final = "model"


@dataclass(frozen=True)
class Measured:
    """How well one prediction did.

    Attributes:
        protocol: How the data were split, in a sentence.
        k: Capacity of precision and lift.
        results: curve (`OURS` or a baseline), metric, value, low, high (5 % and 95 % bounds).
        differences: curve (the baseline), metric, value (ours minus its), low, high.
        calibration: curve, predicted, observed, low, high, entities.
        capacity: curve, capacity (cases), precision, recall.
        trials: as_of, rows, positives.
        notes: What limits the figures.
    """

    protocol: str
    k: int | None
    results: pd.DataFrame
    differences: pd.DataFrame
    calibration: pd.DataFrame
    capacity: pd.DataFrame
    trials: pd.DataFrame
    notes: tuple[str, ...]

    def of(self, metric: str) -> pd.DataFrame:
        """Results of one metric: ours first."""
        return self.results[self.results["metric"] == metric].reset_index(drop=True)


def read_measured(report: Mapping[str, Any] | None) -> Measured | None:
    """Turn an `EvaluationReport` as stored into frames; None where nothing was measured."""
    if not report or not report.get("results"):
        return None
    bins = [{"curve": OURS, **_renamed(bin_)} for bin_ in report.get("reliability") or []]
    points = [{"curve": OURS, **point} for point in report.get("capacity") or []]
    return Measured(
        str(report.get("protocol") or ""),
        report.get("k"),
        _estimates(report["results"]),
        _estimates(report.get("differences") or {}),
        _frame(bins, CALIBRATION),
        _frame(points, CAPACITY),
        _frame(report.get("trials") or [], TRIALS),
        tuple(str(note) for note in report.get("notes") or ()),
    )


def _renamed(bin_: Mapping[str, Any]) -> dict[str, Any]:
    return {"entities" if name == "count" else name: value for name, value in bin_.items()}


def _estimates(nested: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> pd.DataFrame:
    rows = [
        {"curve": curve, "metric": metric, **estimate}
        for curve, metrics in nested.items()
        for metric, estimate in metrics.items()
    ]
    frame = _frame(rows, ESTIMATES)
    return frame.astype(dict.fromkeys(("value", "low", "high"), float))


def _frame(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns))
