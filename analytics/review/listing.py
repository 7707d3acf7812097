"""The list of cases that the queue shows."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import pandas as pd
import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.decided import in_force
from analytics.review.schema import IS_NOT_CLOSED, cases_table, claims_table, decisions_table

COLUMNS: Final = (
    "case_id",
    "entity_type",
    "entity_id",
    "status",
    "opened_at",
    "opened_by_shown",
    "due_at",
    "is_overdue",
    "assigned_to",
    "claimed_by",
    "claimed_at",
    "hold_until",
    "priority",
    "last_outcome",
    "closed_at",
)
TIMES: Final = ("opened_at", "due_at", "claimed_at", "hold_until", "closed_at")
_cases, _claims, _decisions = cases_table.c, claims_table.c, decisions_table.c


def list_cases(
    connection: sa.Connection, now: datetime, entity: EntityType | None, statuses: Collection[str]
) -> pd.DataFrame:
    """Return the cases with these statuses, highest priority first (see `Cases.listing`)."""
    is_leased = _cases.lease_expires_at > now
    query = (
        sa.select(
            _cases.id.label("case_id"),
            _cases.entity_type,
            _cases.entity_id,
            _cases.status,
            _cases.opened_at,
            _cases.opened_by.label("opened_by_shown"),
            _cases.due_at,
            _cases.assigned_to,
            sa.case((is_leased, _cases.lease_holder)).label("claimed_by"),
            sa.case((is_leased, _claims.claimed_at)).label("claimed_at"),
            _cases.hold_until,
            _cases.priority,
            _last_outcome(),
            _cases.closed_at,
        )
        .outerjoin(claims_table, _claims.token == _cases.lease_token)
        .where(*_wanted(entity, statuses))
        .order_by(_cases.priority.desc(), _cases.id)
    )
    rows = connection.execute(query)
    frame = pd.DataFrame([*map(tuple, rows.all())], columns=list(rows.keys()))
    frame = frame.astype(dict.fromkeys(TIMES, "datetime64[us]"))
    is_resumed = (frame["status"] == "held") & (frame["hold_until"] <= now)
    frame["status"] = frame["status"].mask(is_resumed, "open")
    frame["opened_by_shown"] = frame["opened_by_shown"].replace("control", "build")
    frame["is_overdue"] = (frame["due_at"] < now) & frame["closed_at"].isna()
    return frame.loc[frame["status"].isin(list(statuses)), list(COLUMNS)].reset_index(drop=True)


def _wanted(entity: EntityType | None, statuses: Collection[str]) -> list[sa.ColumnElement[bool]]:
    conditions = [] if entity is None else [_cases.entity_type == entity]
    if "closed" not in statuses:
        conditions.append(IS_NOT_CLOSED)
    elif set(statuses) == {"closed"}:
        conditions.append(_cases.status == "closed")
    return conditions


def _last_outcome() -> sa.Label:
    """Return the outcome of the last decision in force on a case's entity."""
    query = (
        sa.select(_decisions.outcome)
        .where(
            _decisions.entity_type == _cases.entity_type,
            _decisions.entity_id == _cases.entity_id,
            in_force(),
        )
        .order_by(_decisions.judged_at.desc(), _decisions.id.desc())
        .limit(1)
    )
    return query.scalar_subquery().label("last_outcome")
