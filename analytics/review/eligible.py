"""Which entities may get a case, and which of them come back from closed ones."""

from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import sqlalchemy as sa

from analytics.columns import (
    ENTITY_ID,
    EXPECTED_HARM,
    GMV_AT_RISK,
    HARM_UNIT,
    QUALITY_PROBABILITY,
    RANK,
    TOP_POLICY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.errors import NotFoundError
from analytics.explain.write import contributions_file
from analytics.review.decided import in_force
from analytics.review.drafts import LONGEST_ID
from analytics.review.schema import IS_NOT_CLOSED, cases_table, decisions_table

SCORE_COLUMNS: Final = (
    ENTITY_ID,
    RANK,
    EXPECTED_HARM,
    HARM_UNIT,
    VIOLATION_PROBABILITY,
    QUALITY_PROBABILITY,
    GMV_AT_RISK,
    TOP_POLICY,
)
PRIORITY: Final = "priority"
REOPENS, HARM_BEFORE, DECIDED_AT = "reopens", "harm_before", "decided_at"
_cases, _decisions = cases_table.c, decisions_table.c


def read_scores(folder: Path) -> pd.DataFrame:
    """Return what opening needs of the scores in a model's folder.

    Raises:
        NotFoundError: The folder has none.
    """
    path = folder / "scores.parquet"
    if not path.is_file():
        raise NotFoundError(f"There are no scores in {folder}.", hint="Run `portreeve build`.")
    return pd.read_parquet(path, columns=list(SCORE_COLUMNS))


def read_contributions(folder: Path) -> pd.DataFrame:
    """Return what each feature adds to the raw log-odds of violation, indexed by entity id.

    Empty where the model has no violation part.
    """
    path = folder / contributions_file("violation")
    return pd.read_parquet(path).set_index(ENTITY_ID) if path.is_file() else pd.DataFrame()


def ranked(scores: pd.DataFrame) -> pd.DataFrame:
    """Return what opening needs of an entity type's scores, in the order of their rank.

    Ids that the decisions database cannot hold are left out. `priority` is the expected harm;
    harm in severity stands below all harm in money, as in the queue.
    """
    if ENTITY_ID not in scores:
        scores = scores.rename_axis(ENTITY_ID).reset_index()
    frame = scores[list(SCORE_COLUMNS)].sort_values(RANK, kind="stable")
    ids = frame[ENTITY_ID].astype(str)
    frame = frame[(ids.str.len() <= LONGEST_ID) & ~ids.str.contains("\0", regex=False)]
    harm = frame[EXPECTED_HARM].astype(float).fillna(0.0).to_numpy()
    is_money = (frame[HARM_UNIT] == "money").to_numpy()
    frame = frame.assign(expected_harm=harm, priority=np.where(is_money, harm, harm - 1.0))
    return frame.set_index(frame[ENTITY_ID].astype(object).rename(None))


def eligible_entities(
    connection: sa.Connection,
    frame: pd.DataFrame,
    entity: EntityType,
    *,
    as_of: datetime,
    now: datetime,
    capacity: int,
    reopen_factor: float,
) -> pd.DataFrame:
    """Return the rows of `frame` without an open case, and without one closed for a while.

    A closed one counts where rows newer than its decision raised the expected harm by
    `reopen_factor`, into the first `capacity` ranks: then `reopens` holds the closed case's id,
    `harm_before` and `decided_at` what its decision knew.
    """
    has_case = frame.index.isin(_open_ids(connection, entity))
    closed = _closed(connection, entity, now).reindex(frame.index)
    is_closed = closed[REOPENS].notna()
    is_newer = closed["seen_as_of"] < as_of
    is_worse = frame[EXPECTED_HARM] >= reopen_factor * closed[HARM_BEFORE]
    is_alike = frame[HARM_UNIT].astype(object) == closed["unit_before"]
    matters = (frame[EXPECTED_HARM] > 0) & (frame[RANK] <= capacity)
    comes_back = is_closed & is_newer & is_worse & is_alike & matters
    known = closed[[REOPENS, HARM_BEFORE, DECIDED_AT]]
    return frame.join(known)[~has_case & (~is_closed | comes_back)]


def decided_ids(connection: sa.Connection, entity: EntityType) -> pd.Index:
    """Return the entities on which a decision in force says yes or no."""
    query = sa.select(_decisions.entity_id).where(
        _decisions.entity_type == entity, _decisions.outcome != "cannot_tell", in_force()
    )
    return pd.Index(sorted(set(connection.scalars(query))), dtype=object)


def _open_ids(connection: sa.Connection, entity: EntityType) -> list[str]:
    query = sa.select(_cases.entity_id).where(IS_NOT_CLOSED, _cases.entity_type == entity)
    return list(connection.scalars(query))


def _closed(connection: sa.Connection, entity: EntityType, now: datetime) -> pd.DataFrame:
    """Return the entities whose last case stays closed for a while, with its decision."""
    query = (
        sa.select(
            _cases.entity_id,
            _cases.id.label(REOPENS),
            _decisions.expected_harm.label(HARM_BEFORE),
            _decisions.harm_unit.label("unit_before"),
            _decisions.as_of.label("seen_as_of"),
            _decisions.decided_at.label(DECIDED_AT),
        )
        .outerjoin(decisions_table, _decisions.id == _cases.decision_id)
        .where(_cases.entity_type == entity, _cases.closed_until > now)
        .order_by(_cases.id)
    )
    rows = connection.execute(query)
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    times = dict.fromkeys(("seen_as_of", DECIDED_AT), "datetime64[us]")
    frame = frame.astype(times | {HARM_BEFORE: "float64", "unit_before": object})
    frame = frame.drop_duplicates(ENTITY_ID, keep="last").set_index(ENTITY_ID)
    return frame.set_index(frame.index.astype(object))
