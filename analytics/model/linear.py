"""Additive linear terms: ridge-logistic regression on rank-normal features."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from analytics.model.frames import align, check_features

Floats = NDArray[np.float64]

KNOTS = 65
EDGE = 0.01  # no value lies further out than the first or last percentile


class RankNormal(BaseEstimator):
    """Maps each feature through its empirical distribution to a normal score.

    A missing value maps to 0, the median. Ties share the mean of their ranks.
    """

    def fit(self, X: pd.DataFrame) -> "RankNormal":
        """Learn the knots of each column."""
        self.feature_names_ = check_features(X)
        self.knots_ = [_knots(X[name].to_numpy(dtype=float)) for name in self.feature_names_]
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return the normal scores, rows × features."""
        values = align(X, self.feature_names_).to_numpy()
        columns = [_score(values[:, j], *knots) for j, knots in enumerate(self.knots_)]
        return np.column_stack(columns) if columns else np.empty((len(X), 0))


def _knots(values: Floats) -> tuple[Floats, Floats]:
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return np.zeros(1), np.zeros(1)
    at = np.unique(np.quantile(known, np.linspace(0, 1, KNOTS), method="lower"))
    below = np.searchsorted(known, at, side="left")
    up_to = np.searchsorted(known, at, side="right")
    rank = (below + up_to) / (2 * len(known))
    return at, ndtri(np.clip(rank, EDGE, 1 - EDGE))


def _score(values: Floats, at: Floats, scores: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, np.interp(values, at, scores))


class LinearTerms(BaseEstimator):
    """One term per feature; their sum is a log-odds with mean 0 over the training data.

    Args:
        strength: Inverse of the ridge penalty (`C` of scikit-learn).
        anchors: Features that the penalty hardly touches, such as the shrunken rate, so that
            the model falls back on them where the data say little else.
        anchor_scale: How much wider the prior of an anchor's coefficient is.
    """

    def __init__(
        self, strength: float = 0.002, anchors: Sequence[str] = (), anchor_scale: float = 6.0
    ) -> None:
        self.strength = strength
        self.anchors = anchors
        self.anchor_scale = anchor_scale

    def fit(self, X: pd.DataFrame, y: Floats, sample_weight: Floats | None = None) -> "LinearTerms":
        """Fit to labels 0 and 1."""
        self.scores_ = RankNormal().fit(X)
        Z = self.scores_.transform(X)
        scale = self._scales()
        ridge = LogisticRegression(C=self.strength, max_iter=1000)
        ridge.fit(Z * scale, y, sample_weight=sample_weight)
        self.coef_ = ridge.coef_[0] * scale
        self.center_ = Z.mean(axis=0)
        return self

    def contributions(self, X: pd.DataFrame) -> Floats:
        """Return each feature's term, rows × features, zero for the mean of the training data."""
        terms: Floats = (self.scores_.transform(X) - self.center_) * self.coef_
        return terms

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the sum of the terms."""
        total: Floats = self.contributions(X).sum(axis=1)
        return total

    def scale_by(self, factor: float) -> None:
        """Multiply the terms by `factor`."""
        self.coef_ = self.coef_ * factor

    def _scales(self) -> Floats:
        names = self.scores_.feature_names_
        return np.array([self.anchor_scale if name in self.anchors else 1.0 for name in names])
