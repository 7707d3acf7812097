"""Scan statistics over many daily series at once: the window that stands out most in each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]

LENGTHS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 21, 24, 28)
UP, DOWN, BOTH = 1, -1, 0


@dataclass(frozen=True)
class Windows:
    """The most striking window of each series.

    Attributes:
        score: Log-likelihood ratio of "another level inside" against "one level", 0 where none.
        start: First day of the window; stop: the day after its last.
        inside: Level within it; outside: in the days around it.
        direction: 1 up, −1 down.
    """

    score: Floats
    start: Ints
    stop: Ints
    inside: Floats
    outside: Floats
    direction: Ints

    def __len__(self) -> int:
        return len(self.score)


@dataclass(frozen=True)
class _Sums:
    """Sums inside each window and in the days around it, for all series and starts."""

    events: Floats
    exposure: Floats
    squares: Floats
    events_out: Floats
    exposure_out: Floats
    squares_out: Floats


Score = Callable[[_Sums], tuple[Floats, Floats, Floats]]
"""Gives the score, the level inside and the level outside."""


def scan_counts(
    events: Floats,
    exposure: Floats,
    *,
    context: int,
    change: float = 1.0,
    direction: int = BOTH,
    least: float = 5.0,
) -> Windows:
    """Find bursts and stops of counts, taken as Poisson with the exposure as known shape.

    Kulldorff (1997), "A spatial scan statistic", in time and within the days around a window:
    c ln(c/e) + c' ln(c'/e') − (c + c') ln((c + c')/(e + e')) for c events of exposure e inside and
    c', e' outside; divided by the dispersion where the series clumps more than Poisson.

    Args:
        events: (series, days).
        exposure: What would be expected if the level never changed, up to a factor; (series, days).
            0 where the series was not there.
        context: Days before and after a window that it is compared with.
        change: Factor by which the level must at least rise or fall.
        direction: Which changes are looked for.
        least: Fewest events outside, as no level is known from less.
    """

    clumping = dispersion(events, exposure)

    def score(sums: _Sums) -> tuple[Floats, Floats, Floats]:
        inside = _ratio(sums.events, sums.exposure)
        outside = _ratio(sums.events_out, sums.exposure_out)
        both = _ratio(sums.events + sums.events_out, sums.exposure + sums.exposure_out)
        gain = _log_times(sums.events, inside) + _log_times(sums.events_out, outside)
        gain = (gain - _log_times(sums.events + sums.events_out, both)) / clumping[:, None]
        small = (inside < change * outside) & (outside < change * inside)
        gain[small | (sums.events_out < least) | (sums.exposure <= 0)] = 0
        return gain, inside, outside

    return _scan(events, exposure, np.zeros_like(events), score, context, direction)


def scan_shares(
    hits: Floats,
    trials: Floats,
    *,
    context: int,
    change: float = 0.0,
    direction: int = UP,
    least: float = 10.0,
) -> Windows:
    """Find changes of a share (late, refunded, cancelled), taken as binomial.

    The Bernoulli model of Kulldorff (1997).

    Args:
        hits: (series, days).
        trials: (series, days).
        context: Days before and after a window that it is compared with.
        change: By how much the share must at least change, as a difference of shares.
        direction: Which changes are looked for.
        least: Fewest trials outside.
    """

    def likelihood(k: Floats, n: Floats) -> Floats:
        share = _ratio(k, n)
        return _log_times(k, share) + _log_times(n - k, 1 - share)

    def score(sums: _Sums) -> tuple[Floats, Floats, Floats]:
        gain = likelihood(sums.events, sums.exposure)
        gain += likelihood(sums.events_out, sums.exposure_out)
        gain -= likelihood(sums.events + sums.events_out, sums.exposure + sums.exposure_out)
        inside = _ratio(sums.events, sums.exposure)
        outside = _ratio(sums.events_out, sums.exposure_out)
        small = np.abs(inside - outside) < change
        gain[small | (sums.exposure_out < least) | (sums.exposure <= 0)] = 0
        return gain, inside, outside

    return _scan(hits, trials, np.zeros_like(hits), score, context, direction)


def scan_means(
    totals: Floats,
    counts: Floats,
    squares: Floats,
    *,
    context: int,
    least_sd: float,
    change: float = 0.0,
    direction: int = BOTH,
    least: float = 10.0,
) -> Windows:
    """Find changes of a mean (rating, price, views), taken as normal with one variance.

    n/2 ln(S/(S_in + S_out)) for the sums of squares about one mean and about two.

    Args:
        totals: Sums of the values of each day, (series, days).
        counts: How many values.
        squares: Sums of their squares.
        context: Days before and after a window that it is compared with.
        least_sd: Standard deviation below which no series is believed to be.
        change: By how much the mean must at least change.
        direction: Which changes are looked for.
        least: Fewest values outside.
    """

    def score(sums: _Sums) -> tuple[Floats, Floats, Floats]:
        n, n_out = sums.exposure, sums.exposure_out
        inside, outside = _ratio(sums.events, n), _ratio(sums.events_out, n_out)
        within = sums.squares - n * inside**2 + sums.squares_out - n_out * outside**2
        within = np.maximum(within, (n + n_out) * least_sd**2)
        between = _ratio(n * n_out, n + n_out) * (inside - outside) ** 2
        gain = (n + n_out) / 2 * np.log1p(_ratio(between, within))
        gain[(np.abs(inside - outside) < change) | (n_out < least) | (n <= 0)] = 0
        return gain, inside, outside

    return _scan(totals, counts, squares, score, context, direction)


def dispersion(events: Floats, exposure: Floats) -> Floats:
    """Variance of weekly counts over their mean, at least 1, (series,).

    From the middle of the deviations of all weeks (median absolute deviation), which a few unusual
    weeks do not move.
    """
    weeks = events.shape[1] // 7
    if not weeks:
        return np.ones(len(events))
    counts, shape = (
        values[:, values.shape[1] - 7 * weeks :].reshape(len(values), weeks, 7).sum(axis=2)
        for values in (events, exposure)
    )
    level = _ratio(counts.sum(axis=1), shape.sum(axis=1))[:, None]
    expected = level * shape
    residual = np.abs(counts - expected) / np.sqrt(np.maximum(expected, 1e-12))
    residual[expected <= 0] = np.nan
    nothing = np.isnan(residual).all(axis=1)
    residual[nothing] = 0
    return np.maximum((1.4826 * np.nanmedian(residual, axis=1)) ** 2, 1.0)


def _scan(
    events: Floats,
    exposure: Floats,
    squares: Floats,
    score: Score,
    context: int,
    direction: int,
) -> Windows:
    series, days = events.shape
    best = Windows(
        score=np.zeros(series),
        start=np.zeros(series, dtype=np.int64),
        stop=np.zeros(series, dtype=np.int64),
        inside=np.zeros(series),
        outside=np.zeros(series),
        direction=np.zeros(series, dtype=np.int64),
    )
    if not series or not days:
        return best
    rows = np.arange(series)
    for length, sums in _sums(events, exposure, squares, context):
        gain, inside, outside = score(sums)
        if direction:
            gain[np.sign(inside - outside) != direction] = 0
        at = gain.argmax(axis=1)
        reached = gain[rows, at]
        better = reached > best.score + 1e-9
        where, start = rows[better], at[better]
        best.score[better] = reached[better]
        best.start[better], best.stop[better] = start, start + length
        best.inside[better] = inside[where, start]
        best.outside[better] = outside[where, start]
        best.direction[better] = np.sign(inside - outside)[where, start].astype(np.int64)
    return best


def _sums(
    events: Floats, exposure: Floats, squares: Floats, context: int
) -> Iterator[tuple[int, _Sums]]:
    days = events.shape[1]
    running = [_running(values) for values in (events, exposure, squares)]
    for length in LENGTHS:
        if length >= days:
            break
        start = np.arange(days - length + 1)
        low = np.maximum(start - context, 0)
        high = np.minimum(start + length + context, days)
        inside = [total[:, start + length] - total[:, start] for total in running]
        around = [
            total[:, high] - total[:, low] - part
            for total, part in zip(running, inside, strict=True)
        ]
        yield length, _Sums(*inside, *around)


def _running(values: Floats) -> Floats:
    total = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    return total


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def _log_times(count: Floats, rate: Floats) -> Floats:
    """Count × ln(rate), 0 for no count."""
    log = np.log(rate, out=np.zeros_like(rate), where=(rate > 0) & (count > 0))
    return count * log
