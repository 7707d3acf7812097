"""Cases: opening, finding and listing them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.errors import InputError, NotFoundError
from analytics.review.database import record
from analytics.review.drafts import checked_entity, checked_name, checked_reason
from analytics.review.handover import Handover
from analytics.review.listing import list_cases
from analytics.review.rows import case_of, event_of
from analytics.review.schema import (
    IS_NOT_CLOSED,
    case_events_table,
    cases_table,
    queue_entries_table,
)
from analytics.review.types import Case, CaseEvent, OpenedBy, Status

if TYPE_CHECKING:
    import pandas as pd

_cases = cases_table.c
OPEN_STATUSES: tuple[Status, ...] = ("open", "held", "escalated")


class Cases(Handover):
    """Opens, finds and lists cases, and hands them out (see `Leases` and `Handover`)."""

    def open_by_hand(
        self,
        entity: EntityType,
        entity_id: str,
        actor: str,
        reason: str,
        *,
        lead_policy: str | None = None,
        priority: float | None = None,
        due_days: int | None = None,
    ) -> Case:
        """Open a case because a person asked for it.

        Args:
            entity: Type of the entity.
            entity_id: Its id.
            actor: Who asked.
            reason: Why.
            lead_policy: The policy in question; gives the due time unless `due_days` does.
            priority: Place in the queue; by default before everything of its type.
            due_days: Days to decide it.

        Returns:
            The new case.

        Raises:
            InputError: It has an open case already, or something given cannot be used.
        """
        return self._open("hand", entity, entity_id, actor, reason, lead_policy, priority, due_days)

    def open_by_import(
        self,
        entity: EntityType,
        entity_id: str,
        actor: str,
        reason: str,
        *,
        lead_policy: str | None = None,
        priority: float = 0.0,
        due_days: int | None = None,
    ) -> Case:
        """Open a case because a file said so, such as a complaint; see `open_by_hand`."""
        return self._open(
            "import", entity, entity_id, actor, reason, lead_policy, priority, due_days
        )

    def get(self, case_id: int) -> Case:
        """Return a case; raise `NotFoundError` if there is none."""
        with self._database.reading() as connection:
            query = sa.select(cases_table).where(_cases.id == case_id)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no case {case_id}.")
        return case_of(row)

    def find(self, entity: EntityType, entity_id: str) -> Case | None:
        """Return an entity's case that is not closed, else its last one, else None."""
        query = (
            sa.select(cases_table)
            .where(_cases.entity_type == entity, _cases.entity_id == entity_id)
            .order_by(_cases.closed_at.is_(None).desc(), _cases.id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else case_of(row)

    def events(self, case_id: int, *, for_entity: bool = False) -> list[CaseEvent]:
        """Return what happened to a case, or to all cases of its entity, oldest first."""
        case = self.get(case_id)
        events = case_events_table.c
        query = sa.select(case_events_table).join(cases_table, _cases.id == events.case_id)
        if for_entity:
            query = query.where(
                _cases.entity_type == case.entity_type, _cases.entity_id == case.entity_id
            )
        else:
            query = query.where(events.case_id == case_id)
        with self._database.reading() as connection:
            return [event_of(row) for row in connection.execute(query.order_by(events.id))]

    def listing(
        self,
        entity: EntityType | None = None,
        statuses: Sequence[Status] = OPEN_STATUSES,
        *,
        include_closed: bool = False,
    ) -> "pd.DataFrame":
        """Return the cases with these statuses, highest priority first.

        Returns:
            A frame with case_id, entity_type, entity_id, status, opened_at, opened_by_shown,
            due_at, is_overdue, assigned_to, claimed_by, claimed_at, hold_until, priority,
            last_outcome, closed_at. A case whose hold is over is `open`.
        """
        wanted = {*statuses, *(("closed",) if include_closed else ())}
        with self._database.reading() as connection:
            return list_cases(connection, self._database.now(), entity, wanted)

    def _open(
        self,
        opened_by: OpenedBy,
        entity: EntityType,
        entity_id: str,
        actor: str,
        reason: str,
        lead_policy: str | None,
        priority: float | None,
        due_days: int | None,
    ) -> Case:
        given = (opened_by, *checked_entity(entity, entity_id))
        said = (checked_name(actor), checked_reason(reason))
        days = due_days or self._due_days(entity, lead_policy)
        with self._database.writing() as connection:
            return open_case(
                connection,
                self._database.now(),
                *given,
                *said,
                lead_policy=lead_policy,
                priority=priority,
                due_days=days,
            )

    def _due_days(self, entity: EntityType, lead_policy: str | None) -> int:
        if lead_policy is None:
            return self._database.settings.default_due_days
        policy = self._database.taxonomy.get(lead_policy)
        if policy.entity != entity:
            raise InputError(f"Policy {policy.code} is not for a {entity}.")
        return policy.due_days


def open_case(
    connection: sa.Connection,
    now: datetime,
    opened_by: OpenedBy,
    entity: EntityType,
    entity_id: str,
    actor: str,
    reason: str,
    *,
    lead_policy: str | None,
    priority: float | None,
    due_days: int,
) -> Case:
    """Open a case within a transaction; what is given has been checked.

    Raises:
        InputError: The entity has an open case already.
    """
    _refuse_second(connection, entity, entity_id)
    values = {
        "entity_type": entity,
        "entity_id": entity_id,
        "status": "open",
        "opened_at": now,
        "opened_by": opened_by,
        "opened_reason": reason,
        "lead_policy": lead_policy,
        "due_at": now + timedelta(days=due_days),
        "priority": _first_of_type(connection, entity) if priority is None else priority,
    }
    insert = sa.insert(cases_table).values(values).returning(cases_table)
    try:
        case = case_of(connection.execute(insert).one())
    except sa.exc.IntegrityError:  # another opened it at the same moment
        raise _has_one(entity, entity_id) from None
    connection.execute(sa.insert(queue_entries_table).values(_entry(case)))
    record(connection, case.id, now, actor, "opened", {"reason": reason})
    return case


def _refuse_second(connection: sa.Connection, entity: EntityType, entity_id: str) -> None:
    query = sa.select(_cases.id).where(
        IS_NOT_CLOSED, _cases.entity_type == entity, _cases.entity_id == entity_id
    )
    if connection.scalar(query) is not None:
        raise _has_one(entity, entity_id)


def _has_one(entity: EntityType, entity_id: str) -> InputError:
    return InputError(f"The {entity} {entity_id!r} has an open case already.")


def _first_of_type(connection: sa.Connection, entity: EntityType) -> float:
    query = sa.select(sa.func.max(_cases.priority)).where(
        IS_NOT_CLOSED, _cases.entity_type == entity
    )
    return float(connection.scalar(query) or 0.0)


def _entry(case: Case) -> dict[str, Any]:
    """Return the queue entry of a case that no run drew: its inclusion probability is unknown."""
    return {
        "case_id": case.id,
        "policy": case.opened_by,
        "stratum": f"{case.entity_type}/{case.opened_by}",
        "at": case.opened_at,
    }
