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
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from analytics.errors import InputError
from analytics.signals.content.matching.candidates import Candidates
from analytics.signals.content.matching.rivals import probability_features

Floats = NDArray[np.float64]


class CollectiveClassifier(ClassifierMixin, BaseEstimator):
    """Classifies pairs of records by their features and their rivals.

    Args:
        folds: Folds for out-of-fold probabilities.
        repeats: Boosted models, of different seeds, in the second look.
        seed: Of folds and models.

    Attributes:
        probability_: Of each pair given to `fit`: out-of-fold where it has a label, else from
            the final models.
        first_probability_: The same of the first look alone.
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
            self.first_probability_ = first
            both = pd.concat([X, probability_features(candidates, first)], axis=1)
            self.second_ = self._fit_second(both.iloc[known], y)
            self.probability_ = _probability(self.second_, both)
            for fitted, held_out in splits:
                models = self._fit_second(both.iloc[fitted], labels[fitted].astype(np.int64))
                self.probability_[held_out] = _probability(models, both.iloc[held_out])
        return self

    def predict_proba(self, features: pd.DataFrame, candidates: Candidates) -> Floats:
        """Return the probabilities of no match and match for pairs of other records."""
        X = features.reindex(columns=self.columns_)
        with threadpool_limits(1, user_api="openmp"):
            first = _probability(self.first_, X)
            both = pd.concat([X, probability_features(candidates, first)], axis=1)
            match = _probability(self.second_, both)
        return np.column_stack([1 - match, match])

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

    def _fit_second(
        self, both: pd.DataFrame, y: NDArray[np.int64]
    ) -> list[HistGradientBoostingClassifier]:
        return [_boosted(self.seed + k).fit(both, y) for k in range(self.repeats)]


def _probability(models: list[HistGradientBoostingClassifier], X: pd.DataFrame) -> Floats:
    made: Floats = np.mean([model.predict_proba(X)[:, 1] for model in models], axis=0)
    return made


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
