"""How much a sequence looks like those of confirmed violators, without its own label."""

from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils.validation import check_is_fitted

from analytics.errors import InputError
from analytics.signals.sequence.counts import SequenceCounts
from analytics.signals.sequence.event_log import EventLog, Floats

LEAST_PER_CLASS: Final = 20
LEAD: Final = 7.0  # days before a decision; what happened later may have followed from it


class SequenceRisk(BaseEstimator):
    """Logistic regression on columns of sequences, out of fold for whoever has a label.

    Groups with a label are dealt to folds. The score of such a group's members comes from the
    model that saw the labels of the *other* folds only, so neither an entity's own label nor that
    of one that belongs to it reaches its score; all others get the mean of the models.

    Args:
        folds: Number of folds; fewer where a class has fewer groups.
        C: Inverse strength of the ridge penalty.
        seed: Seed of the folds.
        columns: What turns a log into columns, entity by entity; by default `SequenceCounts`.
    """

    def __init__(
        self,
        folds: int = 5,
        C: float = 0.01,
        seed: int = 0,
        columns: TransformerMixin | None = None,
    ) -> None:
        self.folds = folds
        self.C = C
        self.seed = seed
        self.columns = columns

    def fit(self, X: EventLog, y: pd.Series, *, groups: pd.Series, moments: Floats) -> Self:
        """Fit to labels of some of a log's entities.

        Args:
            X: The log of everybody.
            y: Label 0 or 1 by entity id, NaN where there is none.
            groups: Which entities belong together, by entity id; who is in none stands alone.
            moments: When each entity of the log is looked at, days since 1970: for one with a label
                the moment of its decision, of which the last `LEAD` days are left out.

        Raises:
            InputError: A class has fewer than `LEAST_PER_CLASS` labels, or fewer than two groups.
        """
        label = y.reindex(X.ids).to_numpy(dtype=float)
        codes = np.flatnonzero(~np.isnan(label) & (np.diff(X.bounds) > 0))
        label = label[codes]
        if min((label == 1).sum(), (label == 0).sum()) < LEAST_PER_CLASS:
            raise InputError(
                f"A sequence score needs {LEAST_PER_CLASS} labels of either outcome.",
                hint=f"There are {int((label == 1).sum())} and {int((label == 0).sum())}.",
            )
        columns = SequenceCounts() if self.columns is None else clone(self.columns)
        self.columns_ = columns.fit(X, y, moments=np.full(X.size, X.at.max()))
        seen = moments[codes] - LEAD
        table = self.columns_.transform(X.of(codes), seen)
        self.groups_ = groups
        own = self._group(X)[codes]
        self.models_, fold = [], np.zeros(len(codes), dtype=int)
        for number, (others, held_out) in enumerate(self._folds(label, own)):
            model = LogisticRegression(C=self.C, max_iter=1000)
            self.models_.append(model.fit(table[others], label[others]))
            fold[held_out] = number
        self.fold_of_ = pd.Series(fold, index=own).groupby(level=0).first()
        return self

    def decision_function(self, X: EventLog, moments: Floats) -> Floats:
        """Return log-odds for each entity of a log, looked at at its moment (days since 1970)."""
        check_is_fitted(self)
        columns = self.columns_.transform(X, moments)
        each = np.column_stack([model.decision_function(columns) for model in self.models_])
        fold = self.fold_of_.reindex(self._group(X)).to_numpy(dtype=float)
        is_own = fold[:, None] == np.arange(len(self.models_))
        return np.where(np.isnan(fold), each.mean(axis=1), (each * is_own).sum(axis=1))

    def _group(self, X: EventLog) -> NDArray[np.object_]:
        group = self.groups_.reindex(X.ids).to_numpy(dtype=object)
        return np.where(pd.isna(group), X.ids.to_numpy(dtype=object), group)

    def _folds(
        self, label: Floats, groups: NDArray[np.object_]
    ) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        of_class = [len(set(groups[label == value])) for value in (0.0, 1.0)]
        if min(of_class) < 2:
            raise InputError("A sequence score needs labels of both outcomes in two groups.")
        count = min(self.folds, *of_class)
        folds = StratifiedGroupKFold(count, shuffle=True, random_state=self.seed)
        return list(folds.split(groups, label, groups))
