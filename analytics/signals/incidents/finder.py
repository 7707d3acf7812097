"""Finds incidents: what changed, for whom, since when, how surely."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.errors import InputError
from analytics.signals.discovery import adjusted
from analytics.signals.incidents.calibrate import EmpiricalNull
from analytics.signals.incidents.causes import add_causes
from analytics.signals.incidents.scan import (
    DOWN,
    UP,
    Windows,
    scan_counts,
    scan_means,
    scan_shares,
)
from analytics.signals.incidents.series import COUNTS, SHARES, Series, SeriesReader

COLUMNS: Final = (
    "entity_type", "entity_id", "measure", "direction", "start", "stop", "days",
    "inside", "outside", "change", "score", "p", "q",
)  # fmt: skip
DIRECTIONS: Final = {UP: "up", DOWN: "down"}
MONTH: Final = 365.25 / 12
LEAST_PRODUCTS: Final = 3

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Measure:
    """What of a series is an incident.

    Attributes:
        directions: Which changes; of a rate of trouble only a rise.
        change: Least change worth telling: a factor for counts, a difference for the others.
    """

    directions: tuple[int, ...]
    change: float


MEASURES: Final[Mapping[str, Measure]] = {
    "orders": Measure((UP,), 1.8),
    "gmv": Measure((UP,), 1.8),
    "all_orders": Measure((DOWN,), 2.0),
    "late_rate": Measure((UP,), 0.15),
    "refund_rate": Measure((UP,), 0.10),
    "cancellation_rate": Measure((UP,), 0.15),
    "low_rating_rate": Measure((UP,), 0.20),
    "price_rise_rate": Measure((UP,), 0.50),
    "price_cut_rate": Measure((UP,), 0.50),
    "views": Measure((UP, DOWN), 1.0),
}


@dataclass(frozen=True)
class IncidentOptions:
    """How incidents are told from chance.

    Attributes:
        days: Length of the history looked at.
        least: Fewest order lines, reviews or contents of an entity that is looked at.
        false_per_1000: False incidents of each measure that chance may give in 1,000 months of an
            entity.
        count_context: Days before and after a window that counts are compared with.
        rate_context: The same for rates and means, which drift less and are sparser.
        rounds: Most incidents of one series.
    """

    days: int = 365
    least: int = 30
    false_per_1000: float = 0.1
    count_context: int = 70
    rate_context: int = 140
    rounds: int = 3

    def __post_init__(self) -> None:
        if self.false_per_1000 <= 0:
            raise InputError("The false incidents allowed must be more than 0.")

    @property
    def level(self) -> float:
        """The p-value of a whole series up to which its best window is an incident."""
        return self.false_per_1000 * self.days / MONTH / 1_000


@dataclass(frozen=True)
class Incidents:
    """What was found, and among what.

    Attributes:
        found: One row per incident, the surest first: entity_type, entity_id, measure, direction,
            start and stop (stop is the first day after), days, inside and outside (level; counts
            per day), change (factor or difference), score, p, q, gmv_at_stake, before (what
            happened in the three days before the start or on it, as a list).
        monitored: entity_type, measure, entities, entity_months.
        skipped: Measure → why it could not be read.
    """

    found: pd.DataFrame
    monitored: pd.DataFrame
    skipped: Mapping[str, str]
    as_of: datetime


def find_incidents(
    tables: Mapping[str, Path],
    as_of: datetime,
    options: IncidentOptions | None = None,
    *,
    threads: int = 1,
    memory_limit: str = "2GB",
) -> Incidents:
    """Look for incidents in all daily series as of a moment.

    Args:
        tables: Name in the contract → parquet file; what is missing is skipped and said.
        as_of: Naive UTC; nothing later is looked at.
        options: How incidents are told from chance.
        threads: Threads of DuckDB.
        memory_limit: Beyond it DuckDB spills to disk.

    Raises:
        InputError: There are neither orders nor contents, or a table cannot be read.
    """
    options = options or IncidentOptions()
    reader = SeriesReader(tables, as_of, options.days, options.least, threads, memory_limit)
    kept: dict[tuple[str, str, int], list[tuple[Series, Windows]]] = {}
    for series in reader.read():
        for direction in MEASURES[series.name].directions:
            key = (series.entity_type, series.name, direction)
            kept.setdefault(key, []).append((series, look(series, direction, options)))
    parts = [_significant(scanned, key[2], options) for key, scanned in kept.items()]
    monitored = [_monitored(key, scanned) for key, scanned in kept.items()]
    found = pd.concat(parts) if parts else pd.DataFrame(columns=list(COLUMNS))
    found = _without_echoes(found)
    origin = pd.Timestamp(reader.first_day)
    for column in ("start", "stop"):
        found[column] = origin + pd.to_timedelta(found[column].astype(int), unit="D")
    found = found.sort_values(["p", "entity_type", "entity_id", "measure", "start"])
    found = add_causes(found.reset_index(drop=True), tables, as_of, threads=threads)
    found = found[_is_broad(found)].reset_index(drop=True)
    columns = ["entity_type", "measure", "entities", "entity_months"]
    frame = pd.DataFrame(monitored, columns=columns).drop_duplicates(["entity_type", "measure"])
    return Incidents(found, frame.reset_index(drop=True), dict(reader.skipped), as_of)


def look(series: Series, direction: int, options: IncidentOptions) -> Windows:
    """Return the most striking window of each of the series."""
    change = MEASURES[series.name].change
    if series.family == COUNTS:
        return scan_counts(
            series.events, series.exposure, context=options.count_context, change=change,
            direction=direction,
        )  # fmt: skip
    context = options.rate_context
    if series.family == SHARES:
        return scan_shares(
            series.events, series.exposure, context=context, change=change, direction=direction
        )
    return scan_means(
        series.events, series.exposure, series.squares, context=context, least_sd=0.5,
        change=change, direction=direction,
    )  # fmt: skip


def _significant(
    scanned: list[tuple[Series, Windows]], direction: int, options: IncidentOptions
) -> pd.DataFrame:
    """Incidents of one measure over all chunks, several of a series where there are."""
    score = np.concatenate([windows.score for _, windows in scanned])
    volume = [_volume(series) for series, _ in scanned]
    null = EmpiricalNull(score, np.concatenate(volume))
    level = options.level
    p = [null.p_values(windows.score, size) for (_, windows), size in zip(scanned, volume, strict=True)]
    q = np.split(adjusted(np.concatenate(p)), np.cumsum([len(part) for part in p])[:-1])
    rows = []
    for (series, windows), size, p_part, q_part in zip(scanned, volume, p, q, strict=True):
        which = np.flatnonzero(p_part <= level)
        rows.append(_rows(series, windows, which, p_part, q_part))
        rows += _further(series, windows, which, size, null, direction, options)
    return pd.concat(rows)


def _further(
    series: Series,
    windows: Windows,
    which: npt.NDArray[np.integer[Any]],
    size: Floats,
    null: EmpiricalNull,
    direction: int,
    options: IncidentOptions,
) -> list[pd.DataFrame]:
    """Look again at the series with an incident, with the days of the incident left out."""
    rows: list[pd.DataFrame] = []
    for _ in range(options.rounds - 1):
        if not len(which):
            break
        series, size = _without(series, windows, which), size[which]
        windows = look(series, direction, options)
        p = null.p_values(windows.score, size)
        which = np.flatnonzero(p <= options.level)
        # A second look is made only where there was a first incident: no q-value of its own.
        rows.append(_rows(series, windows, which, p, np.full(len(p), np.nan)))
    return rows


def _without(
    series: Series, windows: Windows, which: npt.NDArray[np.integer[Any]]
) -> Series:
    day = np.arange(series.days)
    inside = (day >= windows.start[which, None]) & (day < windows.stop[which, None])
    cut = {
        name: np.where(inside, 0, getattr(series, name)[which])
        for name in ("events", "exposure", "squares", "amount")
    }
    return replace(series, ids=series.ids[which], **cut)


def _rows(
    series: Series,
    windows: Windows,
    which: npt.NDArray[np.integer[Any]],
    p: Floats,
    q: Floats,
) -> pd.DataFrame:
    inside, outside = windows.inside[which], windows.outside[which]
    if series.family == COUNTS:
        change = np.divide(inside, outside, out=np.full(len(which), np.inf), where=outside > 0)
        day = np.arange(series.days)
        within = (day >= windows.start[which, None]) & (day < windows.stop[which, None])
        shape = (series.exposure[which] * within).sum(axis=1) / within.sum(axis=1)
        inside, outside = inside * shape, outside * shape
    else:
        change = inside - outside
    return pd.DataFrame(
        {
            "entity_type": series.entity_type,
            "entity_id": series.ids[which],
            "measure": series.name,
            "direction": [DIRECTIONS[int(d)] for d in windows.direction[which]],
            "start": windows.start[which],
            "stop": windows.stop[which],
            "days": windows.stop[which] - windows.start[which],
            "inside": inside,
            "outside": outside,
            "change": change,
            "score": windows.score[which],
            "p": p[which],
            "q": q[which],
        }
    )


def _volume(series: Series) -> Floats:
    return (series.events if series.family == COUNTS else series.exposure).sum(axis=1)


def _monitored(
    key: tuple[str, str, int], scanned: list[tuple[Series, Windows]]
) -> tuple[str, str, int, float]:
    """Months in which the entities of a measure were there to be looked at."""
    days = sum(float((series.exposure > 0).any(axis=1).sum()) * series.days for series, _ in scanned)
    entities = sum(len(series.ids) for series, _ in scanned)
    return key[0], key[1], entities, round(days / MONTH, 1)


def _is_broad(found: pd.DataFrame) -> pd.Series:
    """Whether a change of prices is one of several products, and not of a leading one."""
    is_price = found["measure"].isin(["price_rise_rate", "price_cut_rate"])
    return ~is_price | (found["products"] >= LEAST_PRODUCTS)


def _without_echoes(found: pd.DataFrame) -> pd.DataFrame:
    """Without rises of GMV that are those of orders."""
    orders = found[found["measure"] == "orders"]
    pairs = found[found["measure"] == "gmv"].reset_index(names="row").merge(
        orders, on=["entity_type", "entity_id"], suffixes=("", "_orders")
    )  # fmt: skip
    overlap = (pairs["start"] < pairs["stop_orders"]) & (pairs["stop"] > pairs["start_orders"])
    echo = found.reset_index(drop=True).index.isin([])
    if overlap.any():
        keys = ["entity_type", "entity_id", "measure", "start", "stop"]
        echoes = pd.MultiIndex.from_frame(pairs.loc[overlap, keys])
        echo = pd.MultiIndex.from_frame(found[keys]).isin(echoes)
    return found[~echo].reset_index(drop=True)
