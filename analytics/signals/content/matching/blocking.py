"""The pairs worth comparing: for each record the most alike of the other table."""

import numpy as np
from numpy.typing import NDArray

from analytics.signals.content.matching.candidates import Candidates
from analytics.signals.content.matching.spaces import Space


def nearest_pairs(space: Space, top: int, least: float) -> NDArray[np.int64]:
    """Return (left row, right row) of the `top` nearest of every record of either table.

    Pairs with a cosine below `least` are left out. Sorted, each pair once.
    """
    found: list[NDArray[np.int64]] = [np.empty((0, 2), dtype=np.int64)]
    for by_right in (False, True):
        for start, block in space.blocks(by_right=by_right):
            row, column = _best_of_rows(block, top, least)
            ends = (column, row + start) if by_right else (row + start, column)
            found.append(np.column_stack(ends))
    return np.unique(np.concatenate(found), axis=0)


def with_nearest(candidates: Candidates, space: Space, top: int, least: float) -> Candidates:
    """Return the candidates followed by the nearest pairs that are not among them."""
    count = len(candidates.right)
    known = candidates.left_row * count + candidates.right_row
    near = nearest_pairs(space, top, least)
    more = near[~np.isin(near[:, 0] * count + near[:, 1], known)]
    return Candidates(
        candidates.left,
        candidates.right,
        np.concatenate([candidates.left_row, more[:, 0]]),
        np.concatenate([candidates.right_row, more[:, 1]]),
    )


def _best_of_rows(
    block: NDArray[np.float64], top: int, least: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    top = min(top, block.shape[1])
    if not top:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    # A stable sort: of equals the first, whatever the block's size.
    columns = np.argsort(-block, axis=1, kind="stable")[:, :top]
    row = np.repeat(np.arange(len(block)), top)
    column = columns.ravel()
    near = block[row, column] >= max(least, 1e-12)
    return row[near].astype(np.int64), column[near].astype(np.int64)
