"""The product matcher: which pairs of two catalogues are the same product, and how surely."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from analytics.errors import InputError
from analytics.signals.content.matching.blocking import with_nearest
from analytics.signals.content.matching.candidates import (
    Attributes,
    Candidates,
    attributes_of,
)
from analytics.signals.content.matching.collective import CollectiveClassifier
from analytics.signals.content.matching.features import pair_features
from analytics.signals.content.matching.spaces import blocking_space, record_words

Floats = NDArray[np.float64]

LEAST_COSINE = 0.1


class ProductMatcher(ClassifierMixin, BaseEstimator):
    """Learns from labelled pairs which candidates are the same product.

    Beside the candidates given, the nearest records of each record are looked at as rivals, so
    that a probability does not depend on which other pairs happen to be asked for.

    Args:
        title: Column that names a product; default: see `candidates.attributes_of`.
        rivals: How many nearest records of each record are looked at.
        folds: Folds for out-of-fold probabilities.
        repeats: Boosted models of different seeds.
        seed: Of everything random.

    Attributes:
        probability_: Of each pair given to `fit`: out-of-fold where it has a label.
        first_probability_: The same before rivals' probabilities are looked at.
        threshold_: The probability from which on a pair counts as a match: the one of the
            greatest F1 on the labelled pairs' out-of-fold probabilities.
    """

    def __init__(
        self,
        title: str | None = None,
        rivals: int = 8,
        folds: int = 5,
        repeats: int = 3,
        seed: int = 0,
    ) -> None:
        self.title = title
        self.rivals = rivals
        self.folds = folds
        self.repeats = repeats
        self.seed = seed

    def fit(self, candidates: Candidates, labels: Floats) -> Self:
        """Learn from pairs labelled 1 (same) or 0; pairs that are not a number have no label.

        Raises:
            InputError: Too few labelled pairs, or a label that is neither.
        """
        _check_labels(labels, len(candidates))
        self.attributes_ = attributes_of(candidates, self.title)
        extended, features = self._prepare(candidates)
        more = np.full(len(extended) - len(candidates), np.nan)
        self.classifier_ = CollectiveClassifier(self.folds, self.repeats, self.seed)
        self.classifier_.fit(features, np.concatenate([labels, more]), extended)
        self.probability_ = self.classifier_.probability_[: len(candidates)]
        self.first_probability_ = self.classifier_.first_probability_[: len(candidates)]
        self.classes_ = self.classifier_.classes_
        known = ~np.isnan(labels)
        self.threshold_ = best_threshold(labels[known], self.probability_[known])
        return self

    def predict_proba(self, candidates: Candidates) -> Floats:
        """Return the probabilities of no match and match, pairs × 2.

        Raises:
            InputError: The records lack a column that the matcher was fitted with.
        """
        wanted = (self.attributes_.title, *self.attributes_.others, *self.attributes_.numbers)
        for side, records in (("left", candidates.left), ("right", candidates.right)):
            if missing := [c for c in wanted if c not in records.columns]:
                raise InputError(f"The {side} products have no column {', '.join(missing)}.")
        extended, features = self._prepare(candidates)
        made: Floats = self.classifier_.predict_proba(features, extended)[: len(candidates)]
        return made

    def predict(self, candidates: Candidates) -> NDArray[np.int64]:
        """Return 1 for pairs that reach the threshold, else 0."""
        made: NDArray[np.int64] = (self.predict_proba(candidates)[:, 1] >= self.threshold_).astype(
            np.int64
        )
        return made

    def _prepare(self, candidates: Candidates) -> tuple[Candidates, pd.DataFrame]:
        extended = add_rivals(candidates, self.attributes_, self.rivals)
        return extended, pair_features(extended, self.attributes_, self.seed)


def add_rivals(candidates: Candidates, attributes: Attributes, top: int) -> Candidates:
    """Return the candidates and after them the nearest pairs of every record."""
    left = record_words(candidates.left, attributes)
    right = record_words(candidates.right, attributes)
    return with_nearest(candidates, blocking_space(left, right), top, LEAST_COSINE)


def best_threshold(labels: Floats, probability: Floats) -> float:
    """Return the probability at which F1 is greatest; of equal ones the highest.

    It lies half-way to the next lower probability, where there is one.
    """
    order = np.argsort(-probability, kind="stable")
    ranked = probability[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + labels.sum())
    ends = np.append(ranked[:-1] > ranked[1:], True)  # equal probabilities go together
    best = int(np.flatnonzero(ends)[np.argmax(f1[ends])])
    lower = ranked[best + 1] if best + 1 < len(ranked) else ranked[best]
    return float((ranked[best] + lower) / 2)


def _check_labels(labels: Floats, pairs: int) -> None:
    if len(labels) != pairs:
        raise InputError(f"There are {pairs} pairs, but {len(labels)} labels.")
    known = labels[~np.isnan(labels)]
    if not np.isin(known, (0, 1)).all():
        wrong = known[~np.isin(known, (0, 1))][0]
        raise InputError(f"A label is 0 or 1, not {wrong:g}.")
