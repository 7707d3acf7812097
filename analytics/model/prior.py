"""Violation without labels: how unusual an entity is, in the direction in which harm lies.

Each feature gives the surprise of its harmful tail, −log P(X at least as harmful), as in ECOD
(Li et al. 2022, doi:10.1109/TKDE.2022.3159580). Only what lies beyond an ordinary tail counts, and
it counts squared, since harm shows in a few extremes rather than in many small oddities. Rare
events count double: a complaint that most entities never had says more than the top percent of
something that everybody has. A feature counts the less the more features point to its policy, so
that no policy wins by being measured often.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.features.spec import FeatureSpec
from analytics.model.additive import AdditiveClassifier
from analytics.model.calibration import OddsOfSum, odds_with_mean
from analytics.model.frames import align, check_features

Floats = NDArray[np.float64]

ORDINARY_TAIL = 0.05  # a value that one entity in twenty reaches is no surprise
HALF = 0.5  # with labels, also the less extreme half of the harmful side can tell
MOST_SURPRISE = 9.0
EVENT_FACTOR = 2.0
EVENT_SHARE = 0.5  # of entities at the harmless end makes the rest of them events
MOST_VALUES = 4096


@dataclass(frozen=True)
class Tail:
    """The harmful tail of one feature.

    Attributes:
        sign: 1 where more is worse, -1 where less is, 0 where either end is unusual.
        values: Distinct values seen, rising.
        up: Share of entities at or above each value.
        down: Share at or below it.
        least: Smallest share that is ever claimed.
        weight: What a unit of squared surprise counts.
    """

    sign: int
    values: Floats
    up: Floats
    down: Floats
    least: float
    weight: float

    def term(self, x: Floats) -> Floats:
        """Return the weighted, squared surprise beyond an ordinary tail; 0 where missing."""
        return self.weight * self.surprise(x, ORDINARY_TAIL) ** 2

    def surprise(self, x: Floats, ordinary: float) -> Floats:
        """Return −log of the tail beyond x, counted from the tail `ordinary`; 0 where missing."""
        up = np.append(self.up, self.least)[np.searchsorted(self.values, x, side="left")]
        down = np.append(self.least, self.down)[np.searchsorted(self.values, x, side="right")]
        tail = {1: up, -1: down, 0: np.minimum(1.0, 2 * np.minimum(up, down))}[self.sign]
        surprise = np.clip(np.log(ordinary) - np.log(tail), 0, MOST_SURPRISE)
        return np.where(np.isnan(x), 0.0, surprise)


class ViolationPrior(AdditiveClassifier):
    """The unsupervised prior: a weighted sum of surprises, with an assumed prevalence.

    Args:
        prevalence: The mean probability over the entities it was fitted to.
    """

    calibration_: OddsOfSum

    def __init__(self, prevalence: float = 0.05) -> None:
        self.prevalence = prevalence

    def fit(self, X: pd.DataFrame, specs: Sequence[FeatureSpec]) -> "ViolationPrior":
        """Learn the tails of the entities of one type."""
        self.feature_names_ = check_features(X)
        self.trees_, self.linear_ = None, None
        varied = [name for name in self.feature_names_ if X[name].nunique() > 1]
        weights = _weights(self.feature_names_, varied, specs)
        signs = {spec.name: spec.monotone for spec in specs}
        self.tails_ = [
            _tail(X[name].to_numpy(dtype=float), signs.get(name, 0), weights[name])
            for name in self.feature_names_
        ]
        self.spread_ = self.surprises(X, HALF).std(axis=0)
        self.center_ = np.zeros(len(self.tails_))
        self.scale_ = 1.0
        terms = self._terms(X)
        self.scale_ = 1.0 / max(float(terms.sum(axis=1).std()), 1e-9)
        self.center_ = terms.mean(axis=0) * self.scale_
        self.calibration_ = odds_with_mean(self.raw(X), self.prevalence)
        return self

    def linear_contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return each feature's surprise against the average entity's.

        The terms add up to standard deviations over the entities that it was fitted to.
        """
        return pd.DataFrame(self._terms(X), index=X.index, columns=self.feature_names_)

    def surprises(self, X: pd.DataFrame, ordinary: float) -> Floats:
        """Return each feature's unweighted surprise, rows × features."""
        values = align(X, self.feature_names_).to_numpy()
        columns = [tail.surprise(values[:, j], ordinary) for j, tail in enumerate(self.tails_)]
        return np.column_stack(columns) if columns else np.zeros((len(X), 0))

    def _terms(self, X: pd.DataFrame) -> Floats:
        values = align(X, self.feature_names_).to_numpy()
        columns = [tail.term(values[:, j]) for j, tail in enumerate(self.tails_)]
        if not columns:
            return np.zeros((len(X), 0))
        terms: Floats = np.column_stack(columns) * self.scale_ - self.center_
        return terms


def violation_prior(
    X: pd.DataFrame, specs: Sequence[FeatureSpec], *, prevalence: float
) -> ViolationPrior:
    """Fit the prior to all entities known now."""
    return ViolationPrior(prevalence).fit(X, specs)


def _weights(
    names: Sequence[str], varied: Sequence[str], specs: Sequence[FeatureSpec]
) -> dict[str, float]:
    """Weigh features that point to a policy; all alike where none of them does.

    What is the same for everybody, or known of nobody, tells nothing and makes no other count less.
    """
    by_name = {spec.name: spec for spec in specs}
    telling = [n for n in varied if (spec := by_name.get(n)) and spec.policies and spec.monotone]
    if not telling:
        return dict.fromkeys(names, 1.0)
    pointing = Counter(code for name in telling for code in by_name[name].policies)
    return {
        name: max(1 / pointing[code] for code in by_name[name].policies) if name in telling else 0.0
        for name in names
    }


def _tail(x: Floats, sign: int, weight: float) -> Tail:
    values, counts = np.unique(x[~np.isnan(x)], return_counts=True)
    total = counts.sum() + 1
    up = (np.cumsum(counts[::-1])[::-1] - 0.5) / total
    down = (np.cumsum(counts) - 0.5) / total
    if len(values) == 1:  # all alike: a value from another moment would seem unheard of
        weight = 0.0
    elif len(values):
        harmless = counts[-1 if sign < 0 else 0] / counts.sum()
        weight *= EVENT_FACTOR**2 if harmless >= EVENT_SHARE else 1.0
    kept = _thinned(len(values))
    return Tail(sign, values[kept], up[kept], down[kept], 0.5 / total, weight)


def _thinned(count: int) -> NDArray[np.intp]:
    """Return which of so many distinct values to keep: all at both ends, some between."""
    if count <= MOST_VALUES:
        return np.arange(count)
    ends = MOST_VALUES // 4
    between = np.linspace(ends, count - ends - 1, MOST_VALUES - 2 * ends).astype(np.intp)
    return np.concatenate([np.arange(ends), np.unique(between), np.arange(count - ends, count)])
