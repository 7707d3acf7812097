"""How good scores and probabilities are, with intervals that respect who is behind the rows.

Every metric is prepared once from labels and predictions and then takes row weights, so that a
bootstrap costs a few passes over sorted arrays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weighted = Callable[[Floats], float]

BINS = 10
HIGHER_IS_BETTER = {
    "auroc": True,
    "average_precision": True,
    "precision_at_k": True,
    "lift_at_k": True,
    "brier": False,
    "calibration_error": False,
}


@dataclass(frozen=True)
class Estimate:
    """A value with its 5 % and 95 % bounds."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Return plain numbers; None where unknown."""
        return {name: plain(getattr(self, name)) for name in ("value", "low", "high")}


def plain(value: float) -> float | None:
    """Return the number rounded for a report, or None where it is not finite."""
    return round(float(value), 6) if np.isfinite(value) else None


def metrics(y: Floats, score: Floats, probability: Floats, k: int) -> dict[str, Weighted]:
    """Prepare all metrics of one set of predictions.

    Args:
        y: Labels 0 and 1.
        score: What ranks.
        probability: What claims to be a probability.
        k: Cases that a team reviews.
    """
    precision = _precision_at(y, score, k)
    return {
        "auroc": _auroc(y, score),
        "average_precision": _average_precision(y, score),
        "precision_at_k": precision,
        "lift_at_k": lambda w: _ratio(precision(w), _ratio(w @ y, w.sum())),
        "brier": lambda w: _ratio(w @ (probability - y) ** 2, w.sum()),
        "calibration_error": _calibration_error(y, probability),
    }


def auroc(y: Floats, score: Floats) -> float:
    """Return the area under the ROC curve; tied scores count half."""
    return _auroc(y, score)(np.ones(len(y)))


def average_precision(y: Floats, score: Floats) -> float:
    """Return the average precision, tied scores taken together."""
    return _average_precision(y, score)(np.ones(len(y)))


def precision_at(y: Floats, score: Floats, k: int) -> float:
    """Return the share of positives among the `k` highest scores."""
    return _precision_at(y, score, k)(np.ones(len(y)))


def calibration_error(y: Floats, probability: Floats) -> float:
    """Return the expected calibration error over bins of equal mass."""
    return _calibration_error(y, probability)(np.ones(len(y)))


def reliability(
    y: Floats, probability: Floats, weight: Floats | None = None
) -> list[dict[str, float]]:
    """Return per bin of equally many rows: mean prediction, observed share, its interval, count.

    The interval (90 %) is Wilson's; of weighted rows it takes as many as tell as much (Kish 1965):
    (Σw)² / Σw².
    """
    w = np.ones(len(y)) if weight is None else weight
    rows = []
    for members in _bins(probability):
        mass = w[members]
        if mass.sum() <= 0:
            continue
        observed = float(np.average(y[members], weights=mass))
        low, high = wilson(observed, float(mass.sum() ** 2 / (mass @ mass)))
        rows.append(
            {
                "predicted": float(np.average(probability[members], weights=mass)),
                "observed": observed,
                "low": low,
                "high": high,
                "count": len(members),
            }
        )
    return rows


def wilson(share: float, count: float, z: float = 1.645) -> tuple[float, float]:
    """Return the Wilson score interval (90 % by default) of a share of `count` cases."""
    center = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return float(max(0.0, center - half)), float(min(1.0, center + half))


def capacity_curve(y: Floats, score: Floats, capacities: Sequence[int]) -> list[dict[str, float]]:
    """Return precision and recall of reviewing the highest scores, per capacity."""
    hits = np.cumsum(y[np.argsort(-score, kind="stable")])
    total = max(float(y.sum()), 1.0)
    return [
        {"capacity": k, "precision": float(hits[k - 1] / k), "recall": float(hits[k - 1] / total)}
        for k in sorted({min(k, len(y)) for k in capacities if k > 0})
    ]


def bootstrap_weights(groups: NDArray[np.intp], draws: int, seed: int) -> list[Floats]:
    """Draw groups with replacement; return how often each row comes, one array per draw."""
    rng = np.random.default_rng(seed)
    count = int(groups.max(initial=-1)) + 1
    return [
        np.bincount(rng.integers(0, count, count), minlength=count).astype(float)[groups]
        for _ in range(draws)
    ]


def interval(value: float, draws: Sequence[float]) -> Estimate:
    """Return the value with the 5 % and 95 % quantiles of its bootstrap draws."""
    known = np.array([draw for draw in draws if np.isfinite(draw)])
    if not len(known):
        return Estimate(value, float("nan"), float("nan"))
    return Estimate(value, float(np.quantile(known, 0.05)), float(np.quantile(known, 0.95)))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _tied(score: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order of falling scores and where each run of equal ones starts."""
    order = np.argsort(-score, kind="stable")
    fallen = score[order]
    starts = np.flatnonzero(np.append(True, fallen[1:] != fallen[:-1])) if len(score) else order
    return order, starts


def _auroc(y: Floats, score: Floats) -> Weighted:
    order, starts = _tied(score)
    sorted_y = y[order]

    def value(w: Floats) -> float:
        positive = np.add.reduceat(w[order] * sorted_y, starts)
        negative = np.add.reduceat(w[order] * (1 - sorted_y), starts)
        above = np.cumsum(positive) - positive / 2
        return _ratio(float(negative @ above), float(positive.sum() * negative.sum()))

    return value


def _average_precision(y: Floats, score: Floats) -> Weighted:
    order, starts = _tied(score)
    sorted_y = y[order]

    def value(w: Floats) -> float:
        positive = np.add.reduceat(w[order] * sorted_y, starts)
        seen = np.cumsum(np.add.reduceat(w[order], starts))
        precision = np.cumsum(positive) / np.where(seen > 0, seen, 1)
        return _ratio(float(precision @ positive), float(positive.sum()))

    return value


def _precision_at(y: Floats, score: Floats, k: int) -> Weighted:
    order = np.argsort(-score, kind="stable")
    sorted_y = y[order]

    def value(w: Floats) -> float:
        mass = w[order]
        taken = np.clip(k - (np.cumsum(mass) - mass), 0, mass)
        return _ratio(float(taken @ sorted_y), float(taken.sum()))

    return value


def _bins(probability: Floats) -> list[NDArray[np.intp]]:
    order = np.argsort(probability, kind="stable")
    return [members for members in np.array_split(order, BINS) if len(members)]


def _calibration_error(y: Floats, probability: Floats) -> Weighted:
    gap, bins = probability - y, _bins(probability)

    def value(w: Floats) -> float:
        return _ratio(sum(abs(float(w[b] @ gap[b])) for b in bins), float(w.sum()))

    return value
