"""Predictions beside baselines, as a report that prints, stores and compares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.metrics import (
    HIGHER_IS_BETTER,
    Estimate,
    bootstrap_weights,
    capacity_curve,
    interval,
    metrics,
    plain,
    reliability,
)

Floats = NDArray[np.float64]

MODEL = "model"
DRAWS = 400
CAPACITIES = (10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 750, 1000, 1500, 2000)


@dataclass(frozen=True)
class Prediction:
    """What one way of predicting said of the same rows."""

    score: Floats
    probability: Floats


@dataclass(frozen=True)
class Trial:
    """Predictions for one as-of date by a model that knew nothing later.

    Attributes:
        as_of: When the predictions were made; None where the rows are of several moments.
        groups: What belongs together in the bootstrap, such as the entity id.
        y: What came, 0 or 1.
        predictions: By name; `MODEL` is ours, the others are baselines.
    """

    as_of: datetime | None
    groups: NDArray[Any]
    y: Floats
    predictions: Mapping[str, Prediction]


@dataclass(frozen=True)
class EvaluationReport:
    """How well a prediction does against its baselines.

    Attributes:
        entity: Entity type.
        target: "quality" or "violation".
        protocol: How the data were split, in a sentence.
        k: Capacity of precision and lift.
        trials: Per as-of date: rows, positives and every metric of every prediction.
        results: Prediction → metric → mean over the dates, with its interval.
        differences: Baseline → metric → ours minus the baseline's, paired, with its interval.
        reliability: Bins of equal mass over all rows.
        capacity: Precision and recall by cases reviewed, mean over the dates.
        notes: What limits the figures.
    """

    entity: str
    target: str
    protocol: str
    k: int
    trials: list[dict[str, Any]]
    results: dict[str, dict[str, Estimate]]
    differences: dict[str, dict[str, Estimate]]
    reliability: list[dict[str, float]]
    capacity: list[dict[str, float]]
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "entity": self.entity,
            "target": self.target,
            "protocol": self.protocol,
            "k": self.k,
            "trials": self.trials,
            "results": _plain(self.results),
            "differences": _plain(self.differences),
            "reliability": self.reliability,
            "capacity": self.capacity,
            "notes": self.notes,
        }

    def summary(self) -> str:
        """Return the report as text for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        rows = sum(trial["rows"] for trial in self.trials)
        positives = sum(trial["positives"] for trial in self.trials)
        yield f"{self.entity} {self.target}: {self.protocol}"
        yield f"{rows:,} rows, {positives:,} positive, {len(self.trials)} dates; k = {self.k}"
        yield ""
        yield f"{'':28}" + "".join(f"{name:>19}" for name in HIGHER_IS_BETTER)
        for name, result in self.results.items():
            yield f"{name:28}" + "".join(f"{result[m].value:19.4f}" for m in HIGHER_IS_BETTER)
        yield ""
        yield "model minus baseline, mean over the dates [5 %, 95 %], paired, by entity"
        for name, difference in self.differences.items():
            yield f"{name:28}" + "".join(
                f"{_difference(difference[m]):>26}" for m in ("auroc", "average_precision")
            )
            yield f"{'':28}" + "".join(
                f"{_difference(difference[m]):>26}" for m in ("brier", "calibration_error")
            )
        for note in self.notes:
            yield f"Note: {note}"


def make_report(
    entity: str,
    target: str,
    protocol: str,
    trials: Sequence[Trial],
    *,
    k: int,
    seed: int,
    notes: Sequence[str] = (),
    draws: int = DRAWS,
) -> EvaluationReport:
    """Compute every metric of every prediction, and paired intervals over drawn groups."""
    names = list(trials[0].predictions)
    prepared = [
        {n: metrics(t.y, p.score, p.probability, k) for n, p in t.predictions.items()}
        for t in trials
    ]
    ones = [np.ones(len(trial.y)) for trial in trials]
    point = _mean(prepared, ones, names)
    drawn = [_mean(prepared, weights, names) for weights in _drawn(trials, draws, seed)]
    results = {
        n: {m: interval(point[n][m], [d[n][m] for d in drawn]) for m in HIGHER_IS_BETTER}
        for n in names
    }
    differences = {
        n: {
            m: interval(point[MODEL][m] - point[n][m], [d[MODEL][m] - d[n][m] for d in drawn])
            for m in HIGHER_IS_BETTER
        }
        for n in names
        if n != MODEL
    }
    ours = [trial.predictions[MODEL] for trial in trials]
    return EvaluationReport(
        entity,
        target,
        protocol,
        k,
        [_trial(trial, prep) for trial, prep in zip(trials, prepared, strict=True)],
        results,
        differences,
        reliability(
            np.concatenate([trial.y for trial in trials]),
            np.concatenate([p.probability for p in ours]),
        ),
        _capacity(trials),
        list(notes),
    )


def _mean(
    prepared: Sequence[Mapping[str, Mapping[str, Any]]],
    weights: Sequence[Floats],
    names: Sequence[str],
) -> dict[str, dict[str, float]]:
    """Return prediction → metric → mean over the trials that have the metric."""
    return {
        n: {
            m: _nanmean([p[n][m](w) for p, w in zip(prepared, weights, strict=True)])
            for m in HIGHER_IS_BETTER
        }
        for n in names
    }


def _drawn(trials: Sequence[Trial], draws: int, seed: int) -> Iterator[list[Floats]]:
    """Yield row weights per trial; a drawn group counts in every trial in which it stands."""
    codes, _ = pd.factorize(np.concatenate([trial.groups for trial in trials]))
    ends = np.cumsum([len(trial.y) for trial in trials])[:-1]
    for weights in bootstrap_weights(codes.astype(np.intp), draws, seed):
        yield np.split(weights, ends)


def _trial(trial: Trial, prepared: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    ones = np.ones(len(trial.y))
    return {
        "as_of": trial.as_of.isoformat() if trial.as_of else None,
        "rows": len(trial.y),
        "positives": int(trial.y.sum()),
        "metrics": {
            n: {m: plain(metric(ones)) for m, metric in each.items()}
            for n, each in prepared.items()
        },
    }


def _capacity(trials: Sequence[Trial]) -> list[dict[str, float]]:
    curves = [
        pd.DataFrame(capacity_curve(t.y, t.predictions[MODEL].score, CAPACITIES)) for t in trials
    ]
    least = min(len(trial.y) for trial in trials)
    pooled = pd.concat(curves)
    mean = pooled[pooled["capacity"] <= least].groupby("capacity").mean().reset_index()
    return [{str(name): float(v) for name, v in row.items()} for row in mean.to_dict("records")]


def _nanmean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _plain(nested: Mapping[str, Mapping[str, Estimate]]) -> dict[str, dict[str, Any]]:
    return {n: {m: e.to_dict() for m, e in each.items()} for n, each in nested.items()}


def _difference(estimate: Estimate) -> str:
    return f"{estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]"
