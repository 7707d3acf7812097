"""A classifier of pairs that looks at each pair twice: alone, then beside its rivals.

The first look gives every candidate a probability from its own features. The second adds how that
probability stands among the other candidates of the same two records, so that a pair loses when a
record has a better one. First-look probabilities of labelled pairs are out-of-fold throughout;
otherwise the second look would learn from labels it will not have.
"""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from analytics.errors import InputError
from analytics.signals.content.matching.candidates import Candidates
from analytics.signals.content.matching.rivals import probability_features

Floats = NDArray[np.float64]

_MISSING = -9.0
_WEIGHTS = {"boosted": 0.45, "randomised": 0.45, "linear": 0.1}


class CollectiveClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifies pairs of records by their features and their rivals.

    Args:
        folds: Folds for out-of-fold probabilities.
        repeats: Boosted models, of different seeds, in the second look.
        seed: Of folds and models.

    Attributes:
        probability_: Of each pair given to `fit`: out-of-fold where it has a label, else from
            the final models.
    """

    def __init__(self, folds: int = 5, repeats: int = 3, seed: int = 0) -> None:
        self.folds = folds
        self.repeats = repeats
        self.seed = seed

    def fit(self, features: pd.DataFrame, labels: Floats, candidates: Candidates) -> Self:
        """Learn from the pairs with a label, 0 or 1; the others, not a number, are only rivals.

        Raises:
            InputError: There are fewer pairs of either label than folds.
        """
        known = np.flatnonzero(~np.isnan(labels))
        y = labels[known].astype(np.int64)
        if np.bincount(y, minlength=2).min() < self.folds:
            raise InputError(
                f"Of {len(y)} labelled pairs {y.sum()} match; at least {self.folds} that do and "
                f"{self.folds} that do not are needed.",
                hint="Label more pairs.",
            )
        varies = features.columns[features.nunique() > 1]
        X = features[varies]
        self.columns_ = list(varies)
        self.classes_ = np.array([0, 1])
        splitter = StratifiedKFold(self.folds, shuffle=True, random_state=self.seed)
        splits = [(known[a], known[b]) for a, b in splitter.split(known, y)]
        with threadpool_limits(1, user_api="openmp"):
            first = self._fit_first(X, labels, splits)
            both = pd.concat([X, probability_features(candidates, first)], axis=1)
            self.second_ = self._second().fit(both.iloc[known], y)
            self.probability_ = self.second_.predict_proba(both)[:, 1]
            for fitted, held_out in splits:
                model = self._second().fit(both.iloc[fitted], labels[fitted].astype(np.int64))
                self.probability_[held_out] = model.predict_proba(both.iloc[held_out])[:, 1]
        return self

    def predict_proba(self, features: pd.DataFrame, candidates: Candidates) -> Floats:
        """Return the probabilities of no match and match for pairs of other records."""
        X = features.reindex(columns=self.columns_)
        with threadpool_limits(1, user_api="openmp"):
            first = np.mean([model.predict_proba(X)[:, 1] for model in self.first_], axis=0)
            both = pd.concat([X, probability_features(candidates, first)], axis=1)
            made: Floats = self.second_.predict_proba(both)
        return made

    def _fit_first(self, X: pd.DataFrame, labels: Floats, splits: list[tuple[Any, Any]]) -> Floats:
        self.first_ = [
            _boosted(self.seed).fit(X.iloc[fitted], labels[fitted].astype(np.int64))
            for fitted, _ in splits
        ]
        each = np.array([model.predict_proba(X)[:, 1] for model in self.first_])
        first: Floats = each.mean(axis=0)
        for k, (_, held_out) in enumerate(splits):
            first[held_out] = each[k, held_out]
        return first

    def _second(self) -> "Blend":
        return Blend(self.repeats, self.seed)


class Blend(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The weighted mean of boosted trees, randomised trees and a linear model."""

    def __init__(self, repeats: int = 3, seed: int = 0) -> None:
        self.repeats = repeats
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: NDArray[np.int64]) -> Self:
        """Fit every model."""
        self.classes_ = np.array([0, 1])
        self.models_ = [
            *((_WEIGHTS["boosted"] / self.repeats, _boosted(self.seed + k))
              for k in range(self.repeats)),
            (_WEIGHTS["randomised"], _randomised(self.seed)),
            (_WEIGHTS["linear"], _linear()),
        ]  # fmt: skip
        for _, model in self.models_:
            model.fit(X, y)
        return self

    def predict_proba(self, X: pd.DataFrame) -> Floats:
        """Return the probabilities of no match and match."""
        match = sum(weight * model.predict_proba(X)[:, 1] for weight, model in self.models_)
        return np.column_stack([1 - match, match])


def _boosted(seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=12,
        min_samples_leaf=15,
        l2_regularization=3.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )


def _randomised(seed: int) -> Any:
    return make_pipeline(
        SimpleImputer(strategy="constant", fill_value=_MISSING, keep_empty_features=True),
        ExtraTreesClassifier(300, min_samples_leaf=2, max_features=0.3, random_state=seed),
    )


def _linear() -> Any:
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(C=0.02, max_iter=500),
    )
