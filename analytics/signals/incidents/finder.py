"""Finds sudden changes in many daily series at once, day by day, as they could be seen then."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from analytics.signals.discovery import adjusted
from analytics.signals.incidents.declared import GMV, ORDERS
from analytics.signals.incidents.panel import Panel
from analytics.signals.incidents.scan import likelihood_ratio, log_odds_of_level
from analytics.signals.incidents.sums import CleanSums
from analytics.signals.incidents.windows import LENGTHS, TINY, Measure, Windows

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
# Windows that end on the same day overlap: about so many of them tell something of their own.
INDEPENDENT: Final = 4.0
OPEN: Final = -1
CHANGE_COLUMNS: Final = (
    "series", "entity_id", "column", "sign", "start", "found", "end", "closed", "stays",
    "q_value", "before", "level",
)  # fmt: skip


class ChangeFinder(BaseEstimator):
    """Bursts, stops and shifts of level in the series of a panel.

    Every day all windows of 1 to 28 days that end on it are compared with the weeks before. A
    change opens an incident on the first day on which it is surer than both limits. Its days then
    no longer count as usual. It ends when the days since are likelier at the old level, and
    becomes the new usual after `longest` days. What is found by a day follows from the days up to
    it alone, so that a longer history finds the same again.

    Args:
        false_discovery: Expected share of chance among the changes found on a day, by series
            (Benjamini and Hochberg).
        base_days: Days before a window that it is compared with.
        least_base_days: Days that an entity must have existed before.
        least_trials: Outcomes (orders due, reviews) that a share needs in the base.
        end_odds: Log-odds of the old level at which an incident ends.
        longest: Days after which a level is the new usual.
        merge_days: A change of the same sign within so many days of the end continues it.
        prior_blocks: Weeks that a dispersion of 1 weighs against an entity's own.

    Attributes:
        changes_: One row per change in `CHANGE_COLUMNS`; days counted from the panel's first,
            -1 where not yet; `before` and `level` in k per n.
    """

    def __init__(
        self,
        false_discovery: float = 0.1,
        base_days: int = 84,
        least_base_days: int = 28,
        least_trials: float = 20.0,
        end_odds: float = 4.0,
        longest: int = 42,
        merge_days: int = 7,
        prior_blocks: float = 8.0,
    ) -> None:
        self.false_discovery = false_discovery
        self.base_days = base_days
        self.least_base_days = least_base_days
        self.least_trials = least_trials
        self.end_odds = end_odds
        self.longest = longest
        self.merge_days = merge_days
        self.prior_blocks = prior_blocks

    def fit(self, panel: Panel, y: object = None) -> "ChangeFinder":
        """Watch the panel day by day."""
        changes = _Watch(self, panel).run() if len(panel.columns) else []
        self.changes_ = pd.DataFrame([asdict(c) for c in changes], columns=list(CHANGE_COLUMNS))
        return self


@dataclass
class _Change:
    series: str
    entity_id: str
    column: int
    sign: int
    start: int
    found: int
    q_value: float
    before: float
    level: float
    unit: float
    dispersion: float
    end: int = OPEN
    closed: int = OPEN
    stays: bool = False


class _Watch:
    def __init__(self, options: ChangeFinder, panel: Panel) -> None:
        self._options, self._panel = options, panel
        self._sums = CleanSums(panel.k, panel.n)
        self._measure = Measure(
            panel,
            self._sums,
            base_days=options.base_days,
            least_base_days=options.least_base_days,
            least_trials=options.least_trials,
            prior_blocks=options.prior_blocks,
        )
        self._columns = self._measure.columns
        self._is_open = np.zeros(len(panel.columns), dtype=bool)
        self._latest: dict[int, _Change] = {}
        self._changes: list[_Change] = []
        self._series = panel.columns["series"].to_numpy()
        orders = np.flatnonzero(self._series == ORDERS.name)
        self._orders_of = dict(zip(self._columns.entity[orders].tolist(), orders, strict=True))

    def run(self) -> list[_Change]:
        for day in range(len(self._panel.k)):
            self._sums.reach(day)
            for column in np.flatnonzero(self._is_open):
                self._sums.hide(int(column), day, day)
            windows, tests = self._measure.candidates(day, self._is_open)
            if windows is not None:
                self._alarm(windows, tests, day)
            for column in np.flatnonzero(self._is_open):
                self._close(self._latest[int(column)], day)
        return self._changes

    def _alarm(self, windows: Windows, tests: Floats, day: int) -> None:
        p = np.minimum(self._measure.p_values(windows, day) * INDEPENDENT, 1.0)
        order = np.lexsort((p, windows.column))
        best = order[np.r_[True, np.diff(windows.column[order]) > 0]]
        blocks = self._columns.block[windows.column[best]]
        for block in np.unique(blocks):
            of = best[blocks == block]
            q = adjusted(p[of], tests=int(tests[block]))
            sure = (q <= self._options.false_discovery) & (p[of] <= self._limit(windows, of))
            for i, value in zip(of[sure], q[sure], strict=True):
                self._open(windows, int(i), float(value), day)

    def _limit(self, w: Windows, at: Ints) -> Floats:
        column = w.column[at]
        is_rise = w.sign[at] > 0
        return np.where(is_rise, self._columns.limit[column], self._columns.fall_limit[column])

    def _open(self, w: Windows, i: int, q_value: float, day: int) -> None:
        column, sign = int(w.column[i]), int(w.sign[i])
        if self._is_told(column, sign, day):
            return
        start = self._start(column, sign, day)
        earlier = self._latest.get(column)
        if earlier and earlier.sign == sign and start <= earlier.end + self._options.merge_days:
            start, earlier.end, earlier.closed = earlier.end + 1, OPEN, OPEN
        else:
            unit, dispersion = self._measure.spread(w.column[[i]], day)
            change = _Change(
                series=self._series[column],
                entity_id=str(self._panel.columns.at[column, "entity_id"]),
                column=column,
                sign=sign,
                start=start,
                found=day,
                q_value=q_value,
                before=w.k0[i] / w.n0[i],
                level=w.k1[i] / w.n1[i],
                unit=unit[0],
                dispersion=dispersion[0],
            )
            self._changes.append(change)
            self._latest[column] = change
        self._is_open[column] = True
        self._sums.hide(column, start, day)

    def _is_told(self, column: int, sign: int, day: int) -> bool:
        """More money because of more orders is told by the orders already."""
        if self._series[column] != GMV.name:
            return False
        orders = self._latest.get(self._orders_of.get(int(self._columns.entity[column]), OPEN))
        if orders is None or orders.sign != sign:
            return False
        return orders.closed == OPEN or day - orders.end <= LENGTHS[-1]

    def _start(self, column: int, sign: int, day: int) -> int:
        """Return the first day of the window that makes a change likeliest.

        Of those that change enough to matter, if any: a slow season that went before is not the
        start of a burst.
        """
        earliest = max(day - LENGTHS[-1], self._options.least_base_days)
        lows = np.arange(earliest, day + 1)
        base = self._measure.base_of(earliest)
        k1, n1 = self._sums.of(column, lows, day + 1)
        k, n = self._sums.of(column, np.array([base]), day + 1)
        return int(lows[self._likeliest(column, sign, k1, n1, k - k1, n - n1)])

    def _likeliest(
        self, column: int, sign: int, k1: Floats, n1: Floats, k0: Floats, n0: Floats
    ) -> int:
        is_told = (n1 > 0) & (n0 > 0)
        n1, n0 = np.maximum(n1, TINY), np.maximum(n0, TINY)
        expected = k0 * n1 / n0
        is_told &= np.sign(k1 - expected) == sign
        c = self._columns
        if sign > 0:
            matters = is_told & (k1 >= c.ratio[column] * expected)
        else:
            matters = is_told & (k1 * c.fall_ratio[column] <= expected)
        is_share = bool(c.is_share[column])
        ratio = likelihood_ratio(k1, n1, k0, n0, is_share=is_share)
        return int(np.argmax(np.where(matters if matters.any() else is_told, ratio, -1.0)))

    def _close(self, change: _Change, day: int) -> None:
        if day == change.found:
            return
        if day - change.start + 1 >= self._options.longest:
            change.end, change.stays = day, True
            self._sums.restart(change.column, change.start, day)
        elif (end := self._end(change, day)) is not None:
            change.end = end
            self._sums.show(change.column, end + 1, day)
        else:
            return
        change.closed = day
        self._is_open[change.column] = False

    def _end(self, change: _Change, day: int) -> int | None:
        """Return the last day of the new level, once the days since speak for the old one."""
        column, span = change.column, slice(change.start, day + 1)
        k, n = np.cumsum(self._panel.k[span, column]), np.cumsum(self._panel.n[span, column])
        after_k, after_n = (k[-1] - k[:-1]) / change.unit, n[-1] - n[:-1]
        is_share = bool(self._columns.is_share[column])
        # Up to the finding the level is one: of its first days alone it could be anything.
        known = np.maximum(np.arange(len(k) - 1), change.found - change.start)
        level = (k[known] / change.unit + 0.5) / (np.maximum(n[known], TINY) + is_share)
        odds = log_odds_of_level(
            after_k, after_n, change.before / change.unit, level, is_share=is_share
        )
        odds /= change.dispersion
        best = int(np.argmax(odds))
        return change.start + best if odds[best] >= self._options.end_odds else None
