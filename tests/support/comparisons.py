"""A comparison of two models whose figures a test chooses."""

from typing import Any

from analytics.retraining.comparison import Comparison

NOTHING = {"value": None, "low": None, "high": None, "p": None}


def gap(value: float, low: float, high: float) -> dict[str, float | None]:
    """A paired difference."""
    return {"value": value, "low": low, "high": high, "p": 0.5}


def slice_row(value: str, difference: float | None, p: float = 0.5) -> dict[str, Any]:
    """A slice by category: average precision .5 and .5 + difference; None: too few cases."""
    if difference is None:
        return {"dimension": "category", "value": value, "cases": 9, "positives": 1,
                "champion": None, "challenger": None, "difference": None, "p": None,
                "observed": None, "predicted": {}}  # fmt: skip
    return {"dimension": "category", "value": value, "cases": 60, "positives": 12,
            "champion": 0.5, "challenger": 0.5 + difference,
            "difference": gap(difference, difference - 0.04, difference + 0.04), "p": p,
            "observed": 0.2, "predicted": {"champion": 0.25, "challenger": 0.22}}  # fmt: skip


def reviewer_row(name: str, doubted: int, *, is_alarm: bool) -> dict[str, Any]:
    """A reviewer of 100 decisions, among others who are doubted in 5 %."""
    return {"reviewer": name, "decisions": 100, "doubted": doubted, "share": doubted / 100,
            "share_of_others": 0.05, "p_value": 0.001 if is_alarm else 1.0,
            "is_alarm": is_alarm}  # fmt: skip


def later(value: float, low: float, high: float, *, control_positives: int = 9) -> dict[str, Any]:
    """Both trained on the past: average precision on what came after differs by this."""
    names = ("auroc", "average_precision", "precision_at_k", "lift_at_k", "brier",
             "calibration_error")  # fmt: skip
    estimate = {"value": 0.06, "low": 0.05, "high": 0.08}
    return {
        "sentence": "Of what was decided before 2026-03-01 00:00 UTC both learned; 120 judge.",
        "cut": "2026-03-01T00:00:00", "cases": 120, "positives": 24, "control": 60,
        "control_positives": control_positives,
        "learned_from": {"champion": 300, "challenger": 500},
        "trained_again": {"champion": False, "challenger": True},
        "results": {
            side: {name: dict(estimate) for name in names} for side in ("champion", "challenger")
        },
        "differences": {name: gap(value, low, high) for name in names},
    }  # fmt: skip


def comparison(**changes: Any) -> Comparison:
    """A challenger that is surely better, but for what the test changes."""
    names = ("auroc", "average_precision", "precision_at_k", "lift_at_k")
    better = {name: gap(0.05, 0.01, 0.09) for name in names}
    errors = {name: gap(-0.01, -0.02, 0.0) for name in ("brier", "calibration_error")}
    estimate = {"value": 0.06, "low": 0.05, "high": 0.08}
    fields: dict[str, Any] = {
        "entity": "merchant",
        "champion": "merchant-0000000000aa",
        "challenger": "merchant-0000000000bb",
        "snapshot_id": "s1",
        "at": "2026-05-01T00:00:00",
        "verdict": "better",
        "sentence": "Average precision rises by +0.050 [+0.010, +0.090], surely above zero.",
        "k": 100,
        "cases": {"judged": 300, "positives": 60, "control": 150, "control_positives": 24,
                  "left_out": 0, "learned_from": 900},
        "strata": [],
        "results": {
            name: {metric: dict(estimate) for metric in (*better, *errors)}
            for name in ("champion", "challenger")
        },
        "differences": {**better, **errors},
        "reliability": {},
        "quality": "same",
        "moves": {"capacity": 100, "stayed": 100, "entered": [], "left": []},
        "slices": [slice_row("toys", 0.02), slice_row("shoes", 0.01), slice_row("bags", None)],
        "stability": {"entities": 0, "top": 3, "overlap": None, "same_first": None, "changed": []},
        "in_time": later(0.04, 0.01, 0.07),
        "reviewers": [reviewer_row(name, 5, is_alarm=False) for name in ("ana", "bo")],
    }  # fmt: skip
    return Comparison(**(fields | changes))
