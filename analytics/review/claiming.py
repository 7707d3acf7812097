"""Finding the next free case, and putting a lease on it."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.errors import LeaseLostError
from analytics.review.database import Database, record
from analytics.review.presenting import presentation_of
from analytics.review.rows import case_of
from analytics.review.schema import IS_NOT_CLOSED, cases_table, claims_table
from analytics.review.types import Case, Claimed, Lease, Presentation

AT_A_TIME: Final = 500
NO_LEASE: Final[dict[str, Any]] = {
    "lease_token": None,
    "lease_holder": None,
    "lease_expires_at": None,
    "lease_last_interaction_at": None,
}
_cases, _claims = cases_table.c, claims_table.c


def next_case(
    connection: sa.Connection,
    now: datetime,
    reviewer: str,
    *,
    entity: EntityType | None,
    among: Sequence[int] | None,
    skip: Collection[int],
    is_locking: bool,
) -> sa.Row | None:
    """Return the free case that comes next, locked if it is to be claimed."""
    free = [IS_NOT_CLOSED, _is_free(now)]
    if entity is not None:
        free.append(_cases.entity_type == entity)
    left_out = set(skip)
    mine = [*free, _is_mine(now, reviewer)]
    anybodys = [*free, _is_anybodys(now)]
    if among is not None:
        wanted = [case_id for case_id in among if case_id not in left_out]
        either = [*free, sa.or_(_is_mine(now, reviewer), _is_anybodys(now))]
        return _first_of(connection, either, wanted, is_locking=is_locking)
    assigned = [case_id for case_id in _assigned(connection, reviewer) if case_id not in left_out]
    if (row := _first_of(connection, mine, assigned, is_locking=is_locking)) is not None:
        return row
    query = sa.select(cases_table).where(*anybodys).order_by(_cases.priority.desc(), _cases.id)
    if left_out:
        query = query.where(_cases.id.not_in(left_out))
    return _fetch(connection, query.limit(1), is_locking=is_locking)


def take(
    connection: sa.Connection,
    database: Database,
    row: sa.Row,
    reviewer: str,
    presentation: Presentation | None = None,
) -> Claimed:
    """Put a new lease on a locked case; an older one is lost."""
    now = database.now()
    if row.lease_token is not None:
        _lose(connection, row, now, taken_by=reviewer)
    token = secrets.token_urlsafe(18)
    claim = {
        "case_id": row.id,
        "token": token,
        "reviewer": reviewer,
        "claimed_at": now,
        "presentation": presentation or presentation_of(row.id, database.settings),
        "position": _shown_today(connection, reviewer, now) + 1,
    }
    connection.execute(sa.insert(claims_table).values(claim))
    expires_at = database.lease_end(now, last_interaction=now)
    changes: dict[str, Any] = {
        "lease_token": token,
        "lease_holder": reviewer,
        "lease_expires_at": expires_at,
        "lease_last_interaction_at": now,
        "first_claimed_at": row.first_claimed_at or now,
    }
    if row.status == "held" and row.hold_until <= now:
        changes |= {"status": "open", "hold_until": None, "hold_reason": None}
        record(connection, row.id, now, reviewer, "resumed")
    record(connection, row.id, now, reviewer, "claimed")
    update = (
        sa.update(cases_table).where(_cases.id == row.id).values(changes).returning(cases_table)
    )
    case = case_of(connection.execute(update).one())
    return Claimed(case, Lease(row.id, token, reviewer, expires_at))


def refusal(row: sa.Row, reviewer: str, now: datetime, *, take_over: bool) -> LeaseLostError | None:
    """Return why a reviewer may not claim a case; None if he may."""
    holder = case_of(row).holder(now)
    if holder is not None and holder != reviewer:
        return LeaseLostError(f"{holder} is working on case {row.id}.", holder=holder)
    if row.assigned_to not in (None, reviewer):
        return LeaseLostError(
            f"Case {row.id} is assigned to {row.assigned_to}.",
            hint="Assign it to yourself first.",
            holder=row.assigned_to,
        )
    if holder is not None and not take_over:
        return LeaseLostError(
            f"You have case {row.id} open in another tab.",
            hint="Go on there, or take it over here.",
            holder=holder,
        )
    return None


def end_claim(
    connection: sa.Connection, row: sa.Row, now: datetime, end: str, change: dict[str, Any]
) -> Case:
    """End the claim on a locked case, take the lease off it and change it as `change` says."""
    claim = sa.update(claims_table).where(_claims.token == row.lease_token)
    connection.execute(claim.values(ended_at=now, end=end))
    case = sa.update(cases_table).where(_cases.id == row.id).values(NO_LEASE | change)
    return case_of(connection.execute(case.returning(cases_table)).one())


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(_cases.lease_token.is_(None), _cases.lease_expires_at <= now)


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    is_resumed = sa.and_(_cases.status == "held", _cases.hold_until <= now)
    return sa.or_(_cases.status == "open", is_resumed)


def _is_mine(now: datetime, reviewer: str) -> sa.ColumnElement[bool]:
    is_waiting = sa.or_(_is_open(now), _cases.status == "escalated")
    return sa.and_(_cases.assigned_to == reviewer, is_waiting)


def _is_anybodys(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(_cases.assigned_to.is_(None), _is_open(now))


def _assigned(connection: sa.Connection, reviewer: str) -> list[int]:
    """Return what is assigned to a reviewer, highest priority first.

    The few rows are put in order here, since the order would lead SQLite to another index.
    """
    query = sa.select(_cases.id, _cases.priority).where(
        IS_NOT_CLOSED, _cases.assigned_to == reviewer
    )
    rows = connection.execute(query).all()
    return [row.id for row in sorted(rows, key=lambda row: (-row.priority, row.id))]


def _first_of(
    connection: sa.Connection,
    conditions: Sequence[sa.ColumnElement[bool]],
    wanted: Sequence[int],
    *,
    is_locking: bool,
) -> sa.Row | None:
    """Return the first of the wanted cases that is free."""
    for some in _batches(wanted):
        free = set(connection.scalars(sa.select(_cases.id).where(_cases.id.in_(some), *conditions)))
        for case_id in (case_id for case_id in some if case_id in free):
            query = sa.select(cases_table).where(_cases.id == case_id, *conditions)
            if (row := _fetch(connection, query, is_locking=is_locking)) is not None:
                return row
    return None


def _batches(wanted: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(wanted), AT_A_TIME):
        yield wanted[start : start + AT_A_TIME]


def _fetch(connection: sa.Connection, query: sa.Select, *, is_locking: bool) -> sa.Row | None:
    if is_locking:  # another who claims at the same moment gets the next one instead of waiting
        query = query.with_for_update(skip_locked=True)
    return connection.execute(query).one_or_none()


def _lose(connection: sa.Connection, row: sa.Row, now: datetime, *, taken_by: str) -> None:
    update = sa.update(claims_table).where(_claims.token == row.lease_token)
    connection.execute(update.values(ended_at=now, end="lost"))
    record(connection, row.id, now, row.lease_holder, "lease_lost", {"taken_by": taken_by})


def _shown_today(connection: sa.Connection, reviewer: str, now: datetime) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    query = sa.select(sa.func.count()).where(
        _claims.reviewer == reviewer, _claims.claimed_at >= midnight
    )
    return connection.execute(query).scalar_one()
