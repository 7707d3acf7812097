"""A classifier whose log-odds are a sum of exactly attributable parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.validation import check_is_fitted

from analytics.model.calibration import OddsOfSum, Platt, fit_platt, fit_stack
from analytics.model.folds import Folds
from analytics.model.frames import align, check_features
from analytics.model.trees import center_trees, fit_trees, raw_prediction, scale_trees, staged_raw

Floats = NDArray[np.float64]

MOST_TREES = 100
STAGES = tuple(range(10, MOST_TREES + 1, 10))


@dataclass(frozen=True)
class HeldOut:
    """Training rows as seen by parts that had not seen them; kept in memory only.

    Attributes:
        rows: Their positions in the training frame.
        raw: Log-odds before calibration.
        how: How they were held out, in words.
    """

    rows: NDArray[np.intp]
    raw: Floats
    how: str


class Terms(Protocol):
    """Additive terms outside the trees, one per feature, centred on the training rows."""

    def contributions(self, X: pd.DataFrame) -> Floats:
        """Return the terms, rows × features."""

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return their sum."""

    def scale_by(self, factor: float) -> None:
        """Multiply them by `factor`."""


class AdditiveClassifier(ClassifierMixin, BaseEstimator):
    """raw = trees + linear terms; probability = monotone map of raw.

    `trees` is an ordinary fitted classifier whose SHAP values add up to its log-odds;
    `linear_contributions` gives the other terms feature by feature, and `linear_base` their
    constant. So the sum of all terms and both constants is `raw`, exactly.
    """

    trees_: HistGradientBoostingClassifier | None
    linear_: Terms | None
    calibration_: Platt | OddsOfSum
    feature_names_: list[str]
    held_out_: HeldOut
    classes_ = np.array([0, 1])

    def __getstate__(self) -> dict[str, Any]:
        """Return what decides a score: a stored model names no training row."""
        state = dict(super().__getstate__())
        state.pop("held_out_", None)
        return state

    @property
    def trees(self) -> HistGradientBoostingClassifier | None:
        """The fitted trees, or None where the model has none."""
        check_is_fitted(self, "feature_names_")
        return self.trees_

    @property
    def feature_names(self) -> list[str]:
        """Names of the features, in the order in which the trees take them."""
        check_is_fitted(self, "feature_names_")
        return self.feature_names_

    @property
    def linear_base(self) -> float:
        """The constant beside the trees' own; the terms are centred, so there is none."""
        return 0.0

    def linear_contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the terms outside the trees, one column per feature, in log-odds."""
        if self.linear_ is None:
            return pd.DataFrame(0.0, index=X.index, columns=self.feature_names)
        terms = self.linear_.contributions(align(X, self.feature_names))
        return pd.DataFrame(terms, index=X.index, columns=self.feature_names)

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the log-odds before calibration."""
        total: Floats = self.linear_contributions(X).to_numpy().sum(axis=1) + self.linear_base
        if self.trees is None or len(X) == 0:
            return total
        return total + raw_prediction(self.trees, align(X, self.feature_names))

    decision_function = raw

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the calibrated probabilities of 0 and 1, rows × 2."""
        positive = self.calibration_(self.raw(X))
        return np.column_stack([1 - positive, positive])

    def predict(self, X: pd.DataFrame) -> NDArray[np.intp]:
        """Return 1 where the probability is at least one half."""
        return (self.predict_proba(X)[:, 1] >= 0.5).astype(np.intp)


@dataclass(frozen=True)
class Recipe:
    """How the two parts of an additive classifier are fitted.

    Attributes:
        linear: Fits the terms outside the trees to features, labels and weights.
        monotone: Direction per feature that the trees keep.
        trees: Parameters of the trees.
        trees_share: Weight to which the trees are pulled in the blend; the terms get the rest.
        seed: Seed of the trees' feature sampling.
    """

    linear: Callable[[pd.DataFrame, Floats, Floats], Terms]
    monotone: Mapping[str, int] = field(default_factory=dict)
    trees: Mapping[str, float | int] = field(default_factory=dict)
    trees_share: float = 0.5
    seed: int = 0

    def boost(
        self, X: pd.DataFrame, y: Floats, weight: Floats, iterations: int
    ) -> HistGradientBoostingClassifier:
        """Fit the trees, centred on the training rows."""
        trees = fit_trees(
            X,
            y,
            sample_weight=weight,
            monotone=self.monotone,
            iterations=iterations,
            seed=self.seed,
            **self.trees,
        )
        center_trees(trees, X)
        return trees


@dataclass(frozen=True)
class Parts:
    """The fitted parts, and what held-out rows said about them."""

    trees: HistGradientBoostingClassifier | None
    linear: Terms
    calibration: Platt
    held_out: HeldOut
    iterations: int
    weights: tuple[float, float]


def fit_parts(X: pd.DataFrame, y: Floats, weight: Floats, folds: Folds, recipe: Recipe) -> Parts:
    """Fit trees and linear terms, and blend and calibrate them on rows that neither has seen.

    Each fold is (rows to fit, rows held out). The held-out rows say how many trees there are,
    how much either part weighs and how raw becomes a probability.
    """
    check_features(X)
    rows = np.concatenate([held for _, held in folds.pairs])
    linear, staged = _held_out(X, y, weight, folds, recipe)
    best = _best_stage(staged, y[rows], weight[rows])
    Z = np.column_stack([staged[:, best], linear])
    Z, scales = _on_one_scale(Z, y[rows], weight[rows])
    target = (recipe.trees_share, 1 - recipe.trees_share)
    blend = fit_stack(Z, y[rows], weight[rows], target=target)
    held_out = Z @ blend
    trees_share, linear_share = blend * scales
    terms = recipe.linear(X, y, weight)
    terms.scale_by(linear_share)
    trees = recipe.boost(X, y, weight, STAGES[best]) if blend[0] > 0 else None
    if trees is not None:
        scale_trees(trees, trees_share)
    return Parts(
        trees,
        terms,
        fit_platt(held_out, y[rows], weight[rows]),
        HeldOut(rows, held_out, folds.how),
        STAGES[best],
        (float(blend[0]), float(blend[1])),
    )


def _held_out(
    X: pd.DataFrame, y: Floats, weight: Floats, folds: Folds, recipe: Recipe
) -> tuple[Floats, Floats]:
    linear, staged = [], []
    for fit, held in folds.pairs:
        seen, unseen = X.iloc[fit], X.iloc[held]
        linear.append(recipe.linear(seen, y[fit], weight[fit]).raw(unseen))
        trees = recipe.boost(seen, y[fit], weight[fit], MOST_TREES)
        staged.append(staged_raw(trees, unseen, STAGES))
    return np.concatenate(linear), np.concatenate(staged)


def _best_stage(staged: Floats, y: Floats, weight: Floats) -> int:
    losses = []
    for raw in staged.T:
        z = fit_platt(raw, y, weight).log_odds(raw)
        losses.append(float(weight @ (np.logaddexp(0, z) - y * z)))
    return int(np.argmin(losses))


def _on_one_scale(Z: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Scale each column to the slope of its own best logistic map."""
    scales = np.array([fit_platt(column, y, weight).slope for column in Z.T])
    return Z * scales, scales
