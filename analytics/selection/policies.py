"""Queue policies: functions from a pool to scores, the same each time for the same pool."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analytics.columns import EXPECTED_HARM
from analytics.selection.pool import Floats, Pool, QueuePolicy


def expected_harm(pool: Pool) -> pd.Series:
    """Most harm first; what harms nobody is not taken."""
    harm = pool.scores[EXPECTED_HARM].astype(float)
    return harm.where(harm > 0)


def uncertainty(pool: Pool) -> pd.Series:
    """Those first of whom the model can tell least (Lewis & Gale 1994): P(violation) near 1/2."""
    p = pool.violation
    return pd.Series(p * (1 - p), index=pool.scores.index)


def model_change(pool: Pool) -> pd.Series:
    """Those first whose label would move the model most, whatever it will be.

    The expected length of the gradient of the log-loss (Settles, Craven & Ray 2008): of a
    logistic model, |p − y| · ‖z‖ averaged over both labels, which is 2p(1 − p) · ‖z‖, where z is
    the entity's place in the pool's space with a 1 for the level.
    """
    p = pool.violation
    places, _ = pool.space()
    length = np.sqrt(1 + (places**2).sum(axis=1))
    return pd.Series(2 * p * (1 - p) * length, index=pool.scores.index)


def diversity(pool: Pool) -> pd.Series:
    """Those first that stand furthest from all that is decided or taken already.

    Greedy k-centre (Gonzalez 1985; Sener & Savarese 2018). The first, where nothing is decided,
    is the one nearest to the average entity.
    """
    places, decided = pool.space()
    order = list(_furthest_first(places, decided, pool.size))
    return _by_place(order, pool.scores.index)


def mixed(parts: Sequence[QueuePolicy]) -> QueuePolicy:
    """Return the policy that lets each part in turn take its next best."""

    def mix(pool: Pool) -> pd.Series:
        wanted = [_order(part(pool)) for part in parts]
        return _by_place(list(_in_turn(wanted, len(pool.scores))), pool.scores.index)

    return mix


mix = mixed((expected_harm, uncertainty, model_change, diversity))


def _order(scores: pd.Series) -> list[int]:
    """Return the places of the rows, highest score first; equal ones in the order of harm."""
    values = scores.to_numpy(dtype=float)
    order = np.argsort(-values, kind="stable")
    return [int(row) for row in order[: int(np.isfinite(values).sum())]]


def _in_turn(wanted: Sequence[Sequence[int]], rows: int) -> Iterator[int]:
    taken = np.zeros(rows, dtype=bool)
    left = [iter(order) for order in wanted]
    while left:
        for part in list(left):
            row = next((row for row in part if not taken[row]), None)
            if row is None:
                left.remove(part)
                continue
            taken[row] = True
            yield row


def _by_place(order: Sequence[int], index: pd.Index) -> pd.Series:
    """Score rows by their place in an order; those that are not in it are missing."""
    scores = np.full(len(index), np.nan)
    scores[list(order)] = np.arange(len(order), 0, -1)
    return pd.Series(scores, index=index)


def _furthest_first(places: Floats, decided: Floats, count: int) -> Iterator[int]:
    """Yield rows, each furthest from the decided ones and from those before it."""
    if not len(places):
        return
    lengths = (places**2).sum(axis=1)
    away = _nearest(places, decided) if decided.size else -lengths
    free = np.ones(len(places), dtype=bool)
    for number in range(min(count, len(places))):
        row = int(np.argmax(np.where(free, away, -np.inf)))
        yield row
        free[row] = False
        gap = lengths - 2 * places @ places[row] + lengths[row]
        away = gap if number == 0 and not decided.size else np.minimum(away, gap)


def _nearest(places: Floats, centres: Floats) -> Floats:
    """Return the squared distance of each place to the nearest of the centres."""
    from sklearn.metrics import pairwise_distances_argmin_min

    _, distance = pairwise_distances_argmin_min(places, centres)
    squared: Floats = distance**2
    return squared
