"""Metrics of champion and challenger as a table, with their paired differences."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analytics import formats
from pages._ui import tables

if TYPE_CHECKING:
    from analytics.retraining.comparison import Results

METRICS = {
    "average_precision": "Average precision",
    "auroc": "AUROC",
    "precision_at_k": "Precision at capacity",
    "lift_at_k": "Lift at capacity",
    "brier": "Brier score (less is better)",
    "calibration_error": "Calibration error (less is better)",
}
CONTENDERS = {"champion": "Champion", "challenger": "Challenger"}
COLUMNS = {
    "metric": tables.text("Metric", width=230),
    "champion": tables.text("Champion", width=200),
    "challenger": tables.text("Challenger", width=200),
    "difference": tables.text("Challenger minus champion, paired", width=240),
    "p": tables.number("p", help="Of a difference as large by chance, two-sided, by the bootstrap"),
}


def show_metrics(results: "Mapping[str, Results]", differences: "Results", *, alt: str) -> None:
    """Show every metric of both, with 5 % and 95 % in brackets."""
    rows = [
        {
            "metric": label,
            **{name: _bracketed(results[name][metric]) for name in CONTENDERS},
            "difference": _bracketed(differences[metric], "+"),
            "p": differences[metric].get("p"),
        }
        for metric, label in METRICS.items()
    ]
    tables.show(pd.DataFrame(rows), COLUMNS, alt=alt, height="content")


def _bracketed(estimate: Mapping[str, Any], sign: str = "") -> str:
    value, low, high = (estimate.get(part) for part in ("value", "low", "high"))
    if value is None:
        return formats.MISSING
    if low is None or high is None:
        return f"{value:{sign}.3f}"
    return f"{value:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"
