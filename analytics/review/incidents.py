"""What people said about incidents: acknowledged, linked to a case, dismissed, taken up again.

Nothing is ever changed: each word is an event, and the last one counts. An incident is known by
its entity, its series, its direction and the day on which the series first shows it, so that it
keeps its standing from snapshot to snapshot.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.database import Database
from analytics.review.drafts import LONGEST_ID, checked_name, checked_reason, text_problem
from analytics.review.schema import cases_table, incident_events_table

if TYPE_CHECKING:
    import pandas as pd

Standing = Literal["acknowledged", "linked", "dismissed", "reopened"]
# Later data may move the first day a little; another incident of the same kind is further away.
SAME_DAYS: Final = 3
_events = incident_events_table.c


@dataclass(frozen=True)
class IncidentKey:
    """What an incident is known by.

    Attributes:
        entity_type: merchant, product, creator or category.
        series: Such as `late_dispatch`.
        direction: `up` or `down`.
        seen_on: Day on which the series first shows it.
    """

    entity_type: str
    entity_id: str
    series: str
    direction: str
    seen_on: datetime


@dataclass(frozen=True)
class IncidentEvent:
    """One word about an incident."""

    id: int
    at: datetime
    actor: str
    kind: Standing
    entity_type: str
    entity_id: str
    series: str
    direction: str
    seen_on: datetime
    snapshot_id: str
    reason: str | None
    case_id: int | None


class Incidents:
    """Keeps what people said about incidents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acknowledge(
        self, key: IncidentKey, actor: str, snapshot_id: str, reason: str = ""
    ) -> IncidentEvent:
        """Say that somebody has seen it and takes care; a reason may be given."""
        given = checked_reason(reason) if reason.strip() else None
        return self._add(key, actor, snapshot_id, "acknowledged", given)

    def dismiss(self, key: IncidentKey, actor: str, snapshot_id: str, reason: str) -> IncidentEvent:
        """Say that it needs nobody, and why.

        Raises:
            InputError: There is no reason, or something given cannot be stored.
        """
        return self._add(key, actor, snapshot_id, "dismissed", checked_reason(reason))

    def reopen(self, key: IncidentKey, actor: str, snapshot_id: str, reason: str) -> IncidentEvent:
        """Take back what was said, and say why; raises as `dismiss`."""
        return self._add(key, actor, snapshot_id, "reopened", checked_reason(reason))

    def link(self, key: IncidentKey, actor: str, snapshot_id: str, case_id: int) -> IncidentEvent:
        """Say that a case deals with it.

        Raises:
            InputError: The case is about somebody else, or there is none of this number.
        """
        return self._add(key, actor, snapshot_id, "linked", None, case_id)

    def events(self, key: IncidentKey) -> list[IncidentEvent]:
        """Return what was said about an incident, oldest first."""
        near = timedelta(days=SAME_DAYS)
        query = sa.select(incident_events_table).where(
            _events.entity_type == key.entity_type,
            _events.entity_id == key.entity_id,
            _events.series == key.series,
            _events.direction == key.direction,
            _events.seen_on.between(key.seen_on - near, key.seen_on + near),
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_events.id))
            return [IncidentEvent(**row._mapping) for row in rows]

    def standing(self) -> "pd.DataFrame":
        """Return the last word about each incident.

        Returns:
            A frame with the columns of `IncidentEvent`, in the order in which they were said.
        """
        import pandas as pd

        last = sa.select(sa.func.max(_events.id)).group_by(
            _events.entity_type, _events.entity_id, _events.series, _events.direction,
            _events.seen_on,
        )  # fmt: skip
        query = sa.select(incident_events_table).where(_events.id.in_(last)).order_by(_events.id)
        with self._database.reading() as connection:
            found = connection.execute(query)
            return pd.DataFrame([dict(r._mapping) for r in found], columns=list(found.keys()))

    def _add(
        self,
        key: IncidentKey,
        actor: str,
        snapshot_id: str,
        kind: Standing,
        reason: str | None,
        case_id: int | None = None,
    ) -> IncidentEvent:
        values = {
            **_checked(key),
            "actor": checked_name(actor),
            "kind": kind,
            "reason": reason,
            "case_id": case_id,
            "snapshot_id": snapshot_id,
        }
        with self._database.writing() as connection:
            if case_id is not None:
                _check_case(connection, key, case_id)
            insert = sa.insert(incident_events_table).values(at=self._database.now(), **values)
            row = connection.execute(insert.returning(incident_events_table)).one()
            return IncidentEvent(**row._mapping)


def _checked(key: IncidentKey) -> dict[str, Any]:
    if problem := text_problem(key.entity_id, "An entity's id", LONGEST_ID):
        raise InputError(problem)
    return dict(vars(key))


def _check_case(connection: sa.Connection, key: IncidentKey, case_id: int) -> None:
    cases = cases_table.c
    query = sa.select(cases.entity_type, cases.entity_id).where(cases.id == case_id)
    row = connection.execute(query).one_or_none()
    if row is None or (row.entity_type, row.entity_id) != (key.entity_type, key.entity_id):
        raise InputError(
            f"Case {case_id} is not about the {key.entity_type} {key.entity_id!r}.",
            hint="Link the incident to a case of the same entity.",
        )
