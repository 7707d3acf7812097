"""Models that were trained to take a champion's place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.review.database import Database
from analytics.review.drafts import checked_name
from analytics.review.schema import challengers_table

ChallengerStatus = Literal["trained", "promoted", "dismissed"]
_challengers = challengers_table.c


@dataclass(frozen=True)
class Challenger:
    """A trained model, what it was trained on and how it compared."""

    id: int
    at: datetime
    entity_type: EntityType
    model_version: str
    snapshot_id: str
    label_set_id: str
    person: str
    comparison: dict[str, Any] | None
    status: ChallengerStatus


class Challengers:
    """Remembers challengers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        entity: EntityType,
        model_version: str,
        *,
        snapshot_id: str,
        label_set_id: str,
        person: str,
        comparison: Mapping[str, Any] | None = None,
    ) -> Challenger:
        """Remember a challenger that was just trained."""
        values = {
            "at": self._database.now(),
            "entity_type": entity,
            "model_version": model_version,
            "snapshot_id": snapshot_id,
            "label_set_id": label_set_id,
            "person": checked_name(person),
            "comparison": None if comparison is None else dict(comparison),
            "status": "trained",
        }
        insert = sa.insert(challengers_table).values(values).returning(challengers_table)
        with self._database.writing() as connection:
            return _challenger(connection.execute(insert).one())

    def get(self, challenger_id: int) -> Challenger:
        """Return a challenger; raise `NotFoundError` if there is none."""
        query = sa.select(challengers_table).where(_challengers.id == challenger_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no challenger {challenger_id}.")
        return _challenger(row)

    def all(self, entity: EntityType | None = None) -> list[Challenger]:
        """Return the challengers, newest first."""
        query = sa.select(challengers_table).order_by(_challengers.id.desc())
        if entity is not None:
            query = query.where(_challengers.entity_type == entity)
        with self._database.reading() as connection:
            return [_challenger(row) for row in connection.execute(query)]

    def latest(
        self, entity: EntityType, status: ChallengerStatus | None = "trained"
    ) -> Challenger | None:
        """Return the newest challenger of a type with this status, or with any for None."""
        found = [c for c in self.all(entity) if status in (None, c.status)]
        return found[0] if found else None

    def set_comparison(self, challenger_id: int, comparison: Mapping[str, Any]) -> Challenger:
        """Keep how a challenger compared with the champion."""
        return self._change(challenger_id, {"comparison": dict(comparison)})

    def set_status(self, challenger_id: int, status: ChallengerStatus) -> Challenger:
        """Say what became of a challenger; `Store.set_live` does so for a promoted one."""
        return self._change(challenger_id, {"status": status})

    def _change(self, challenger_id: int, values: dict[str, Any]) -> Challenger:
        update = sa.update(challengers_table).where(_challengers.id == challenger_id)
        with self._database.writing() as connection:
            row = connection.execute(
                update.values(values).returning(challengers_table)
            ).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no challenger {challenger_id}.")
        return _challenger(row)


def _challenger(row: sa.Row) -> Challenger:
    return Challenger(**row._mapping)
