"""The queue's memory: what each run drew, from how many, and with which chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.database import Database
from analytics.review.schema import (
    cases_table,
    decisions_table,
    queue_entries_table,
    queue_runs_table,
)

if TYPE_CHECKING:
    import pandas as pd

_runs, _entries = queue_runs_table.c, queue_entries_table.c


class IsLive(Protocol):
    """What is live (see `store.Live`)."""

    @property
    def snapshot_id(self) -> str:
        """The snapshot."""

    @property
    def models(self) -> Mapping[str, str]:
        """Model version by entity type."""


@dataclass(frozen=True)
class QueueEntry:
    """How a case came into the queue; `schema.queue_entries_table` as an object.

    Attributes:
        policy: The queue policy of the top list, `rule`, `control` (random), `hand` or `import`.
        stratum: Such as `merchant/top`, `merchant/rule` and `merchant/rest`.
        inclusion_probability: Chance that this policy's draw would take the entity.
    """

    id: int
    case_id: int
    run_id: int | None
    policy: str
    stratum: str
    inclusion_probability: float | None
    snapshot_id: str | None
    model_version: str | None
    rank: int | None
    expected_harm: float | None
    harm_unit: str | None
    violation_probability: float | None
    quality_probability: float | None
    gmv_at_risk: float | None
    at: datetime


class QueueEntries:
    """Reads how cases came into the queue; `opening.open_cases` writes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_case(self, case_id: int) -> list[QueueEntry]:
        """Return the entries of a case, oldest first."""
        query = sa.select(queue_entries_table).where(_entries.case_id == case_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_entries.id)).all()
        return [QueueEntry(**row._mapping) for row in rows]

    def is_opened(self, live: IsLive) -> bool:
        """Whether cases were opened for every entity type of what is live."""
        query = sa.select(_runs.entity_type, _runs.model_version).where(
            _runs.snapshot_id == live.snapshot_id
        )
        with self._database.reading() as connection:
            opened = {(row.entity_type, row.model_version) for row in connection.execute(query)}
        return set(live.models.items()) <= opened

    def newest(self) -> tuple[int, int]:
        """Return the ids of the newest entry and decision: while they stay, so do estimates."""
        query = sa.select(
            sa.select(sa.func.coalesce(sa.func.max(_entries.id), 0)).scalar_subquery(),
            sa.select(sa.func.coalesce(sa.func.max(decisions_table.c.id), 0)).scalar_subquery(),
        )
        with self._database.reading() as connection:
            entry, decision = connection.execute(query).one()
        return int(entry), int(decision)

    def frame(
        self,
        entity: EntityType | None = None,
        snapshot_id: str | None = None,
        since: datetime | None = None,
    ) -> "pd.DataFrame":
        """Return the entries with their case's entity and their run's sizes, oldest first.

        Args:
            entity: Only of this type.
            snapshot_id: Only of rounds for this snapshot.
            since: Only what came into the queue then or later.

        Returns:
            The columns of `QueueEntry`, entity_type, entity_id, whether the case `is_withdrawn`
            (closed because its entity is gone), and of the run: round, population (N), capacity,
            control_size; missing where no run drew the entry.
        """
        import pandas as pd

        query = (
            sa.select(
                queue_entries_table,
                cases_table.c.entity_type,
                cases_table.c.entity_id,
                _is_withdrawn().label("is_withdrawn"),
                _runs.round,
                _runs.population,
                _runs.capacity,
                _runs.control_size,
            )
            .join(cases_table, cases_table.c.id == _entries.case_id)
            .outerjoin(queue_runs_table, _runs.id == _entries.run_id)
            .order_by(_entries.id)
        )
        if entity is not None:
            query = query.where(cases_table.c.entity_type == entity)
        if snapshot_id is not None:
            query = query.where(_entries.snapshot_id == snapshot_id)
        if since is not None:
            query = query.where(_entries.at >= since)
        with self._database.reading() as connection:
            rows = connection.execute(query)
            return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def _is_withdrawn() -> sa.ColumnElement[bool]:
    cases = cases_table.c
    return sa.and_(cases.closed_at.is_not(None), cases.decision_id.is_(None))
