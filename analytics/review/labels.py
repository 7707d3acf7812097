"""Decisions as labels."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import pandas as pd
import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.features.labels import DECIDED_AT, last_decisions
from analytics.review.decided import in_force
from analytics.review.schema import decisions_table

PROVENANCE: Final = (
    "decision_id",
    "source",
    "dataset_id",
    "as_of",
    "snapshot_id",
    "queue_policy",
    "stratum",
    "inclusion_probability",
    "control_probability",
    "reviewer",
)
_decisions = decisions_table.c


def labels_of(
    connection: sa.Connection,
    entity: EntityType,
    as_of: datetime,
    validity: timedelta,
    sources: Sequence[str],
) -> pd.DataFrame:
    """Return the label of each entity (see `Decisions.labels`)."""
    query = sa.select(
        _decisions.entity_id,
        _decisions.outcome,
        _decisions.policy,
        _decisions.judged_at.label(DECIDED_AT),
        _decisions.id.label("decision_id"),
        *(_decisions[name] for name in PROVENANCE if name != "decision_id"),
    ).where(
        _decisions.entity_type == entity,
        _decisions.source.in_(sources),
        _decisions.judged_at > as_of - validity,
        in_force(as_of),
    )
    rows = connection.execute(query)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    times = dict.fromkeys((DECIDED_AT, "as_of"), "datetime64[us]")
    numbers = dict.fromkeys(("inclusion_probability", "control_probability"), "float64")
    return last_decisions(frame.astype(times | numbers | {"decision_id": "int64"}), also=PROVENANCE)
