"""Changes in words' reach: levels before and after, what is at stake, and the days around each."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.signals.incidents.declared import BY_NAME, DOWN, GMV, UP
from analytics.signals.incidents.finder import OPEN
from analytics.signals.incidents.panel import Panel

Floats = npt.NDArray[np.floating[Any]]
# One row per incident.
# - started_on: day of the orders since which it holds; seen_on: first day on which the series shows
#   it; found_on: day on which it was sure; ended_on: its last day, null while it is open.
# - status: open, ended, or usual (it stayed so long that it is the usual now).
# - before, level: orders, money, refunds ... a day (`before` as the others' days and the orders due
#   would have had it), or the share of orders or reviews.
# - events, expected: orders, money, refunds, late orders ... of its days, and how many were usual.
# - gmv_at_stake: GMV of the orders (refunds ...) more or fewer than usual, or the part of the GMV
#   since it started that was hit more than usual.
INCIDENT_COLUMNS: Final = (
    "incident_id", ENTITY_TYPE, ENTITY_ID, "series", "direction", "started_on", "seen_on",
    "found_on", "ended_on", "status", "q_value", "before", "level", "events", "expected",
    "gmv_at_stake",
)  # fmt: skip
# The days around each: events, how many were usual, and of how many (null where not a share).
SERIES_COLUMNS: Final = ("incident_id", "day", "value", "usual", "trials")
_NUMBERS: Final = ("q_value", "before", "level", "events", "expected", "gmv_at_stake")
SHOWN_BEFORE: Final = 56
SHOWN_AFTER: Final = 21


@dataclass(frozen=True)
class Described:
    """Incidents in `INCIDENT_COLUMNS` and the days around them in `SERIES_COLUMNS`."""

    incidents: pd.DataFrame
    series: pd.DataFrame


def describe(panel: Panel, changes: pd.DataFrame) -> Described:
    """Describe the changes of one kind of entity.

    Args:
        panel: Where they were found.
        changes: `finder.CHANGE_COLUMNS` with days since 1970, entity_type and started.
    """
    rows = [_Change(panel, change) for change in changes.itertuples()]
    incidents = pd.DataFrame([r.row() for r in rows], columns=list(INCIDENT_COLUMNS))
    incidents = incidents.astype(dict.fromkeys(_NUMBERS, "float64"))
    for name in ("started_on", "seen_on", "found_on", "ended_on"):
        incidents[name] = as_dates(incidents[name])
    return Described(incidents, _series(rows))


def incident_id(entity_type: str, entity_id: str, series: str, sign: int, seen: int) -> str:
    """Return a name that an incident keeps as long as it is found again on the same days."""
    key = "\x1f".join((entity_type, entity_id, series, str(sign), str(seen)))
    return blake2b(key.encode(), digest_size=8).hexdigest()


def _series(rows: Sequence["_Change"]) -> pd.DataFrame:
    parts = [r.days() for r in rows]
    cells = [np.concatenate(column) for column in zip(*parts, strict=True)] or [np.zeros(0)] * 4
    day, *numbers = cells
    ids = [r.incident_id for r in rows]
    repeated = np.repeat(np.array(ids, dtype=object), [len(part[0]) for part in parts])
    columns = dict(zip(SERIES_COLUMNS, (repeated, as_dates(pd.Series(day)), *numbers), strict=True))
    return pd.DataFrame(columns)


def as_dates(days: pd.Series) -> pd.Series:
    """Return days since 1970 as times."""
    dates = pd.to_datetime(days.astype("float64"), unit="D", origin="unix")
    return dates.astype("datetime64[us]")


class _Change:
    def __init__(self, panel: Panel, change: Any) -> None:
        self._panel, self._change = panel, change
        self._is_daily = BY_NAME[change.series].law == "count"
        self._entity = int(panel.columns["entity"].to_numpy()[change.column])
        last = len(panel.k) - 1
        self._start = change.start - panel.first_day
        self._end = last if change.end == OPEN else change.end - panel.first_day
        self.incident_id = incident_id(
            change.entity_type, change.entity_id, change.series, change.sign, change.start
        )

    def _sums(self) -> tuple[float, float, float]:
        """Return events, how many were usual, and exposure, trials or days of the incident."""
        span = slice(self._start, self._end + 1)
        k = float(self._panel.k[span, self._change.column].sum())
        n = float(self._panel.n[span, self._change.column].sum())
        return (
            k,
            self._change.before * n,
            float(self._end - self._start + 1) if self._is_daily else n,
        )

    def row(self) -> tuple[Any, ...]:
        c = self._change
        events, expected, of = self._sums()
        level, before = events / max(of, 1e-9), expected / max(of, 1e-9)
        status = "open" if c.end == OPEN else "usual" if c.stays else "ended"
        return (
            self.incident_id, c.entity_type, c.entity_id, c.series, UP if c.sign > 0 else DOWN,
            c.started, c.start, c.found, np.nan if c.end == OPEN else c.end, status, c.q_value,
            before, level, events, expected, self._at_stake(events - expected, level - before),
        )  # fmt: skip

    def _at_stake(self, more: float, rise: float) -> float:
        if self._change.series == GMV.name:
            return abs(more)
        gmv, orders = self._panel.gmv[:, self._entity], self._panel.orders[:, self._entity]
        if self._is_daily:
            seen = slice(max(self._start - SHOWN_BEFORE, 0), self._end + 1)
            return abs(more) * float(gmv[seen].sum()) / max(float(orders[seen].sum()), 1.0)
        started = max(self._change.started - self._panel.first_day, 0)
        return max(rise, 0.0) * float(gmv[started : self._end + 1].sum())

    def days(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return day, value, usual and trials of the days around it."""
        span = slice(max(self._start - SHOWN_BEFORE, 0), self._end + 1 + SHOWN_AFTER)
        k = self._panel.k[span, self._change.column]
        n = self._panel.n[span, self._change.column]
        day = self._panel.first_day + span.start + np.arange(len(k))
        trials = np.full(len(k), np.nan) if self._is_daily else n
        return day, k, self._change.before * n, trials
