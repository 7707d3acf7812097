"""Points of an entity, and the milestones that they reach."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.errors import InputError
from analytics.policies import Taxonomy
from analytics.review.decided import in_force
from analytics.review.schema import decisions_table
from analytics.review.types import Preview, Standing

POINTS_LAST: Final = timedelta(days=90)
_decisions = decisions_table.c


def standing_of(
    connection: sa.Connection, entity: EntityType, entity_id: str, at: datetime
) -> Standing:
    """Return the points that an entity has at a moment."""
    query = sa.select(sa.func.coalesce(sa.func.sum(_decisions.points), 0), sa.func.count()).where(
        _decisions.entity_type == entity,
        _decisions.entity_id == entity_id,
        _decisions.outcome == "violation",
        _decisions.judged_at > at - POINTS_LAST,
        in_force(at),
    )
    points, decisions = connection.execute(query).one()
    return Standing(int(points), decisions)


def preview_of(now: Standing, taxonomy: Taxonomy, policy: str, severity: str | None) -> Preview:
    """Return what one more violation would do to a standing.

    Raises:
        InputError: There is no such policy or severity.
    """
    level = severity or taxonomy.default_severity
    if level not in taxonomy.severity_levels:
        raise InputError(f"There is no severity {level!r}.")
    after = now.points + taxonomy.points(policy, level)
    milestones = sorted(taxonomy.milestones, key=lambda milestone: milestone.points)
    reached = tuple(m for m in milestones if now.points < m.points <= after)
    ahead = [milestone for milestone in milestones if milestone.points > after]
    return Preview(now.points, after, reached, ahead[0] if ahead else None)
