"""Labels that most of the nearest labelled entities contradict."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NEAREST: Final = 15
SURE: Final = 0.01


@dataclass(frozen=True)
class Neighbourhood:
    """What the nearest decided entities of other groups say, row by row.

    Attributes:
        counted: How many there are.
        other: How many of them have the other label.
        is_odd: Whether so many would have it by chance with a probability below `SURE`.
    """

    counted: NDArray[np.intp]
    other: NDArray[np.intp]
    is_odd: NDArray[np.bool_]


def neighbourhood(
    space: pd.DataFrame, labels: pd.Series, groups: pd.Series, nearest: int = NEAREST
) -> Neighbourhood:
    """Compare each label with those of its nearest rows.

    Chance is a binomial draw with the share that the other label has among all rows, so that a
    rare label is not odd for being rare.

    Args:
        space: Coordinates, such as a model's contributions; near rows are alike.
        labels: 1 or 0, same index.
        groups: Rows of one group are no neighbours, same index.
        nearest: How many count.
    """
    from scipy.stats import binom
    from sklearn.neighbors import NearestNeighbors

    y, codes = labels.to_numpy(dtype=float), pd.factorize(groups)[0]
    most = int(np.bincount(codes).max())
    asked = min(len(y), nearest + most)
    near = NearestNeighbors(n_neighbors=asked).fit(space.to_numpy())
    found = near.kneighbors(space.to_numpy(), return_distance=False)
    is_other_group = codes[found] != codes[:, None]
    is_taken = is_other_group & (is_other_group.cumsum(axis=1) <= nearest)
    counted = is_taken.sum(axis=1)
    other = (is_taken & (y[found] != y[:, None])).sum(axis=1)
    share = np.where(y > 0.5, 1 - y.mean(), y.mean())
    chance = binom.sf(other - 1, counted, share)
    return Neighbourhood(counted, other, (counted > 0) & (chance < SURE))
