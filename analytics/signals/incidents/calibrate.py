"""How likely a score is by chance, learned from the many series in which nothing happened."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

GROUP: Final = 150
MOST_GROUPS: Final = 10
# Two points of the scores that fix the law: in a small group a true incident is a large share.
POINTS: Final = (0.5, 0.8)
POINTS_OF_FEW: Final = (0.25, 0.5)
# A log-likelihood ratio falls off no faster than exp(−x) (Wilks), so a narrower law is luck.
LEAST_SCALE: Final = 1.0
FEWEST: Final = 8
# With too few series to learn from: the place of 400 independent windows, twice Wilks' width.
FALLBACK: Final = (12.0, 2.0)


class EmpiricalNull:
    """How high the best score of a series is when nothing happens, by the size of the series.

    The largest score of many windows follows a Gumbel law (Abrams, Kulldorff and Kleinman 2010,
    "Gumbel based p-value approximations for spatial scan statistics"). Its place and width are
    those of the middle of the scores themselves, an empirical null (Efron 2004, "Large-scale
    simultaneous hypothesis testing"): what is usual here, drift and clumps included, is no
    incident, and up to a fifth of true ones does not move it.

    Args:
        scores: Of the best window of each series; 0 where no window changed enough, (series,).
        volume: Size of each series; those of like size are compared, (series,).
    """

    def __init__(self, scores: Floats, volume: Floats) -> None:
        groups = max(1, min(MOST_GROUPS, len(scores) // GROUP))
        order = np.argsort(volume, kind="stable")
        parts = np.array_split(order, groups)
        self._edges = np.array([volume[part[-1]] for part in parts[:-1]])
        self._laws = [_law(scores[part]) for part in parts]

    def p_values(self, scores: Floats, volume: Floats) -> Floats:
        """Chance of a score at least as high in a series of that size in which nothing happens."""
        group = np.searchsorted(self._edges, volume, side="left")
        share, place, scale = np.array(self._laws)[group].reshape(-1, 3).T
        above = -np.expm1(-np.exp(-(scores - place) / scale))
        return np.where(scores > 0, share * above, 1.0)


def _law(scores: Floats) -> tuple[float, float, float]:
    """Share of series with any score, and place and scale of the Gumbel law of those."""
    found = scores[scores > 0]
    if len(found) < FEWEST:
        return len(found) / max(len(scores), 1), *FALLBACK
    points = POINTS if len(found) >= GROUP / 3 else POINTS_OF_FEW
    low, high = np.quantile(found, points)
    below, above = (-np.log(-np.log(point)) for point in points)
    scale = max(float(high - low) / (above - below), LEAST_SCALE)
    return len(found) / len(scores), float(low) - below * scale, scale
