"""Violation without labels: how unusual an entity is, in the direction in which harm lies.

Each feature gives the surprise of its harmful tail, −log P(X at least as harmful), as in ECOD
(Li et al. 2022, doi:10.1109/TKDE.2022.3159580), counted only beyond an ordinary level. Features of
one family share its weight, so that a family does not win by having many features.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.features.spec import FeatureSpec
from analytics.model.additive import AdditiveClassifier
from analytics.model.calibration import platt_with_mean
from analytics.model.frames import align, check_features

Floats = NDArray[np.float64]

ORDINARY_TAIL = 0.2  # a value that a fifth of the entities reach is no surprise
MOST_SURPRISE = 6.0
KNOTS = 2048


@dataclass(frozen=True)
class Tail:
    """The harmful tail of one feature.

    Attributes:
        sign: 1 where more is worse, -1 where less is, 0 where either end is unusual.
        values: Sorted values seen.
        weight: What its surprise counts.
    """

    sign: int
    values: Floats
    weight: float

    def surprise(self, x: Floats) -> Floats:
        """Return −log tail probability beyond the ordinary level; 0 where missing."""
        up, down = self._tail(x, 1), self._tail(x, -1)
        tail = {1: up, -1: down, 0: np.minimum(1.0, 2 * np.minimum(up, down))}[self.sign]
        beyond = np.clip(-np.log(tail) + np.log(ORDINARY_TAIL), 0, MOST_SURPRISE)
        return np.where(np.isnan(x), 0.0, beyond)

    def _tail(self, x: Floats, sign: int) -> Floats:
        n = len(self.values)
        if n == 0:
            return np.ones(len(x))
        if sign > 0:
            reached = n - np.searchsorted(self.values, x, side="left")
        else:
            reached = np.searchsorted(self.values, x, side="right")
        return np.clip((reached + 0.5) / (n + 1), 0.5 / (n + 1), 1.0)


class ViolationPrior(AdditiveClassifier):
    """The unsupervised prior: a weighted sum of surprises, with an assumed prevalence.

    Args:
        prevalence: The mean probability over the entities it was fitted to.
    """

    def __init__(self, prevalence: float = 0.05) -> None:
        self.prevalence = prevalence

    def fit(self, X: pd.DataFrame, specs: Sequence[FeatureSpec]) -> "ViolationPrior":
        """Learn the tails of the entities of one type."""
        self.feature_names_ = check_features(X)
        self.trees_, self.linear_ = None, None
        weights = _weights(self.feature_names_, specs)
        signs = {spec.name: spec.monotone for spec in specs}
        self.tails_ = [
            Tail(signs.get(name, 0), _distribution(X[name].to_numpy(dtype=float)), weights[name])
            for name in self.feature_names_
        ]
        self.center_ = np.zeros(len(self.tails_))
        self.scale_ = 1.0
        terms = self._terms(X)
        self.scale_ = 1.0 / max(float(terms.sum(axis=1).std()), 1e-9)
        self.center_ = terms.mean(axis=0) * self.scale_
        self.calibration_ = platt_with_mean(self.raw(X), self.prevalence)
        return self

    def linear_contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return each feature's surprise against the average entity's.

        The terms add up to standard deviations over the entities that it was fitted to.
        """
        return pd.DataFrame(self._terms(X), index=X.index, columns=self.feature_names_)

    def _terms(self, X: pd.DataFrame) -> Floats:
        values = align(X, self.feature_names_).to_numpy()
        columns = [tail.weight * tail.surprise(values[:, j]) for j, tail in enumerate(self.tails_)]
        if not columns:
            return np.zeros((len(X), 0))
        terms: Floats = np.column_stack(columns) * self.scale_ - self.center_
        return terms


def violation_prior(
    X: pd.DataFrame, specs: Sequence[FeatureSpec], *, prevalence: float
) -> ViolationPrior:
    """Fit the prior to all entities known now."""
    return ViolationPrior(prevalence).fit(X, specs)


def _weights(names: Sequence[str], specs: Sequence[FeatureSpec]) -> dict[str, float]:
    """Weigh features that point to a policy; all alike where none of them does."""
    by_name = {spec.name: spec for spec in specs}
    telling = [n for n in names if (spec := by_name.get(n)) and spec.policies and spec.monotone]
    used = telling or list(names)
    family = {n: by_name[n].family if n in by_name else n for n in used}
    sizes = pd.Series(list(family.values())).value_counts()
    return {n: 1 / np.sqrt(sizes[family[n]]) if n in family else 0.0 for n in names}


def _distribution(values: Floats) -> Floats:
    known = np.sort(values[~np.isnan(values)])
    if len(known) <= KNOTS:
        return known
    return np.quantile(known, _levels())


def _levels() -> Floats:
    """Quantile levels, denser in both tails."""
    return np.linspace(0, 1, KNOTS)
