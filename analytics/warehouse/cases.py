"""Cases joined with the scores of whom they are about, filtered and in the order of the queue."""

from datetime import datetime, timedelta
from typing import Final

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.warehouse import sql
from analytics.warehouse.filters import QueueFilters
from analytics.warehouse.reader import Models, Reader

KEY: Final = [ENTITY_TYPE, ENTITY_ID]
DAYS_OF: Final = {"today": 1, "week": 7}


def join(
    reader: Reader,
    snapshot_id: str,
    models: Models,
    listing: pd.DataFrame,
    filters: QueueFilters,
    *,
    reviewer: str,
    now: datetime,
) -> pd.DataFrame:
    """Return the cases that the filters leave, in order; see `Warehouse.cases`."""
    kept = listing[_matches(listing, filters, reviewer, now)]
    scores = reader.on_scores(
        snapshot_id,
        models,
        sql.OF_CASES,
        types=list(kept[ENTITY_TYPE]),
        ids=list(kept[ENTITY_ID]),
        **{name: value for name, value in filters.parameters().items() if name != "order"},
    )
    found = kept.merge(scores, on=KEY, how="inner" if filters.asks_scores else "left")
    found = _ordered(found, filters, reviewer)
    found.insert(0, "position", range(1, 1 + len(found)))
    return found


def _matches(
    listing: pd.DataFrame, filters: QueueFilters, reviewer: str, now: datetime
) -> pd.Series:
    """Whether each case is of a wanted type, status, due time, age and person."""
    status = listing["status"]
    kept = status.isin(filters.status) if filters.status else status != "closed"
    if filters.entity:
        kept &= listing[ENTITY_TYPE].isin(filters.entity)
    if filters.due == "overdue":
        kept &= listing["is_overdue"].astype(bool)
    elif filters.due != "any":
        kept &= listing["due_at"] <= pd.Timestamp(now + timedelta(days=DAYS_OF[filters.due]))
    if filters.min_waiting:
        kept &= listing["opened_at"] <= pd.Timestamp(now - timedelta(days=filters.min_waiting))
    if filters.mine:
        kept &= listing["assigned_to"] == reviewer
    return kept.astype(bool)


def _ordered(found: pd.DataFrame, filters: QueueFilters, reviewer: str) -> pd.DataFrame:
    """Mine first, then by the queue's priority or by probability."""
    first = "top_probability" if filters.order == "probability" else "priority"
    return (
        found.assign(_others=found["assigned_to"] != reviewer)
        .sort_values(
            ["_others", first, "case_id"], ascending=[True, False, True], na_position="last"
        )
        .drop(columns="_others")
        .reset_index(drop=True)
    )
