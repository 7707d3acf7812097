"""What is known of the neighbours' labels, without a node's own."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted

from analytics.errors import InputError
from analytics.signals.graph.graph import (
    ALL,
    Floats,
    Graph,
    Matrix,
    by_rarity,
    check_rows,
    transition,
    unweighted,
)
from analytics.signals.graph.pagerank import pagerank

NOT_VISIBLE = -1


class LabelFeatures(TransformerMixin, BaseEstimator):
    """Smoothed shares of positives around a node, and personalised PageRank from them.

    Nodes whose label is known at fit are split into stratified folds. Such a node sees the labels
    of the *other* folds only, so neither its own label nor anything made of it reaches its value;
    every other node sees all of them. `transform` gives the same values as `fit_transform`.

    With n₁ positives among n visible neighbours and the share p of positives among all visible
    nodes, a share smoothed by s is (n₁ + s p) / (n + s).

    Args:
        folds: Number of folds; fewer where a class has fewer nodes.
        smoothing: Strengths s of the shares among neighbours.
        damping: Dampings of personalised PageRank.
        seed: Seed of the folds.
    """

    def __init__(
        self,
        folds: int = 10,
        smoothing: tuple[float, ...] = (5.0, 30.0),
        damping: tuple[float, ...] = (0.5, 0.85),
        seed: int = 0,
    ) -> None:
        self.folds = folds
        self.smoothing = smoothing
        self.damping = damping
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: pd.Series, *, graph: Graph) -> Self:
        """Keep the visible labels and deal their nodes to folds.

        Args:
            X: Frame indexed by node id; its columns are not used.
            y: Label 0 or 1 of each row of `X`, NaN where it is not visible.
            graph: The graph.

        Raises:
            InputError: A class has fewer than two visible labels.
        """
        check_rows(X, graph)
        labels = pd.Series(np.asarray(y, dtype=float), index=X.index).dropna()
        rarest = int(min((labels == 1).sum(), (labels == 0).sum()))
        if rarest < 2:
            raise InputError("Label features need at least two visible labels of either class.")
        self.visible_ = labels
        self.fold_ = deal(labels, min(self.folds, rarest), self.seed)
        self.views_ = tuple(graph.views)
        return self

    def transform(self, X: pd.DataFrame, *, graph: Graph) -> pd.DataFrame:
        """Return the features, nodes × `get_feature_names_out()`."""
        check_is_fitted(self)
        check_rows(X, graph)
        seen = Visible(self.visible_, self.fold_, X.index)
        views, empty = graph.views, Matrix((len(X), len(X)))
        parts = []
        for name in self.views_:
            parts += self._shares(views.get(name, empty), seen)
        parts += self._walks(graph.merged, seen)
        columns = self.get_feature_names_out()
        return pd.DataFrame(np.column_stack(parts), index=X.index, columns=columns)

    def fit_transform(
        self, X: pd.DataFrame, y: pd.Series | None = None, *, graph: Graph
    ) -> pd.DataFrame:
        """Fit, then transform the same nodes: out of fold for those whose label is visible."""
        if y is None:
            raise InputError("Label features need labels.")
        return self.fit(X, y, graph=graph).transform(X, graph=graph)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the features."""
        check_is_fitted(self)
        shares = [f"share_s{s:g}" for s in self.smoothing]
        kinds = [*shares, "visible", "positive", "share_2", "share_rare", "share_rare_2"]
        names = [
            f"label_{kind}" if view == ALL else f"label_{kind}[{view}]"
            for view in self.views_
            for kind in kinds
        ]
        for damping in self.damping:
            names += [f"label_walk_{damping:g}", f"label_reach_{damping:g}"]
        return np.array(names, dtype=object)

    def _shares(self, weights: Matrix, seen: "Visible") -> list[Floats]:
        plain = unweighted(weights)
        positive, known = plain @ seen.positive, plain @ seen.known
        parts = [seen.own((positive + s * seen.prior) / (known + s)) for s in self.smoothing]
        parts += [seen.own(known), seen.own(positive)]
        step, rare = transition(weights), by_rarity(weights)
        parts.append(seen.share(step @ positive, step @ known, 1.0))
        once = rare @ seen.positive, rare @ seen.known
        parts.append(seen.share(*once, 0.05))
        parts.append(seen.share(rare @ once[0], rare @ once[1], 0.05))
        return parts

    def _walks(self, weights: Matrix, seen: "Visible") -> list[Floats]:
        parts = []
        for damping in self.damping:
            positive = pagerank(weights, seen.positive, damping=damping)
            known = pagerank(weights, seen.known, damping=damping)
            # Without a restart at it the node is reached through its neighbours alone.
            ratio = np.divide(positive, known, out=np.ones_like(known), where=known > 0)
            parts += [seen.own(ratio), seen.own(positive * len(positive))]
        return parts


class Visible:
    """Which labels each fold may see: one column per fold, and a last one that sees them all.

    Attributes:
        known: 1 where the label is visible, nodes × (folds + 1).
        positive: 1 where it is visible and positive.
        prior: Share of positives per column.
    """

    def __init__(self, labels: pd.Series, fold: pd.Series, nodes: pd.Index) -> None:
        folds = int(fold.max()) + 1
        of_node = fold.reindex(nodes).fillna(NOT_VISIBLE).to_numpy(dtype=int)
        is_positive = labels.reindex(nodes).to_numpy() == 1
        columns = np.arange(folds + 1)
        self.known = ((of_node != NOT_VISIBLE)[:, None] & (of_node[:, None] != columns)) * 1.0
        self.positive = self.known * is_positive[:, None]
        self.prior = self.positive.sum(axis=0) / np.maximum(self.known.sum(axis=0), 1.0)
        self._column = np.where(of_node == NOT_VISIBLE, folds, of_node)

    def own(self, values: Floats) -> Floats:
        """Return each node's value from the column that does not see its label."""
        own: Floats = values[np.arange(len(values)), self._column]
        return own

    def share(self, positive: Floats, known: Floats, strength: float) -> Floats:
        """Return each node's smoothed share of positives."""
        return self.own((positive + strength * self.prior) / (known + strength))


def deal(labels: pd.Series, folds: int, seed: int) -> pd.Series:
    """Return the fold of each labelled node, both classes dealt evenly."""
    fold = np.zeros(len(labels), dtype=int)
    dealer = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for number, (_, held_out) in enumerate(dealer.split(fold, labels.to_numpy() == 1)):
        fold[held_out] = number
    return pd.Series(fold, index=labels.index)
