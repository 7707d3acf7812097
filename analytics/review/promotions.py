"""What the gate said of each model that a person put in its place, and who overrode it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.database import Database
from analytics.review.schema import live_table, promotions_table

_promotions, _live = promotions_table.c, live_table.c


@dataclass(frozen=True)
class Ruling:
    """What the gate said when a model went live.

    Attributes:
        entity_type: Entity type.
        model_version: What went live.
        was: What scored before, None where nothing did.
        gate_version: Version of the rules.
        outcome: "passed", "failed", "cannot tell", or "returned" where it had scored before.
        failed: Why it failed, a sentence for each rule.
        is_override: Whether a lead put it in its place although the gate failed.
    """

    entity_type: EntityType
    model_version: str
    was: str | None
    gate_version: str
    outcome: str
    failed: Sequence[str] = ()
    is_override: bool = False


@dataclass(frozen=True)
class PromotionRecord:
    """A ruling, with who promoted the model, when and why."""

    ruling: Ruling
    at: datetime
    person: str
    reason: str


class Promotions:
    """Reads what was promoted; `Store.set_live` writes it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, entity: EntityType | None = None) -> list[PromotionRecord]:
        """Return the promotions, newest first."""
        query = (
            sa.select(promotions_table, _live.at, _live.person, _live.reason)
            .join_from(promotions_table, live_table, _promotions.live_id == _live.id)
            .order_by(_promotions.id.desc())
        )
        if entity is not None:
            query = query.where(_promotions.entity_type == entity)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]


def add_ruling(connection: sa.Connection, live_id: int, ruling: Ruling) -> None:
    """Keep what the gate said of the model that a live row brought."""
    values = {**asdict(ruling), "failed": list(ruling.failed), "live_id": live_id}
    connection.execute(sa.insert(promotions_table).values(values))


def _record(row: sa.Row) -> PromotionRecord:
    ruling = Ruling(
        row.entity_type,
        row.model_version,
        row.was,
        row.gate_version,
        row.outcome,
        tuple(row.failed),
        bool(row.is_override),
    )
    return PromotionRecord(ruling, row.at, row.person, row.reason)
