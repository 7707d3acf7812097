"""Where a node stands in the graph, whatever the features and labels."""

from itertools import pairwise
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from analytics.signals.graph.graph import (
    ALL,
    Floats,
    Graph,
    Matrix,
    check_rows,
    degree,
    over_neighbours,
    strength,
    transition,
    unweighted,
)
from analytics.signals.graph.pagerank import pagerank

WORK = 20_000_000  # products of one block of triangle counts, which bounds its memory
WHOLE = (
    "strength",
    "neighbour_degree",
    "neighbour_degree_max",
    "neighbour_degree_min",
    "neighbour_degree_spread",
    "neighbour_degree_2",
    "triangles",
    "clustering",
    "neighbour_clustering",
    "pagerank",
    "pagerank_per_degree",
)


class StructureFeatures(TransformerMixin, BaseEstimator):
    """Degree per relation; over all edges strength, neighbours' degrees, triangles and PageRank.

    Degrees are of the natural logarithm of 1 + count where they are averaged. Nothing is learned
    but the names of the relations.

    Args:
        damping: Damping of PageRank.
    """

    def __init__(self, damping: float = 0.85) -> None:
        self.damping = damping

    def fit(self, X: pd.DataFrame, y: object = None, *, graph: Graph) -> Self:
        """Learn which relations there are."""
        check_rows(X, graph)
        self.views_ = tuple(graph.views)
        return self

    def transform(self, X: pd.DataFrame, *, graph: Graph) -> pd.DataFrame:
        """Return the features, nodes × `get_feature_names_out()`."""
        check_is_fitted(self)
        check_rows(X, graph)
        views, empty = graph.views, Matrix((len(X), len(X)))
        degrees = [degree(views.get(name, empty)) for name in self.views_]
        columns = self.get_feature_names_out()
        values = np.column_stack([*degrees, *self._whole(graph.merged)])
        return pd.DataFrame(values, index=X.index, columns=columns)

    def fit_transform(self, X: pd.DataFrame, y: object = None, *, graph: Graph) -> pd.DataFrame:
        """Fit, then transform the same nodes."""
        return self.fit(X, y, graph=graph).transform(X, graph=graph)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """Return the names of the features."""
        check_is_fitted(self)
        degrees = ["degree" if name == ALL else f"degree[{name}]" for name in self.views_]
        return np.array([*degrees, *WHOLE], dtype=object)

    def _whole(self, weights: Matrix) -> list[Floats]:
        plain = unweighted(weights)
        count, step = degree(plain), transition(plain)
        size = np.log1p(count)
        mean = step @ size
        spread = np.sqrt(np.maximum(step @ size**2 - mean**2, 0.0))
        most = over_neighbours(plain, count[:, None], np.maximum)[:, 0]
        least = over_neighbours(plain, count[:, None], np.minimum)[:, 0]
        closed = triangles(plain)
        pairs = count * (count - 1) / 2
        clustering = np.divide(closed, pairs, out=np.zeros_like(closed), where=pairs > 0)
        rank = pagerank(weights, np.ones((len(count), 1)), damping=self.damping)[:, 0]
        rank = rank * len(count)  # 1 is what a node has on average
        per_degree = rank / np.maximum(count, 1.0)
        return [
            strength(weights),
            mean,
            most,
            least,
            spread,
            step @ mean,
            closed,
            clustering,
            step @ clustering,
            rank,
            per_degree,
        ]


def triangles(plain: Matrix) -> Floats:
    """Return in how many triangles each node stands.

    Each edge is directed to its end of higher degree, so that hubs cost little: a triangle
    u → v → w, u → w is found once (Chiba and Nishizeki 1985).
    """
    size = plain.shape[0]
    place = np.empty(size, dtype=np.intp)
    place[np.lexsort((np.arange(size), np.diff(plain.indptr)))] = np.arange(size)
    ends = plain.tocoo()
    up = place[ends.row] < place[ends.col]
    out = sparse.csr_array(
        (np.ones(int(up.sum())), (ends.row[up], ends.col[up])), shape=plain.shape
    )
    into = out.T.tocsr()
    count = np.zeros(size)
    for rows in _blocks(out, out):  # u by rows, w by columns
        found = (out[rows] @ out).multiply(out[rows]).tocsr()
        count[rows] += np.asarray(found.sum(axis=1)).ravel()
        count += np.asarray(found.sum(axis=0)).ravel()
    for rows in _blocks(into, out):  # v by rows
        found = (into[rows] @ out).multiply(out[rows]).tocsr()
        count[rows] += np.asarray(found.sum(axis=1)).ravel()
    return count


def _blocks(left: Matrix, right: Matrix) -> list[slice]:
    """Cut the rows of a product so that each block costs about `WORK` multiplications."""
    cost = np.cumsum(left @ np.diff(right.indptr).astype(float))
    if not len(cost):
        return []
    borders = np.searchsorted(cost, np.arange(WORK, cost[-1], WORK)) + 1
    edges = np.unique(np.concatenate([[0], borders, [len(cost)]]))
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]
