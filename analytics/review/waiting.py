"""Keeping the places of waiting cases in line with new scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.eligible import PRIORITY
from analytics.review.schema import (
    IS_NOT_CLOSED,
    case_events_table,
    cases_table,
    queue_entries_table,
)
from analytics.selection.registry import BY_HARM

GONE: Final = -2.0  # below all that has scores
MATTERS: Final = 2.0  # a place that changes by less is not worth a line in the history
PLACED_BY_HARM: Final = (BY_HARM, "control", "rule", "hand", "import")
FROM_RUNS: Final = ("build", "rule", "control")
_cases, _entries = cases_table.c, queue_entries_table.c


@dataclass(frozen=True)
class Refreshed:
    """What new scores changed among the waiting cases."""

    waiting: int
    reprioritised: int
    withdrawn: int


def refresh(
    connection: sa.Connection, entity: EntityType, frame: pd.DataFrame, now: datetime, seed: int
) -> Refreshed:
    """Give each waiting case the place that its entity's new score gives it.

    Cases opened by hand keep theirs, and so do those that another queue policy than expected harm
    put in their order. Control cases borrow another random place when the scores
    changed. A case that a build opened, on which nobody works, is closed without a decision when
    its entity is not in what is live any more.

    Args:
        connection: A transaction that writes.
        entity: Type of the entities.
        frame: As from `eligible.ranked`.
        now: Time of the events.
        seed: Seed of the borrowed places.
    """
    query = sa.select(cases_table).where(IS_NOT_CLOSED, _cases.entity_type == entity)
    rows = connection.execute(query.order_by(_cases.id)).all()
    known = frame[PRIORITY].to_dict()
    gone = [row for row in rows if row.entity_id not in known]
    withdrawn = [row for row in gone if _is_withdrawn(row, now)]
    kept = _placed_by_policy(connection, entity)
    places = {
        row.id: row.priority if row.id in kept else known[row.entity_id]
        for row in rows
        if row.opened_by in ("build", "rule", "import") and row.entity_id in known
    }
    if any(places.get(row.id, row.priority) != row.priority for row in rows):
        places |= _borrowed(rows, places, seed)
    places |= {row.id: GONE for row in gone if row not in withdrawn}
    moved = [row for row in rows if places.get(row.id, row.priority) != row.priority]
    _move(connection, moved, places, now)
    _withdraw(connection, withdrawn, now)
    from_runs = [row for row in rows if row.opened_by in FROM_RUNS]
    return Refreshed(len(from_runs) - len(withdrawn), len(moved), len(withdrawn))


def _placed_by_policy(connection: sa.Connection, entity: EntityType) -> set[int]:
    """Return the waiting cases whose place in the queue is not that of their expected harm."""
    query = (
        sa.select(_entries.case_id)
        .join(cases_table, _cases.id == _entries.case_id)
        .where(IS_NOT_CLOSED, _cases.entity_type == entity, _entries.policy.not_in(PLACED_BY_HARM))
    )
    return set(connection.scalars(query))


def _is_withdrawn(row: sa.Row, now: datetime) -> bool:
    is_leased = row.lease_expires_at is not None and row.lease_expires_at > now
    return row.opened_by in FROM_RUNS and row.status == "open" and not is_leased


def _borrowed(rows: Sequence[sa.Row], places: Mapping[int, float], seed: int) -> dict[int, float]:
    top = [places[row.id] for row in rows if row.opened_by == "build" and row.id in places]
    control = [row.id for row in rows if row.opened_by == "control"]
    if not top or not control:
        return {}
    drawn = np.random.default_rng(seed).choice(top, size=len(control))
    return {case_id: float(place) for case_id, place in zip(control, drawn, strict=True)}


def _move(
    connection: sa.Connection, moved: Sequence[sa.Row], places: Mapping[int, float], now: datetime
) -> None:
    if not moved:
        return
    update = (
        sa.update(cases_table)
        .where(_cases.id == sa.bindparam("case_id"), IS_NOT_CLOSED)
        .values(priority=sa.bindparam("place"))
    )
    connection.execute(update, [{"case_id": row.id, "place": places[row.id]} for row in moved])
    told = [row for row in moved if _matters(row, places[row.id])]
    _tell(
        connection,
        "reprioritised",
        now,
        {row.id: {"from": row.priority, "to": places[row.id]} for row in told},
    )


def _matters(row: sa.Row, place: float) -> bool:
    """Whether a case rose or fell much; control cases say nothing, it would give them away."""
    if row.opened_by == "control" or min(row.priority, place) <= 0:
        return False
    return max(row.priority, place) >= MATTERS * min(row.priority, place)


def _withdraw(connection: sa.Connection, withdrawn: Sequence[sa.Row], now: datetime) -> None:
    if not withdrawn:
        return
    close = (
        sa.update(cases_table)
        .where(_cases.id == sa.bindparam("case_id"), IS_NOT_CLOSED)
        .values(
            status="closed",
            closed_at=now,
            lease_token=None,
            lease_holder=None,
            lease_expires_at=None,
            lease_last_interaction_at=None,
        )
    )
    connection.execute(close, [{"case_id": row.id} for row in withdrawn])
    reason = {"reason": "It is not in the data any more."}
    _tell(connection, "withdrawn", now, {row.id: reason for row in withdrawn})


def _tell(
    connection: sa.Connection, kind: str, now: datetime, data: Mapping[int, dict[str, Any]]
) -> None:
    if data:
        events = [
            {"case_id": case_id, "at": now, "actor": "build", "kind": kind, "data": said}
            for case_id, said in data.items()
        ]
        connection.execute(sa.insert(case_events_table), events)
