"""The highest burst of each sequence, and what came before and after it."""

from typing import Final

import numpy as np

from analytics.signals.sequence.event_log import EventLog, Floats
from analytics.signals.sequence.kinds import ACCOUNT, ACTIVITY, TROUBLE
from analytics.signals.sequence.stretches import highest, totals, within

WINDOWS: Final = (2.0, 7.0, 21.0)
BEFORE, AFTER = 14.0, 45.0  # days around a burst


class Bursts:
    """The highest burst of each entity's activity, and what came around it.

    A burst is a window of `WINDOWS` days with more orders than the entity's own pace explains; its
    height is 2 (√n − √expected), about a standard normal deviate (Anscombe 1948). Without orders
    all events are activity.
    """

    def __init__(self, log: EventLog, moments: Floats) -> None:
        self.log = log
        own = log.where(log.is_any((ACTIVITY,)))
        own = own if len(own) else log
        opened = np.full(log.size, np.inf)
        np.minimum.at(opened, log.code, log.at)
        pace = totals(own, np.ones(len(own))) / np.maximum(moments - opened, 1.0)
        height, self.days = np.full(len(own), -np.inf), np.zeros(len(own))
        for days in WINDOWS:
            expected = np.maximum(pace[own.code] * days, 1.0)
            found = 2 * (np.sqrt(within(own, days)) - np.sqrt(expected))
            self.days = np.where(found > height, days, self.days)
            height = np.maximum(found, height)
        self.height, self.end, self.start, self.orders = self._highest(own, height)

    def trouble(self) -> Floats:
        """Return the height times the trouble an order of the burst led to, at most 3."""
        trouble = self._around(TROUBLE, self.end + AFTER)
        return self.height * np.minimum(trouble / (self.orders + 5.0), 3.0)

    def account(self) -> Floats:
        """Return the changes of the account in the two weeks before the burst and during it."""
        return self._around(ACCOUNT, self.end, BEFORE)

    def _highest(self, own: EventLog, height: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        best = np.zeros(own.size)
        end, start = np.full(own.size, np.nan), np.full(own.size, np.nan)
        top = highest(own, height)
        code = own.code[top]
        best[code] = np.maximum(height[top], 0.0)
        end[code], start[code] = own.at[top], own.at[top] - self.days[top]
        inside = (own.at > start[own.code]) & (own.at <= end[own.code])
        return best, end, start, totals(own, inside.astype(float))

    def _around(self, kinds: tuple[str, ...], until: Floats, before: float = 0.0) -> Floats:
        log = self.log
        is_near = (log.at > self.start[log.code] - before) & (log.at <= until[log.code])
        return totals(log, (is_near & log.is_any(kinds)).astype(float))
