"""Windows of the last days that differ from the weeks before, and how surely."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from analytics.signals.incidents.declared import BY_NAME, CATEGORY_KIND, GMV
from analytics.signals.incidents.panel import Panel
from analytics.signals.incidents.scan import likelihood_ratio, overdispersion, p_value
from analytics.signals.incidents.sums import CleanSums

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]
LENGTHS: Final = (1, 2, 3, 5, 7, 11, 17, 28)
TINY: Final = 1e-12
WEEK: Final = 7
PEAK_WEEKS, LEAST_WEEKS = 1, 6
# A category has a season of its own, which the others do not tell.
CATEGORY_RATIO: Final = 2.0
# A fall over many days may be a slow decline: it must be so much surer.
SLOW_DAYS, SLOW_WEIGHT = 14, 2.5
# Others that weigh as much as the marketplace's own history when a trend is judged.
TRUST: Final = 20.0
MOST_TREND: Final = 20.0


@dataclass(frozen=True)
class Windows:
    """Windows of single columns that end on the same day, with the base before each.

    Attributes:
        column: Column of the panel.
        sign: 1 for a rise, -1 for a fall.
        low: First day of the window; base: first day of its base.
        k1: Events in the window; n1: exposure or trials; k0, n0: the same of the base.
    """

    column: Ints
    sign: Ints
    low: Ints
    base: Ints
    k1: Floats
    n1: Floats
    k0: Floats
    n0: Floats


def join(parts: Sequence[Windows]) -> Windows:
    """Return the windows of all parts."""
    return Windows(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Windows)))


class Columns:
    """What is declared of each column of a panel, as arrays."""

    def __init__(self, panel: Panel) -> None:
        declared = [BY_NAME[name] for name in panel.columns["series"]]
        self.is_share: Mask = np.array([s.law == "share" for s in declared], dtype=bool)
        self.is_money: Mask = np.array([s is GMV for s in declared], dtype=bool)
        usual = CATEGORY_RATIO if panel.kind == CATEGORY_KIND else 1.0
        self.ratio: Floats = np.array([max(s.least_ratio, usual) for s in declared])
        self.fall_ratio: Floats = np.array([max(s.fall_ratio, usual) for s in declared])
        self.rise: Floats = np.array([s.least_rise for s in declared])
        self.gap: Floats = np.array([s.least_gap for s in declared])
        self.events: Floats = np.array([s.least_events for s in declared])
        self.limit: Floats = np.array([s.limit for s in declared])
        self.fall_limit: Floats = np.array([s.fall_limit for s in declared])
        self.entity: Ints = panel.columns["entity"].to_numpy()
        self.group: Ints = panel.columns["group"].to_numpy()
        self.block: Ints = panel.columns["block"].to_numpy()
        self.first: Ints = panel.columns["first"].to_numpy()


class Measure:
    """Measures windows of a panel.

    Args:
        panel: The series.
        sums: Its clean sums, which whoever watches moves on.
        base_days: Length of the base.
        least_base_days: Fewest days that an entity must have existed before the window.
        least_trials: Fewest trials of a share in the base.
        prior_blocks: Weeks that a dispersion of 1 weighs against the entity's own.
    """

    def __init__(
        self,
        panel: Panel,
        sums: CleanSums,
        *,
        base_days: int,
        least_base_days: int,
        least_trials: float,
        prior_blocks: float,
    ) -> None:
        self.columns, self._panel, self._sums = Columns(panel), panel, sums
        self._base_days, self._least_base_days = base_days, least_base_days
        self._least_trials, self._prior_blocks = least_trials, prior_blocks
        self._others_k, self._others_n = _running(panel.others_k), _running(panel.others_n)
        self._orders = _running(panel.orders)
        self._money = np.flatnonzero(self.columns.is_money)

    def base_of(self, low: int) -> int:
        """Return the first day of the base of a window that begins at `low`."""
        return max(low - self._base_days, 0)

    def candidates(self, day: int, skip: Mask) -> tuple[Windows | None, Floats]:
        """Return the windows up to `day` that could matter, and how many tests each series made.

        Args:
            day: Last day of the windows.
            skip: Columns that are left out.
        """
        parts, tests = [], np.zeros(int(self.columns.block.max(initial=0)) + 1)
        for length in LENGTHS:
            low = day + 1 - length
            if low < self._least_base_days:
                break
            k1, n1 = self._sums.over(low, day + 1)
            k0, n0 = self._sums.over(self.base_of(low), low)
            able = self._is_able(low, day, k0 + k1, n0, n1)
            made = np.bincount(self.columns.block[able], minlength=len(tests))
            tests = np.maximum(tests, made)
            parts += self._far(low, able & ~skip, k1, n1, k0, n0)
        return (join(parts) if parts else None), tests

    def _is_able(self, low: int, day: int, events: Floats, n0: Floats, n1: Floats) -> Mask:
        c = self.columns
        if len(self._money):
            orders = self._orders[day + 1] - self._orders[self.base_of(low)]
            events = events.copy()
            events[self._money] = orders[c.entity[self._money]]
        able = (c.first <= low - self._least_base_days) & (n0 > 0) & (n1 > 0)
        able &= events >= c.events
        return able & (~c.is_share | (n0 >= self._least_trials))

    def _far(
        self, low: int, able: Mask, k1: Floats, n1: Floats, k0: Floats, n0: Floats
    ) -> list[Windows]:
        """A Pearson residual of 3 is needed for any p-value that is reported (rises)."""
        c = self.columns
        expected = k0 * n1 / np.maximum(n0, TINY)
        gap = k1 - expected
        far = gap * gap
        up = able & (gap > 0) & (far >= 9 * expected) & (k1 >= c.ratio * expected)
        up &= (gap >= c.rise * n1) & (gap >= c.gap)
        down = (
            able
            & (c.fall_limit > 0)
            & (gap < 0)
            & (far >= 5 * expected)
            & (k1 * c.fall_ratio <= expected)
        )
        parts = []
        for sign, hit in ((1, up), (-1, down)):
            at = np.flatnonzero(hit)
            if len(at):
                one = np.ones(len(at), dtype=np.int64)
                parts.append(
                    Windows(
                        at, sign * one, low * one, self.base_of(low) * one,
                        k1[at], n1[at], k0[at], n0[at],
                    )
                )  # fmt: skip
        return parts

    def p_values(self, w: Windows, day: int) -> Floats:
        """Return the probability of each window by chance, 1 where its change does not matter."""
        c = self.columns
        unit, dispersion = self.spread(w.column, day)
        k0, n0 = self._under_trend(w, day), w.n0.copy()
        falls = w.sign < 0
        k0[falls], n0[falls] = self._without_peaks(w.column[falls], day)
        k0, k1 = k0 / unit, np.maximum(w.k1 / unit - 0.5 * w.sign, 0)
        able = n0 > 0
        n0 = np.maximum(n0, TINY)
        statistic = likelihood_ratio(k1, w.n1, k0, n0, is_share=c.is_share[w.column])
        gap = w.sign * (w.k1 / unit - k0 * w.n1 / n0)
        able &= (np.sign(k1 / w.n1 - k0 / n0) == w.sign) & (gap >= c.gap[w.column])
        p = p_value(statistic, dispersion)
        p[falls & (day + 1 - w.low > SLOW_DAYS)] *= SLOW_WEIGHT
        return np.where(able, p, 1.0)

    def spread(self, column: Ints, day: int) -> tuple[Floats, Floats]:
        """Return the unit in which events count, and the overdispersion of the base.

        Money counts in units of Σ value² ÷ Σ value of its orders: a compound Poisson sum in these
        units has the mean of its variance (quasi-Poisson). One dear order is then one event.
        """
        c = self.columns
        unique, place = np.unique(column, return_inverse=True)
        low, high = self._settled(day)
        unit = np.ones(len(unique))
        money = c.is_money[unique]
        if money.any():
            of = c.entity[unique[money]]
            squares = self._panel.squares[low : day + 1][:, of].sum(axis=0)
            sums = self._panel.gmv[low : day + 1][:, of].sum(axis=0)
            unit[money] = np.maximum(squares / np.maximum(sums, TINY), TINY)
        k, n = self._sums.k[low:high, unique] / unit, self._sums.n[low:high, unique]
        chi, free = overdispersion(k, n, is_share=c.is_share[unique])
        prior = self._prior_blocks
        return unit[place], np.maximum((chi + prior) / (free + prior), 1.0)[place]

    def _without_peaks(self, column: Ints, day: int) -> tuple[Floats, Floats]:
        """Base of falls without its best week: the end of a burst is not a fall.

        Nothing where less than six weeks are left.
        """
        low, high = self._settled(day)
        weeks = (high - low) // WEEK
        shape = (weeks, WEEK, len(column))
        span = slice(high - weeks * WEEK, high)
        k = self._sums.k[span, column].reshape(shape).sum(axis=1)
        n = self._sums.n[span, column].reshape(shape).sum(axis=1)
        rates = np.where(n > 0, k / np.maximum(n, TINY), -1.0)
        order = np.argsort(rates, axis=0)[: max(weeks - PEAK_WEEKS, 0)]
        n0 = np.take_along_axis(n, order, axis=0)
        k0 = np.take_along_axis(k, order, axis=0).sum(axis=0)
        is_enough = (n0 > 0).sum(axis=0) >= LEAST_WEEKS
        return np.where(is_enough, k0, 0.0), np.where(is_enough, n0.sum(axis=0), 0.0)

    def _settled(self, day: int) -> tuple[int, int]:
        """First day of the base, and first day after it, of the longest window up to `day`."""
        high = max(day + 1 - LENGTHS[-1], self._least_base_days)
        return self.base_of(high), high

    def _under_trend(self, w: Windows, day: int) -> Floats:
        """Events of the base as they would be had the others' worsening happened there, too.

        Exposures follow the others day by day already, so this concerns shares only.
        """
        at = (self.columns.block[w.column], self.columns.group[w.column])
        shares = []
        for k, n, high, low in (
            (w.k1, w.n1, np.full(len(w.column), day + 1), w.low), (w.k0, w.n0, w.low, w.base),
        ):  # fmt: skip
            others_k = np.maximum(self._others_k[high, *at] - self._others_k[low, *at] - k, 0)
            others_n = np.maximum(self._others_n[high, *at] - self._others_n[low, *at] - n, 0)
            shares.append((others_k, others_n))
        (k1, n1), (k0, n0) = shares
        usual = (k0 + 0.5) / (n0 + 1)
        factor = np.clip((k1 + TRUST * usual) / ((n1 + TRUST) * usual), 1, MOST_TREND)
        raised = np.minimum(w.k0 * factor, 0.98 * w.n0)
        return np.where(self.columns.is_share[w.column], raised, w.k0)


def _running(daily: Floats) -> Floats:
    return np.concatenate([np.zeros((1, *daily.shape[1:])), np.cumsum(daily, axis=0, dtype=float)])
