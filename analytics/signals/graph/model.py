"""A risk model of any graph: features of four families, and trees that judge by those that help."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from analytics.errors import InputError
from analytics.signals.graph.choice import Families, choose_families
from analytics.signals.graph.graph import Graph, check_rows
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.members import FULL, LIGHT, Members, Size, fit_members
from analytics.signals.graph.neighbours import NeighbourAggregates
from analytics.signals.graph.structure import StructureFeatures

Floats = NDArray[np.float64]
OWN, NEIGHBOUR, STRUCTURE, LABEL = "own", "neighbour", "structure", "label"
LEAST_PER_CLASS = 5


class GraphRiskModel(ClassifierMixin, BaseEstimator):
    """Probability that a node is positive, from itself, its neighbours, its place and their labels.

    Learns from the visible labels outside the validation part. The validation part decides which
    families are used, after how many stages boosting stops, and the calibration; its labels are
    never features and never fitted by the trees.

    Args:
        families: Families to use; chosen on the validation part when None.
        folds: Folds of the label features.
        threads: Threads.
        seed: Seed of everything random.
    """

    def __init__(
        self,
        families: Families | None = None,
        folds: int = 10,
        threads: int = 2,
        seed: int = 0,
    ) -> None:
        self.families = families
        self.folds = folds
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
        visible = pd.Series(np.nan, index=X.index)
        visible.iloc[learn] = labels[learn]
        self.classes_ = np.array([0, 1])
        self.makers_ = self._makers(X, graph)
        made = {
            name: maker.fit_transform(X, visible, graph=graph)
            for name, maker in self.makers_.items()
        } | {OWN: X}

        def fitted(families: Families, size: Size) -> tuple[Members, Floats]:
            """Members that know these families, and their raw scores of the validation part."""
            frame = _joined(made, families, X.index)
            members = fit_members(
                frame.iloc[learn],
                labels[learn],
                frame.iloc[tune],
                labels[tune],
                size=size,
                threads=self.threads,
                seed=self.seed,
            )
            return members, members.raw(frame.iloc[tune])

        if self.families is None:
            first = (OWN,) if X.shape[1] else (STRUCTURE,)
            others = [name for name in self.makers_ if name not in first]
            self.families_, self.trials_ = choose_families(
                lambda families: fitted(families, LIGHT)[1], labels[tune], first, others
            )
        else:
            self.families_, self.trials_ = tuple(self.families), []
        self.members_, raw = fitted(self.families_, FULL)
        self.slope_, self.intercept_ = _calibration(raw, labels[tune])
        return self

    def decision_function(self, X: pd.DataFrame, *, graph: Graph) -> Floats:
        """Return the calibrated log-odds of every node, in the graph's order."""
        check_is_fitted(self)
        check_rows(X, graph)
        made = {
            name: self.makers_[name].transform(X, graph=graph)
            for name in self.families_
            if name != OWN
        } | {OWN: X}
        raw = self.members_.raw(_joined(made, self.families_, X.index))
        log_odds: Floats = self.slope_ * raw + self.intercept_
        return log_odds

    def predict_proba(self, X: pd.DataFrame, *, graph: Graph) -> Floats:
        """Return the probabilities of 0 and 1 of every node, nodes × 2."""
        positive = expit(self.decision_function(X, graph=graph))
        return np.column_stack([1 - positive, positive])

    def _makers(
        self, X: pd.DataFrame, graph: Graph
    ) -> dict[str, NeighbourAggregates | StructureFeatures | LabelFeatures]:
        """Estimators of the families that this graph allows."""
        if not graph.edge_count and X.shape[1]:
            return {}
        makers = {
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


def _joined(made: dict[str, pd.DataFrame], families: Families, rows: pd.Index) -> pd.DataFrame:
    frames = [made[name].astype(np.float32) for name in families]
    return pd.concat(frames, axis=1) if frames else pd.DataFrame(index=rows)


def _calibration(raw: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and intercept of Platt's map; a slope below zero would turn the ranking."""
    fit = LogisticRegression(C=1.0).fit(raw[:, None], y)
    slope = float(fit.coef_[0, 0])
    if slope > 0:
        return slope, float(fit.intercept_[0])
    share = float(np.clip(y.mean(), 1e-3, 1 - 1e-3))
    return 1e-3, float(np.log(share / (1 - share)) - 1e-3 * raw.mean())
