"""What is normal for similar entities: median, how many, and where each one ranks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class PeerGroups:
    """Entities (rows) numbered by the peer group they belong to.

    Attributes:
        codes: Group of each row.
        medians: Groups × features, of the values that are known.
        counts: Groups × features, how many are known.
    """

    codes: Integers
    features: tuple[str, ...]
    medians: Floats
    counts: Integers

    def median_of(self, rows: Integers, columns: Integers) -> Floats:
        """Return the peers' median for each (row, column) pair."""
        return self.medians[self.codes[rows], columns]

    def count_of(self, rows: Integers, columns: Integers) -> Integers:
        """Return the number of peers with a known value, itself included."""
        return self.counts[self.codes[rows], columns]


def group_peers(X: pd.DataFrame, peer_group: pd.Series) -> PeerGroups:
    """Summarise each feature of `X` over the peer groups of its rows."""
    codes, _ = pd.factorize(peer_group.reindex(X.index), use_na_sentinel=False)
    grouped = X.groupby(codes, sort=True)
    return PeerGroups(
        codes=codes,
        features=tuple(X.columns),
        medians=grouped.median().to_numpy(dtype=float),
        counts=grouped.count().to_numpy(),
    )


def rank_among_peers(
    X: pd.DataFrame, peers: PeerGroups, rows: Integers, columns: Integers, signs: Integers
) -> Integers:
    """Return for each (row, column) pair how many peers are worse, plus one; equals share a rank.

    Args:
        X: The values, rows × features.
        peers: The groups of its rows.
        rows: Row of each pair.
        columns: Column of each pair.
        signs: Harmful direction of each column: 1 if more is worse, -1 if less is, 0 if far from
            the median is.
    """
    ranks = np.zeros(len(rows), dtype=np.int64)
    for column in np.unique(columns):
        wanted = columns == column
        values = X.iloc[:, column].to_numpy(dtype=float)
        if signs[column] == 0:
            harm = np.abs(values - peers.medians[peers.codes, column])
        else:
            harm = values * signs[column]
        ranked = pd.Series(harm).groupby(peers.codes).rank(method="min", ascending=False)
        ranks[wanted] = ranked.to_numpy()[rows[wanted]].astype(np.int64)
    return ranks
