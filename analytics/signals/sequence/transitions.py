"""What usually follows what, in the whole population and in each category."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from analytics.signals.sequence.event_log import EventLog, Floats, Ints


class TransitionModel(BaseEstimator):
    """Which kind of event follows which: a first-order Markov chain over kinds.

    The probability of a step in a category is the category's own frequency drawn towards the
    population's, and that one towards the frequency of the kind alone (Witten and Bell 1991, "The
    zero-frequency problem", with fixed strengths): where a category has few steps it is as in the
    whole population. A kind that was never seen counts as `OTHER`.

    Args:
        most_categories: Categories with numbers of their own, those with most steps; the others
            are as the whole population.
        strength: Steps that the population's frequency counts in a category's.
        smoothing: Steps that the frequency of kinds counts in the population's.
    """

    def __init__(
        self, strength: float = 200.0, smoothing: float = 20.0, most_categories: int = 200
    ) -> None:
        self.most_categories = most_categories
        self.strength = strength
        self.smoothing = smoothing

    def fit(self, X: EventLog, y: object = None) -> Self:
        """Count the steps of a log; events of one moment are no steps of each other."""
        self.kinds_ = X.kinds
        size = len(self.kinds_)
        step, kind = X.is_step, X.kind
        pair = np.roll(kind, 1)[step] * size + kind[step]
        alone = (np.bincount(kind, minlength=size) + 0.5).astype(float) / (len(kind) + 0.5 * size)
        counts = np.bincount(pair, minlength=size**2).astype(float).reshape(size, size)
        whole = _drawn(counts, alone, self.smoothing)
        self.categories_, group = self._frequent(X)
        own = group >= 0
        place = group[own] * size**2 + pair[own]
        counts = np.bincount(place, minlength=len(self.categories_) * size**2).astype(float)
        own_share = _drawn(counts.reshape(-1, size, size), whole, self.strength)
        # The last one stands for all other categories.
        share = np.concatenate([own_share, whole[None]])
        self.cost_ = -np.log2(share)
        self.expected_ = (share * self.cost_).sum(axis=2)
        return self

    def surprise(self, X: EventLog) -> Floats:
        """Return −log₂ P(kind | kind before) of each event in bits; 0 where nothing is before."""
        group, before, kind = self._steps(X)
        return np.where(X.is_step, self.cost_[group, before, kind], 0.0)

    def surplus(self, X: EventLog) -> Floats:
        """Return by how much each step surprises beyond what is to be expected there, in bits.

        What is to be expected is the entropy of the next kind. Where the model is true, surpluses
        add up to 0 on average, however varied a life is.
        """
        group, before, kind = self._steps(X)
        surplus = self.cost_[group, before, kind] - self.expected_[group, before]
        return np.where(X.is_step, surplus, 0.0)

    def _frequent(self, X: EventLog) -> tuple[NDArray[np.str_], Ints]:
        """Return the categories with numbers of their own, by name, and that of each step."""
        names, group = np.unique(X.categories.astype(str), return_inverse=True)
        of_step = group[X.code[X.is_step]]
        steps = np.bincount(of_step, minlength=len(names))
        kept = np.sort(np.argsort(-steps, kind="stable")[: self.most_categories])
        place = np.full(len(names), -1)
        place[kept] = np.arange(len(kept))
        return names[kept], place[of_step]

    def _steps(self, X: EventLog) -> tuple[Ints, Ints, Ints]:
        """Return category, kind before and kind of each event."""
        check_is_fitted(self)
        kind = self._known(X)
        return self._group(X)[X.code], np.roll(kind, 1), kind

    def _known(self, X: EventLog) -> Ints:
        """Return the number of each event's kind as it was at fit."""
        if X.kinds == self.kinds_:
            return X.kind
        place = {name: number for number, name in enumerate(self.kinds_)}
        last = len(self.kinds_) - 1
        return np.array([place.get(name, last) for name in X.kinds])[X.kind]

    def _group(self, X: EventLog) -> Ints:
        """Return the category of each entity; the last number for one not seen or not kept."""
        last = len(self.categories_)
        if last == 0:
            return np.zeros(X.size, dtype=np.int64)
        categories = X.categories.astype(str)
        place = np.minimum(np.searchsorted(self.categories_, categories), last - 1)
        return np.where(self.categories_[place] == categories, place, last)


def _drawn(counts: Floats, towards: NDArray[np.floating[Any]], strength: float) -> Floats:
    """Return the frequencies of each row of counts, drawn towards others."""
    total = counts.sum(axis=-1, keepdims=True)
    return (counts + strength * towards) / (total + strength)
