"""Finds rings: Leiden over the weighted graph of sellers, creators and products."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.errors import InputError
from analytics.signals.communities.checks import ENDS, clean_edges
from analytics.signals.communities.leiden import leiden

Ints = npt.NDArray[np.integer[Any]]

RING: Final = "ring"
BUYER: Final = "buyer"
MEMBER_COLUMNS: Final = (RING, ENTITY_TYPE, ENTITY_ID, "tie")


class RingFinder(BaseEstimator):
    """Groups whose members are on average tied at least as strongly as the resolution.

    Leiden (Traag, Waltman and van Eck 2019, "From Louvain to Leiden") maximises the constant Potts
    model Σ over pairs in one ring of (weight − resolution) (Traag, Van Dooren and Nesterov 2011,
    "Narrow scope for resolution-limit-free community detection"): what is found in one corner of
    the graph does not depend on how large the rest is, which modularity cannot say. Every connected
    part is solved on its own, so a change elsewhere changes no ring.

    Buyers shape no ring; each joins the ring it is most strongly tied to.

    Args:
        resolution: Mean weight between two groups from which they are one, between 0 and 1.

    Attributes:
        members_: ring (0, 1, …, largest first), entity_type, entity_id, tie (probability, if the
            weights are, that it belongs with any other member). Who is alone is not listed.
        edges_: The edges used, cleaned.
        dropped_: Why → how many edges were dropped.
    """

    def __init__(self, resolution: float = 0.07) -> None:
        self.resolution = resolution

    def fit(self, X: pd.DataFrame, nodes: pd.DataFrame | None = None) -> Self:
        """Find the rings of the edges `X` (as of `EntityGraph.edges`).

        Raises:
            InputError: The edges cannot be used, or the resolution is out of range.
        """
        if not 0 < self.resolution < 1:
            raise InputError(f"The resolution must be between 0 and 1, not {self.resolution}.")
        self.edges_, self.dropped_ = clean_edges(X, nodes)
        pairs = pair_weights(self.edges_)
        is_buyer = (pairs["src_type"] == BUYER) | (pairs["dst_type"] == BUYER)
        members = self._rings(pairs[~is_buyer])
        self.members_ = pd.concat([members, _followers(pairs[is_buyer], members)])
        self.members_ = self.members_.sort_values([RING, ENTITY_TYPE, ENTITY_ID])
        self.members_ = self.members_.reset_index(drop=True)
        return self

    def fit_predict(self, X: pd.DataFrame, nodes: pd.DataFrame | None = None) -> pd.DataFrame:
        """Find the rings and return who is in which."""
        return self.fit(X, nodes).members_

    def _rings(self, pairs: pd.DataFrame) -> pd.DataFrame:
        names, adjacency = to_matrix(pairs)
        label = np.full(len(names), -1, dtype=np.int64)
        count = 0
        for part in _parts(adjacency):
            found = leiden(adjacency[part][:, part], self.resolution)
            label[part] = found + count
            count += int(found.max()) + 1
        tie = _ties(adjacency, label)
        members = names.assign(ring=label, tie=tie)
        members["size"] = members.groupby(RING)[ENTITY_ID].transform("size")
        members = members[members["size"] > 1].copy()
        order = members.sort_values(["size", ENTITY_TYPE, ENTITY_ID], ascending=[False, True, True])
        rank = {ring: place for place, ring in enumerate(order[RING].unique())}
        members[RING] = members[RING].map(rank).astype(np.int64)
        return members.reindex(columns=list(MEMBER_COLUMNS))


def pair_weights(edges: pd.DataFrame) -> pd.DataFrame:
    """One row per pair: `ENDS` and weight = 1 − Π (1 − weight), as if the ties were independent."""
    doubt = np.log1p(-np.minimum(edges["weight"].to_numpy(dtype=float), 1 - 1e-9))
    pairs = edges[list(ENDS)].assign(doubt=doubt)
    pairs = pairs.groupby(list(ENDS))["doubt"].sum().reset_index()
    return pairs[list(ENDS)].assign(weight=-np.expm1(pairs["doubt"].to_numpy()))


def to_matrix(pairs: pd.DataFrame) -> tuple[pd.DataFrame, sparse.csr_matrix]:
    """Return the nodes in the order of type and id, and the symmetric matrix of weights."""
    ends = [
        pd.DataFrame({ENTITY_TYPE: pairs[f"{end}_type"], ENTITY_ID: pairs[f"{end}_id"]})
        for end in ("src", "dst")
    ]
    names = pd.concat(ends).drop_duplicates().sort_values([ENTITY_TYPE, ENTITY_ID])
    names = names.reset_index(drop=True)
    index = pd.MultiIndex.from_frame(names)
    src, dst = (index.get_indexer(pd.MultiIndex.from_frame(end)) for end in ends)
    weight = pairs["weight"].to_numpy(dtype=float)
    both = (np.concatenate([weight, weight]), (np.r_[src, dst], np.r_[dst, src]))
    return names, sparse.csr_matrix(both, shape=(len(names), len(names)))


def _parts(adjacency: sparse.csr_matrix) -> Iterator[Ints]:
    if not adjacency.shape[0]:
        return
    _, part = connected_components(adjacency, directed=False)
    order = np.argsort(part, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(part[order])) + 1)


def _ties(adjacency: sparse.csr_matrix, label: Ints) -> npt.NDArray[np.float64]:
    """How surely each node belongs with at least one other of its ring."""
    entries = adjacency.tocoo()
    same = label[entries.row] == label[entries.col]
    doubt = np.log1p(-np.minimum(entries.data[same], 1 - 1e-9))
    return -np.expm1(np.bincount(entries.row[same], doubt, minlength=len(label)))


def _followers(pairs: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Buyers, each in the ring to which its ties are strongest."""
    is_src = (pairs["src_type"] == BUYER).to_numpy()
    ends: Mapping[str, Any] = {
        "buyer": np.where(is_src, pairs["src_id"], pairs["dst_id"]),
        ENTITY_TYPE: np.where(is_src, pairs["dst_type"], pairs["src_type"]),
        ENTITY_ID: np.where(is_src, pairs["dst_id"], pairs["src_id"]),
        "doubt": np.log1p(-np.minimum(pairs["weight"].to_numpy(dtype=float), 1 - 1e-9)),
    }
    tied = pd.DataFrame(ends).merge(members[[RING, ENTITY_TYPE, ENTITY_ID]])
    total = tied.groupby(["buyer", RING])["doubt"].sum().reset_index()
    best = total.sort_values(["buyer", "doubt", RING]).drop_duplicates("buyer")
    return pd.DataFrame(
        {
            RING: best[RING].astype(np.int64),
            ENTITY_TYPE: BUYER,
            ENTITY_ID: best["buyer"],
            "tie": -np.expm1(best["doubt"].to_numpy()),
        }
    )
