"""Counts and n-grams of event kinds that fade with time: many sparse columns for a linear model."""

from collections.abc import Iterator
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from analytics.signals.sequence.event_log import EventLog, Floats, Ints
from analytics.signals.sequence.features import LONG, MIDDLE, SHORT
from analytics.signals.sequence.stretches import faded

Sparse: TypeAlias = sparse.csr_matrix
HALF_LIVES: Final = (SHORT, MIDDLE, LONG)
_ENOUGH: Final = 4_000


class SequenceCounts(TransformerMixin, BaseEstimator):
    """Faded counts of kinds, their shares, and shares of the most frequent n-grams.

    A count of faded events c becomes log(1 + c), a share √(c / (1 + all)). An n-gram is a chain of
    kinds at rising moments. All columns are divided by their root mean square in the population.

    Args:
        n_grams: Lengths of the chains.
        most: How many n-grams of each length have a column.
        half_lives: Days after which an event counts half.
    """

    def __init__(
        self,
        n_grams: tuple[int, ...] = (2, 3),
        most: int = 100,
        half_lives: tuple[float, ...] = HALF_LIVES,
    ) -> None:
        self.n_grams = n_grams
        self.most = most
        self.half_lives = half_lives

    def fit(self, X: EventLog, y: object = None, *, moments: Floats) -> Self:
        """Choose the n-grams and scales by a population, each entity seen from its moment.

        Of a large one, every second, third, … entity tells enough.
        """
        some = np.arange(0, X.size, -(-X.size // _ENOUGH) or 1)
        X, moments = X.of(some), moments[some]
        self.kinds_ = X.kinds
        self.grams_ = {n: self._frequent(X, n) for n in self.n_grams}
        self.scale_ = np.ones(len(self.get_feature_names_out()))
        columns = self.transform(X, moments)
        square = np.asarray(columns.multiply(columns).mean(axis=0)).ravel()
        self.scale_ = 1 / np.sqrt(np.where(square > 0, square, 1.0))
        return self

    def transform(self, X: EventLog, moments: Floats) -> Sparse:
        """Return the columns, entities × `get_feature_names_out()`, of events up to the moments."""
        check_is_fitted(self)
        log = X.before(moments)
        columns = sparse.hstack([self._kinds(log, moments), self._chains(log, moments)])
        return Sparse(columns.multiply(self.scale_[None]))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the columns."""
        check_is_fitted(self)
        names = []
        for days in self.half_lives:
            names += [f"count {kind} {days:g}d" for kind in self.kinds_]
            names += [f"share {kind} {days:g}d" for kind in self.kinds_]
        for n, grams in self.grams_.items():
            names += [" → ".join(self._spelled(gram, n)) for gram in grams]
        return np.array(names, dtype=object)

    def _kinds(self, log: EventLog, moments: Floats) -> Sparse:
        parts = []
        for days in self.half_lives:
            counts = _table(log, log.kind, faded(log, moments, days), len(self.kinds_))
            parts += [counts.log1p(), _shares(counts)]
        return Sparse(sparse.hstack(parts))

    def _chains(self, log: EventLog, moments: Floats) -> Sparse:
        weight = faded(log, moments, LONG)
        parts = []
        for n, grams in self.grams_.items():
            gram = _grams(log, n, len(self.kinds_))
            place = np.searchsorted(grams, gram).clip(max=max(len(grams) - 1, 0))
            known = np.isin(gram, grams)
            # What has no column still counts among all, in a column that is dropped.
            number = np.where(known, place, len(grams))
            counts = _table(log, number, np.where(gram >= 0, weight, 0.0), len(grams) + 1)
            parts.append(_shares(counts)[:, : len(grams)])
        return Sparse(sparse.hstack(parts)) if parts else Sparse((log.size, 0))

    def _frequent(self, log: EventLog, n: int) -> Ints:
        gram, count = np.unique(_grams(log, n, len(self.kinds_)), return_counts=True)
        gram, count = gram[gram >= 0], count[gram >= 0]
        return np.sort(gram[np.argsort(-count, kind="stable")[: self.most]])

    def _spelled(self, gram: int, n: int) -> Iterator[str]:
        size = len(self.kinds_)
        for place in reversed(range(n)):
            yield self.kinds_[gram // size**place % size]


def _grams(log: EventLog, n: int, size: int) -> Ints:
    """Return the number of the chain of n kinds that ends with each event, −1 where there is none.

    Numbers are digits in base `size`.
    """
    gram, whole = log.kind.copy(), np.ones(len(log), dtype=bool)
    for back in range(1, n):
        whole &= np.roll(log.is_step, back - 1)
        whole[:back] = False
        gram = gram + np.roll(log.kind, back) * size**back
    return np.where(whole, gram, -1)


def _table(log: EventLog, column: Ints, weight: Floats, width: int) -> Sparse:
    """Return the sums of weights, entities × columns."""
    return Sparse((weight, (log.code, column)), shape=(log.size, width))


def _shares(counts: Sparse) -> Sparse:
    total = np.asarray(counts.sum(axis=1)).ravel() + 1.0
    return Sparse(sparse.diags(1 / total) @ counts).sqrt()
