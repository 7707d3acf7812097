"""Which of the decisions count."""

from datetime import datetime

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.rows import decision_of
from analytics.review.schema import decisions_table
from analytics.review.types import Decision

_decisions = decisions_table.c


def in_force(at: datetime | None = None) -> sa.ColumnElement[bool]:
    """Return the condition that a decision counts: nothing corrects or overturns it.

    Args:
        at: As it was known at that moment; by default now.
    """
    later = decisions_table.alias("later")
    replaced = later.c.corrects == _decisions.id
    if at is not None:
        replaced = sa.and_(replaced, later.c.decided_at <= at)
    counts = sa.and_(_decisions.kind != "overturn", ~sa.exists().where(replaced))
    return counts if at is None else sa.and_(counts, _decisions.decided_at <= at)


def last_decision(connection: sa.Connection, entity: EntityType, entity_id: str) -> Decision | None:
    """Return the last decision on an entity that is in force; None when there is none."""
    query = (
        sa.select(decisions_table)
        .where(_decisions.entity_type == entity, _decisions.entity_id == entity_id, in_force())
        .order_by(_decisions.judged_at.desc(), _decisions.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else decision_of(row)
