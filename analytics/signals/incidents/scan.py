"""Scan statistics: how surely a window of the last days differs from the weeks before.

The statistic is the likelihood ratio of two Poisson rates (counts) or two binomial shares, one for
the window and one for the days before, against one common to both; its signed root is standard
normal without a change (Wilks 1938), after the continuity correction of half an event. It is
divided by the overdispersion of the days before. The best window of several lengths is a scan
statistic (Kulldorff 1997, "A spatial scan statistic"; in time: Naus 1965).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, xlogy

Floats = npt.NDArray[np.floating[Any]]
Mask = npt.NDArray[np.bool_]


def likelihood_ratio(
    k1: Floats, n1: Floats, k0: Floats, n0: Floats, *, is_share: Mask | bool
) -> Floats:
    """Return 2 log of the likelihood ratio of two rates against one common to both.

    Args:
        k1: Events in the window.
        n1: Exposure or trials in the window, positive.
        k0: Events before.
        n0: Exposure or trials before, positive.
        is_share: Where the law is binomial; Poisson elsewhere.
    """
    total = (k1 + k0) / (n1 + n0)
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = xlogy(k1, k1 / (n1 * total)) + xlogy(k0, k0 / (n0 * total))
        m1, m0 = np.maximum(n1 - k1, 0), np.maximum(n0 - k0, 0)
        misses = xlogy(m1, m1 / (n1 * (1 - total))) + xlogy(m0, m0 / (n0 * (1 - total)))
    return 2 * (hits + np.where(is_share, misses, 0.0))


def p_value(statistic: Floats, dispersion: Floats) -> Floats:
    """Return the one-sided probability of so large a ratio by chance."""
    return ndtr(-np.sqrt(np.maximum(statistic, 0) / dispersion))


def overdispersion(
    k: Floats, n: Floats, *, is_share: Mask, block: int = 7
) -> tuple[Floats, Floats]:
    """Return the χ² of the steps between blocks of days of each column, and how many they are.

    Steps, not distances from the mean (von Neumann 1941): a slow drift is no overdispersion.

    Args:
        k: Events, days × columns.
        n: Exposure or trials, 0 where a day does not count.
        is_share: Columns whose law is binomial.
        block: Days added up, so that what clusters over some days shows.
    """
    count = len(k) // block
    shape = (count, block, k.shape[1])
    k = k[len(k) - count * block :].reshape(shape).sum(axis=1)
    n = n[len(n) - count * block :].reshape(shape).sum(axis=1)
    rate = k.sum(axis=0) / np.maximum(n.sum(axis=0), 1e-12)
    ratio = n[1:] / np.maximum(n[:-1], 1e-12)
    step = k[1:] - k[:-1] * ratio
    variance = rate * n[1:] * (1 + ratio) * np.where(is_share, np.maximum(1 - rate, 1e-9), 1.0)
    is_told = (variance > 0) & (n[:-1] > 0)
    terms = np.where(is_told, step**2 / np.where(is_told, variance, 1.0), 0.0)
    return terms.sum(axis=0), is_told.sum(axis=0)


def log_odds_of_level(k: Floats, n: Floats, old: float, new: Floats, *, is_share: bool) -> Floats:
    """Return the log of how much likelier k of n are at an old level than at a new one.

    Args:
        k: Events.
        n: Exposure or trials.
        old: Level before, in events per n.
        new: Level against it.
        is_share: Whether the law is binomial.
    """
    most = 1 - 1e-3 if is_share else np.inf
    floor = 0.05 * np.maximum(old, new) + 1e-9
    old, new = np.clip(old, floor, most), np.clip(new, floor, most)
    hits = k * np.log(old / new)
    if is_share:
        return hits + (n - k) * np.log((1 - old) / (1 - new))
    return hits - n * (old - new)
