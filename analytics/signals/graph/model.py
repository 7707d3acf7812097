"""A risk model of any graph: features of four families, and trees that judge by those that help."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from analytics.errors import InputError
from analytics.signals.graph.choice import Families, calibration, choose_sets, possible_sets
from analytics.signals.graph.graph import Graph, check_rows
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.members import Members, fit_members
from analytics.signals.graph.neighbours import NeighbourAggregates
from analytics.signals.graph.structure import StructureFeatures

Floats = NDArray[np.float64]
OWN, NEIGHBOUR, STRUCTURE, LABEL = "own", "neighbour", "structure", "label"
FAMILIES: Families = (OWN, NEIGHBOUR, STRUCTURE, LABEL)
LEAST_PER_CLASS = 5


class GraphRiskModel(ClassifierMixin, BaseEstimator):
    """Probability that a node is positive, from itself, its neighbours, its place and their labels.

    Learns from the visible labels outside the validation part: one pair of boosted and randomised
    trees for each set of families, of which the validation part chooses (see `choose_sets`). That
    part also says after how many stages boosting stops, and calibrates. Its labels are never
    features and no tree is fitted to them.

    Args:
        families: Families to use; chosen on the validation part when None.
        folds: Folds of the label features.
        stages: Most stages of boosting, of learning rate 10 / stages.
        trees: Randomised trees.
        threads: Threads.
        seed: Seed of everything random.
    """

    def __init__(
        self,
        families: Families | None = None,
        folds: int = 10,
        stages: int = 120,
        trees: int = 150,
        threads: int = 2,
        seed: int = 0,
    ) -> None:
        self.families = families
        self.folds = folds
        self.stages = stages
        self.trees = trees
        self.threads = threads
        self.seed = seed

    def fit(
        self, X: pd.DataFrame, y: pd.Series, *, graph: Graph, is_valid: NDArray[np.bool_]
    ) -> Self:
        """Fit on the labelled nodes, tuned on those of them in the validation part.

        Args:
            X: Numeric features, indexed by node id in the graph's order; may have no columns.
            y: 0, 1 or NaN where the label is not visible.
            graph: The graph of all nodes.
            is_valid: Which nodes are the validation part.

        Raises:
            InputError: There are too few labels of a class to learn from or to tune on.
        """
        check_rows(X, graph)
        labels = np.asarray(y, dtype=float)
        learn = np.flatnonzero(~np.isnan(labels) & ~is_valid)
        tune = np.flatnonzero(~np.isnan(labels) & is_valid)
        check_classes(labels[learn], "train", LEAST_PER_CLASS)
        check_classes(labels[tune], "valid", 1)
        visible = pd.Series(np.where(is_valid, np.nan, labels), index=X.index)
        self.classes_ = np.array([0, 1])
        self.makers_ = self._makers(X, graph)
        made = self._made(X, visible, graph)
        always = (OWN,) if X.shape[1] else ()
        tried = [self.families] if self.families else possible_sets(always, tuple(self.makers_))
        self.members_: dict[Families, Members] = {}
        raw = {}
        for families in tried:
            frame = _joined(made, families)
            valid = frame.iloc[tune], labels[tune]
            members = self._members(frame.iloc[learn], labels[learn], valid, self.stages)
            self.members_[families], raw[families] = members, members.raw(valid[0])
        self.trials_ = choose_sets(raw, labels[tune])
        self.sets_ = [trial.families for trial in self.trials_ if trial.taken]
        mean = np.mean([raw[families] for families in self.sets_], axis=0)
        self.slope_, self.intercept_ = calibration(mean, labels[tune])
        return self

    def refit(self, X: pd.DataFrame, y: pd.Series, *, graph: Graph) -> Self:
        """Learn from all visible labels, those of the validation part too, as it was tuned.

        The sets of families, stages of boosting and the calibration stay as they are. For use
        after the choice is made; what is measured afterwards on the validation part means nothing.
        """
        check_is_fitted(self)
        check_rows(X, graph)
        labels = np.asarray(y, dtype=float)
        learn = np.flatnonzero(~np.isnan(labels))
        made = self._made(X, pd.Series(labels, index=X.index), graph)
        self.members_ = {
            families: self._members(
                _joined(made, families).iloc[learn],
                labels[learn],
                None,
                self.members_[families].stages,
            )
            for families in self.sets_
        }
        return self

    @property
    def families_(self) -> Families:
        """Families that some set in use holds."""
        return tuple(name for name in FAMILIES if any(name in used for used in self.sets_))

    def raw(self, X: pd.DataFrame, *, graph: Graph, sets: Sequence[Families]) -> Floats:
        """Return the mean log-odds by models of some of the sets tried, not calibrated."""
        check_is_fitted(self)
        check_rows(X, graph)
        made: dict[str, pd.DataFrame] = {OWN: X}
        for name in {name for families in sets for name in families} - {OWN}:
            made[name] = self.makers_[name].transform(X, graph=graph)
        raw: Floats = np.mean([self.members_[f].raw(_joined(made, f)) for f in sets], axis=0)
        return raw

    def decision_function(self, X: pd.DataFrame, *, graph: Graph) -> Floats:
        """Return the calibrated log-odds of every node, in the graph's order."""
        check_is_fitted(self)
        log_odds: Floats = self.slope_ * self.raw(X, graph=graph, sets=self.sets_) + self.intercept_
        return log_odds

    def predict_proba(self, X: pd.DataFrame, *, graph: Graph) -> Floats:
        """Return the probabilities of 0 and 1 of every node, nodes × 2."""
        positive = expit(self.decision_function(X, graph=graph))
        return np.column_stack([1 - positive, positive])

    def _made(self, X: pd.DataFrame, y: pd.Series, graph: Graph) -> dict[str, pd.DataFrame]:
        """Features of all families, of which those made of labels see `y` alone."""
        made = {
            name: maker.fit_transform(X, y, graph=graph) for name, maker in self.makers_.items()
        }
        return {OWN: X, **made}

    def _members(
        self, X: pd.DataFrame, y: Floats, valid: tuple[pd.DataFrame, Floats] | None, stages: int
    ) -> Members:
        return fit_members(
            X,
            y,
            valid=valid,
            stages=stages,
            rate=min(10.0 / self.stages, 0.3),
            trees=self.trees,
            threads=self.threads,
            seed=self.seed,
        )

    def _makers(
        self, X: pd.DataFrame, graph: Graph
    ) -> dict[str, NeighbourAggregates | StructureFeatures | LabelFeatures]:
        """Estimators of the families that this graph allows."""
        if not graph.edge_count and X.shape[1]:
            return {}
        makers: dict[str, NeighbourAggregates | StructureFeatures | LabelFeatures] = {
            NEIGHBOUR: NeighbourAggregates(),
            STRUCTURE: StructureFeatures(),
            LABEL: LabelFeatures(self.folds, seed=self.seed),
        }
        if not X.shape[1]:
            del makers[NEIGHBOUR]
        return makers


def check_classes(y: Floats, part: str, least: int) -> None:
    """Refuse labels of which too few are of one class.

    Raises:
        InputError: Naming the part and the class.
    """
    for value in (1, 0):
        count = int((y == value).sum())
        if count < least:
            raise InputError(
                f"Of the {len(y):,} labelled nodes in {part}, {count:,} have label {value}; "
                f"at least {least} are needed.",
                hint=f"Label more nodes {value}, or put more of them into {part}.",
            )


def _joined(made: Mapping[str, pd.DataFrame], families: Families) -> pd.DataFrame:
    return pd.concat([made[name].astype(np.float32) for name in families], axis=1)
