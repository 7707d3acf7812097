"""What two models say of the cases that judge them, and every metric of it with intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.features.labels import LABEL
from analytics.model.additive import AdditiveClassifier
from analytics.model.labelled import LabelledFrame
from analytics.model.metrics import (
    HIGHER_IS_BETTER,
    Estimate,
    interval,
    metrics,
    plain,
    reliability,
)
from analytics.retraining.comparison import CHALLENGER, CHAMPION, DECIDES, Results
from analytics.retraining.estimator import Sample

Floats = NDArray[np.float64]

CONTENDERS = (CHAMPION, CHALLENGER)
DRAWS = 400


@dataclass(frozen=True)
class Judged:
    """Judged cases as both models see them; all arrays have a row a case.

    Attributes:
        y: Labels 0 and 1.
        weights: Entities that each case stands for.
        draws: The same in each bootstrap draw.
        raw: "champion" and "challenger" → log-odds before calibration, which rank.
        probability: "champion" and "challenger" → calibrated probability.
    """

    y: Floats
    weights: Floats
    draws: list[Floats]
    raw: Mapping[str, Floats]
    probability: Mapping[str, Floats]

    def part(self, rows: NDArray[np.intp]) -> "Judged":
        """Return some of the cases."""
        return Judged(
            self.y[rows],
            self.weights[rows],
            [draw[rows] for draw in self.draws],
            {name: raw[rows] for name, raw in self.raw.items()},
            {name: probability[rows] for name, probability in self.probability.items()},
        )


def judged_by(
    judged: LabelledFrame,
    parts: Mapping[str, AdditiveClassifier | None],
    sample: Sample,
    seed: int,
) -> Judged | None:
    """Return the cases as both models see them; None where nothing can be ranked.

    Args:
        judged: The cases.
        parts: "champion" and "challenger" → what predicts violation.
        sample: What the cases stand for.
        seed: Of the bootstrap.
    """
    y = judged.labels[LABEL].to_numpy(dtype=float)
    known = {name: part for name, part in parts.items() if part is not None}
    if len(np.unique(y)) < 2 or len(known) < len(parts):
        return None
    raw = {name: part.raw(judged.X) for name, part in known.items()}
    probability = {name: part.calibration_(raw[name]) for name, part in known.items()}
    return Judged(y, sample.weights, list(sample.draws(DRAWS, seed)), raw, probability)


@dataclass(frozen=True)
class Figures:
    """Metrics of both models, their paired differences, and their reliability; plain data.

    Attributes:
        results: "champion" and "challenger" → metric → value, low, high.
        differences: Metric → challenger minus champion: value, low, high, and `p`, the two-sided
            bootstrap probability of a difference as large by chance (Efron & Tibshirani 1993).
        reliability: "champion" and "challenger" → bins.
        decides: The difference that the verdict goes by.
    """

    results: dict[str, Results]
    differences: Results
    reliability: dict[str, list[dict[str, float]]]
    decides: Estimate | None


NO_FIGURES = Figures({}, {}, {}, None)


def figures_of(judged: Judged, k: int) -> Figures:
    """Compute every metric of both models with intervals, and their paired differences."""
    prepared = {
        name: metrics(judged.y, judged.raw[name], judged.probability[name], k)
        for name in CONTENDERS
    }
    point = _values(prepared, judged.weights)
    drawn = [_values(prepared, weights) for weights in judged.draws]
    paired = {metric: [_gap(one, metric) for one in drawn] for metric in HIGHER_IS_BETTER}
    differences = {m: interval(_gap(point, m), paired[m]) for m in HIGHER_IS_BETTER}
    return Figures(
        {
            name: {
                m: interval(values[m], [one[name][m] for one in drawn]).to_dict() for m in values
            }
            for name, values in point.items()
        },
        {m: {**differences[m].to_dict(), "p": by_chance(paired[m])} for m in HIGHER_IS_BETTER},
        {
            name: reliability(judged.y, judged.probability[name], judged.weights)
            for name in CONTENDERS
        },
        differences[DECIDES],
    )


def by_chance(draws: list[float]) -> float | None:
    """Return the two-sided p of a difference of which these are bootstrap draws.

    Twice the smaller share of draws on either side of zero, zero itself on both, one draw added
    to either, so that it is never 0.
    """
    known = np.array([draw for draw in draws if np.isfinite(draw)])
    if not len(known):
        return None
    smaller = min((known <= 0).sum(), (known >= 0).sum())
    return plain(min(1.0, 2 * (smaller + 1) / (len(known) + 1)))


def _gap(values: Mapping[str, Mapping[str, float]], metric: str) -> float:
    return values[CHALLENGER][metric] - values[CHAMPION][metric]


def _values(
    prepared: Mapping[str, Mapping[str, Any]], weights: Floats
) -> dict[str, dict[str, float]]:
    return {
        name: {metric: float(value(weights)) for metric, value in each.items()}
        for name, each in prepared.items()
    }
