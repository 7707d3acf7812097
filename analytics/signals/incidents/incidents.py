"""Incidents as of a moment: what changed, since when, how surely, and what happened before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
from sklearn.base import clone

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.signals.incidents.before import read_before
from analytics.signals.incidents.daily import Daily, open_days, read_daily
from analytics.signals.incidents.dating import date_starts
from analytics.signals.incidents.declared import KINDS
from analytics.signals.incidents.describe import Described, as_dates, describe
from analytics.signals.incidents.finder import OPEN, ChangeFinder
from analytics.signals.incidents.panel import Panel, lay_out

DAYS = ("start", "found", "end", "closed")


@dataclass(frozen=True)
class Found:
    """Incidents of a dataset as of a moment.

    Attributes:
        incidents: One row each, in `describe.INCIDENT_COLUMNS`.
        watched: entity_type, entity_id, watched_on: who sells enough to be watched, since when.
        series: The days around each in `describe.SERIES_COLUMNS`.
        before: What happened just before, in `before.BEFORE_COLUMNS`.
    """

    incidents: pd.DataFrame
    watched: pd.DataFrame
    series: pd.DataFrame
    before: pd.DataFrame


def find_incidents(
    tables: Mapping[str, Path],
    as_of: datetime,
    finder: ChangeFinder | None = None,
    *,
    threads: int = 1,
    memory_limit: str = "2GB",
) -> Found:
    """Find the incidents of all merchants, products, creators and categories.

    Args:
        tables: Name in the contract → parquet file; `orders` is needed.
        as_of: Naive UTC. Days that are not over are left out, nothing later is looked at.
        finder: What to look for; the defaults where None.
        threads: Threads of DuckDB.
        memory_limit: Beyond it DuckDB spills to disk.

    Raises:
        InputError: There are no orders, or a file lacks a column that the contract requires.
    """
    with open_days(tables, as_of, threads=threads, memory_limit=memory_limit) as con:
        daily = read_daily(con, as_of)
        described = [_of_kind(con, daily, kind, clone(finder or ChangeFinder())) for kind in KINDS]
        incidents = pd.concat([d.incidents for d in described], ignore_index=True)
        series = pd.concat([d.series for d in described], ignore_index=True)
        before = read_before(con, incidents, tables, as_of)
        return Found(incidents, _watched(daily), series, before)


def find_changes(panel: Panel, finder: ChangeFinder) -> pd.DataFrame:
    """Return the changes of one kind of entity, with days since 1970 instead of places."""
    changes = finder.fit(panel).changes_.copy()
    for name in DAYS:
        changes[name] = changes[name].where(changes[name] == OPEN, changes[name] + panel.first_day)
    return changes


def _watched(daily: Daily) -> pd.DataFrame:
    entities = daily.entities
    return pd.DataFrame(
        {
            ENTITY_TYPE: entities["kind"].map(dict(enumerate(KINDS))),
            ENTITY_ID: entities["id"],
            "watched_on": as_dates(entities["watched_day"]),
        }
    )


def _of_kind(
    con: duckdb.DuckDBPyConnection, daily: Daily, kind: str, finder: ChangeFinder
) -> Described:
    panel = lay_out(daily, kind)
    changes = find_changes(panel, finder)
    changes[ENTITY_TYPE] = kind
    changes["started"] = date_starts(con, daily, changes)
    return describe(panel, changes)
