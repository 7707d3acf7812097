"""What happened just before a change: events, price changes, new creators, contents."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import duckdb
import pandas as pd

from analytics.signals.incidents import sql

BEFORE_DAYS: Final = 7
# A start is dated to within some days, so what happened a little later may have been before it.
AFTER_DAYS: Final = 2
MOST: Final = 12
BEFORE_COLUMNS: Final = (
    "incident_id", "at", "what", "count", "other_type", "other_id", "detail",
)  # fmt: skip


def read_before(
    con: duckdb.DuckDBPyConnection,
    incidents: pd.DataFrame,
    tables: Collection[str],
    as_of: datetime,
) -> pd.DataFrame:
    """Return what happened in the days before each incident, latest first, in `BEFORE_COLUMNS`.

    Args:
        con: A connection of `open_days`.
        incidents: incident_id, entity_type, entity_id, started_on.
        tables: Names of the tables there are.
        as_of: Naive UTC.
    """
    started = pd.to_datetime(incidents["started_on"])
    found = pd.DataFrame(
        {
            "number": range(len(incidents)),
            "entity_type": incidents["entity_type"],
            "id": incidents["entity_id"],
            "low": started - pd.Timedelta(days=BEFORE_DAYS),
            "high": started + pd.Timedelta(days=AFTER_DAYS),
        }
    )
    con.register("found", found)
    moment = {"as_of": as_of}
    parts = [
        con.execute(query, moment).df()
        for needed, query in sql.BEFORE
        if all(name in tables for name in needed)
    ]
    con.unregister("found")
    rows = pd.concat(parts, ignore_index=True)
    rows["incident_id"] = incidents["incident_id"].to_numpy()[rows["number"].to_numpy(dtype=int)]
    rows = rows.sort_values(["incident_id", "at", "what"], ascending=[True, False, True])
    return rows.groupby("incident_id").head(MOST)[list(BEFORE_COLUMNS)].reset_index(drop=True)
