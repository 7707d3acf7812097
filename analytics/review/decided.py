"""Which of the decisions count."""

from datetime import datetime

import sqlalchemy as sa

from analytics.review.schema import decisions_table

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
