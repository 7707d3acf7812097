"""A graph of nodes and weighted, undirected edges of one or more relations, held sparse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analytics.errors import InputError

Floats = NDArray[np.float64]
Matrix: TypeAlias = sparse.csr_array
ALL = ""  # the merged graph; a relation always has a name


@dataclass(frozen=True)
class Graph:
    """Nodes in a fixed order, and per relation a symmetric matrix of weights > 0 without diagonal.

    Attributes:
        nodes: Ids of the nodes; row and column numbers follow this order.
        relations: Weights of each relation, nodes × nodes.
    """

    nodes: pd.Index
    relations: Mapping[str, Matrix]

    @cached_property
    def merged(self) -> Matrix:
        """Weights summed over the relations."""
        merged: Matrix = sum(self.relations.values(), Matrix((len(self.nodes), len(self.nodes))))
        return merged

    @property
    def views(self) -> Mapping[str, Matrix]:
        """The merged graph and, where there is more than one, each relation by itself."""
        several = self.relations if len(self.relations) > 1 else {}
        return {ALL: self.merged, **several}

    @property
    def edge_count(self) -> int:
        """Edges, each counted once per relation."""
        return sum(int(weights.nnz) for weights in self.relations.values()) // 2


def make_graph(
    nodes: pd.Index,
    src: NDArray[np.intp],
    dst: NDArray[np.intp],
    *,
    weight: Floats | None = None,
    relation: Sequence[str] | NDArray[np.object_] | None = None,
) -> Graph:
    """Build a graph from edges given by node numbers, in either direction.

    Edges named several times become one, with the sum of their weights where weights are given.
    Self-loops are left out.
    """
    weights = np.ones(len(src)) if weight is None else weight
    names = (
        np.full(len(src), "edge", dtype=object)
        if relation is None
        else np.asarray(relation, dtype=object)
    )
    codes, found = pd.factorize(names, sort=True)
    relations = {}
    for code, name in enumerate(found):
        rows = (codes == code) & (src != dst)
        matrix = _symmetric(len(nodes), src[rows], dst[rows], weights[rows])
        if weight is None:
            matrix.data[:] = 1.0
        relations[str(name)] = matrix
    return Graph(nodes, relations)


def _symmetric(size: int, src: NDArray[np.intp], dst: NDArray[np.intp], weight: Floats) -> Matrix:
    ends = (np.concatenate([src, dst]), np.concatenate([dst, src]))
    matrix = sparse.coo_array((np.concatenate([weight, weight]), ends), shape=(size, size)).tocsr()
    matrix.sum_duplicates()
    return matrix


def check_rows(X: pd.DataFrame, graph: Graph) -> None:
    """Refuse a feature frame whose rows are not the nodes of the graph, in their order.

    Raises:
        InputError: They differ.
    """
    if not X.index.equals(graph.nodes):
        raise InputError(
            "The rows of the feature frame are not the nodes of the graph, in their order.",
            hint="Index the frame by node id and reindex it by graph.nodes.",
        )


def degree(weights: Matrix) -> Floats:
    """Return the number of neighbours of each node."""
    return np.diff(weights.indptr).astype(float)


def strength(weights: Matrix) -> Floats:
    """Return the sum of the weights of each node's edges."""
    return np.asarray(weights.sum(axis=1), dtype=float).ravel()


def unweighted(weights: Matrix) -> Matrix:
    """Return the same edges, all of weight 1."""
    return Matrix((np.ones_like(weights.data), weights.indices, weights.indptr), weights.shape)


def transition(weights: Matrix) -> Matrix:
    """Return D⁻¹A: rows sum to 1, or to 0 for a node without neighbours."""
    return _scaled_rows(weights, _inverse(strength(weights)))


def with_self(weights: Matrix) -> Matrix:
    """Return the transition matrix of the graph with a self-loop of the node's mean weight."""
    total, count = strength(weights), degree(weights)
    own = np.where(count > 0, total * _inverse(count), 1.0)
    looped = Matrix(weights + sparse.diags_array(own))
    return transition(looped)


def by_rarity(weights: Matrix) -> Matrix:
    """Return A D⁻¹: an edge counts the less, the more edges its other end has."""
    return Matrix(weights @ sparse.diags_array(_inverse(strength(weights))))


def over_neighbours(weights: Matrix, values: Floats, reduce: np.ufunc) -> Floats:
    """Reduce each column of `values` over each node's neighbours; missing where there are none."""
    reduced = np.full(values.shape, np.nan)
    linked = np.flatnonzero(np.diff(weights.indptr))
    if len(linked):
        starts = weights.indptr[linked]  # nodes without neighbours take no place between them
        for column in range(values.shape[1]):
            reduced[linked, column] = reduce.reduceat(values[weights.indices, column], starts)
    return reduced


def _inverse(values: Floats) -> Floats:
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _scaled_rows(weights: Matrix, factors: Floats) -> Matrix:
    return Matrix(sparse.diags_array(factors) @ weights)
