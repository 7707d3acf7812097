"""What the neighbours of a node look like, and how it differs from them."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from analytics.signals.graph.graph import (
    ALL,
    Floats,
    Graph,
    Matrix,
    by_rarity,
    check_rows,
    over_neighbours,
    transition,
    with_self,
)


class NeighbourAggregates(TransformerMixin, BaseEstimator):
    """Aggregates of the numeric features over one to `hops` hops, per relation.

    Per feature x and relation: `mean1` … `meanH`, smoothed with the node's own value (Âʰx,
    Â = D⁻¹A with self-loops); `diff`, own value minus the mean of the neighbours; `spread`, their
    standard deviation; `max` and `min`; `rare1` and `rare2`, means in which a neighbour of many
    counts less. A missing value counts as the median of the nodes that fit saw; nodes without
    neighbours have missing `diff`, `max` and `min`.

    Args:
        hops: How far the smoothed means reach.
    """

    def __init__(self, hops: int = 3) -> None:
        self.hops = hops

    def fit(self, X: pd.DataFrame, y: object = None, *, graph: Graph) -> Self:
        """Learn the medians that stand in for missing values, and the names of the features."""
        check_rows(X, graph)
        self.medians_ = X.median().fillna(0.0)
        self.feature_names_in_ = np.array([str(name) for name in X.columns], dtype=object)
        self.views_ = tuple(graph.views)
        return self

    def transform(self, X: pd.DataFrame, *, graph: Graph) -> pd.DataFrame:
        """Return the aggregates, nodes × `get_feature_names_out()`."""
        check_is_fitted(self)
        check_rows(X, graph)
        own = X.fillna(self.medians_).to_numpy(dtype=float)
        empty = Matrix((len(X), len(X)))
        views = graph.views
        parts = [self._of_relation(views.get(name, empty), own) for name in self.views_]
        columns = self.get_feature_names_out()
        values = np.hstack(parts) if parts else np.empty((len(X), 0))
        return pd.DataFrame(values, index=X.index, columns=columns)

    def fit_transform(self, X: pd.DataFrame, y: object = None, *, graph: Graph) -> pd.DataFrame:
        """Fit, then transform the same nodes."""
        return self.fit(X, y, graph=graph).transform(X, graph=graph)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names: aggregate, relation where there are several, and feature."""
        check_is_fitted(self)
        return np.array(
            [
                f"{kind}({name})" if view == ALL else f"{kind}[{view}]({name})"
                for view in self.views_
                for kind in self._kinds()
                for name in self.feature_names_in_
            ],
            dtype=object,
        )

    def _kinds(self) -> list[str]:
        means = [f"mean{hop}" for hop in range(1, self.hops + 1)]
        return [*means, "diff", "spread", "max", "min", "rare1", "rare2"]

    def _of_relation(self, weights: Matrix, own: Floats) -> Floats:
        step, smooth, rare = transition(weights), with_self(weights), transition(by_rarity(weights))
        parts, reached = [], own
        for _ in range(self.hops):
            reached = smooth @ reached
            parts.append(reached)
        mean = step @ own
        alone = np.diff(weights.indptr) == 0
        parts.append(np.where(alone[:, None], np.nan, own - mean))
        parts.append(np.sqrt(np.maximum(step @ own**2 - mean**2, 0.0)))
        parts.append(over_neighbours(weights, own, np.maximum))
        parts.append(over_neighbours(weights, own, np.minimum))
        near = rare @ own
        return np.hstack([*parts, near, rare @ near])
