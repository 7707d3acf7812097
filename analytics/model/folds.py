"""Held-out rows: of a later time, or of other entities; never a random part of the same ones."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Fold = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Folds:
    """Pairs of (rows to fit, rows held out), and in words how they were made."""

    pairs: tuple[Fold, ...]
    how: str


def group_folds(groups: Iterable[object], y: NDArray[np.float64], count: int = 4) -> Folds:
    """Split rows by group into at most `count` folds; a group is never on both sides.

    Which fold a group belongs to follows from its name alone. Folds in which either side has
    only one class are left out.
    """
    own = np.array([fold_of(str(group), count) for group in groups])
    folds = [(np.flatnonzero(own != k), np.flatnonzero(own == k)) for k in range(count)]
    kept = [fold for fold in folds if len(fold[1]) and _has_both(y[fold[0]])]
    return Folds(tuple(kept), "by group: no group stands on both sides")


def time_folds(
    times: pd.Series, y: NDArray[np.float64], gap: pd.Timedelta, *, least: int = 100, most: int = 4
) -> Folds:
    """Hold out each time in turn, fitting on the rows at least `gap` older.

    `gap` is how long a label takes to be known, so that each fold repeats what the model does
    when it is used. Folds with fewer than `least` rows to fit are left out, and all but the `most`
    newest.
    """
    folds = []
    for time in sorted(times.unique()):
        older = np.flatnonzero((times <= time - gap).to_numpy())
        if len(older) >= least and _has_both(y[older]):
            folds.append((older, np.flatnonzero((times == time).to_numpy())))
    return Folds(tuple(folds[-most:]), f"by time: fitted on what was {gap.days} days older")


def fold_of(group: str, count: int) -> int:
    """Return the fold of a group, from its name alone."""
    return int.from_bytes(hashlib.blake2b(group.encode(), digest_size=8).digest(), "big") % count


def _has_both(y: NDArray[np.float64]) -> bool:
    return bool((y > 0.5).any() and (y <= 0.5).any())
