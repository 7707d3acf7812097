"""Writing a round of the queue: its run, its cases, and how each of them came in."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from analytics import formats
from analytics.columns import (
    EXPECTED_HARM,
    GMV_AT_RISK,
    HARM_UNIT,
    QUALITY_PROBABILITY,
    RANK,
    TOP_POLICY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.policies import Taxonomy
from analytics.review.database import insert_new
from analytics.review.deciding import plain
from analytics.review.drawing import Round
from analytics.review.eligible import DECIDED_AT, HARM_BEFORE, REOPENS
from analytics.review.entries import IsLive
from analytics.review.schema import (
    case_events_table,
    cases_table,
    queue_entries_table,
    queue_runs_table,
)
from analytics.settings import Settings

OPENED_BY: Final = {"top": "build", "rule": "rule", "rest": "control"}
NAMED: Final = 3
_runs, _cases = queue_runs_table.c, cases_table.c


@dataclass(frozen=True)
class Run:
    """One round for one entity type."""

    live: IsLive
    entity: EntityType
    round: int
    as_of: datetime
    now: datetime
    settings: Settings
    taxonomy: Taxonomy

    @property
    def model_version(self) -> str:
        """The model whose scores count."""
        return self.live.models[self.entity]

    @property
    def seed(self) -> int:
        """Seed of this round alone: the same round is drawn the same way again."""
        parts = (self.settings.seed, self.live.snapshot_id, self.model_version, self.round)
        digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") >> 1

    def due_at(self, policy: str | None) -> datetime:
        """Return until when a case that this policy leads is to be decided."""
        known = {p.code: p.due_days for p in self.taxonomy.policies}
        return self.now + timedelta(days=known.get(policy or "", self.settings.default_due_days))


def rounds_drawn(connection: sa.Connection, run: Run) -> int:
    """Return how many rounds were drawn for this snapshot and model."""
    query = sa.select(sa.func.count()).where(
        _runs.snapshot_id == run.live.snapshot_id,
        _runs.entity_type == run.entity,
        _runs.model_version == run.model_version,
    )
    return connection.execute(query).scalar_one()


def write_round(
    connection: sa.Connection, run: Run, drawn: Round, eligible: pd.DataFrame
) -> dict[str, int] | None:
    """Write a round, its cases and how each came in.

    Returns:
        Id of each new case by entity id; None when another process has written this round.
    """
    run_id = _insert_run(connection, run, drawn)
    if run_id is None:
        return None
    rows = eligible.loc[drawn.priority.sort_values(ascending=False, kind="stable").index]
    opened = _insert_cases(connection, run, rows, drawn)
    _insert_entries(connection, run, run_id, rows, drawn, opened)
    return opened


def _insert_run(connection: sa.Connection, run: Run, drawn: Round) -> int | None:
    values = {
        "snapshot_id": run.live.snapshot_id,
        "entity_type": run.entity,
        "model_version": run.model_version,
        "round": run.round,
        "models": dict(run.live.models),
        "at": run.now,
        "population": drawn.population,
        "capacity": run.settings.review_capacity,
        "control_size": len(drawn.control),
        "seed": run.seed,
    }
    insert = insert_new(connection, queue_runs_table).values(values).returning(_runs.id)
    return connection.execute(insert).scalar_one_or_none()


def _insert_cases(
    connection: sa.Connection, run: Run, rows: pd.DataFrame, drawn: Round
) -> dict[str, int]:
    """Open a case for each row, highest priority first; return their ids by entity id."""
    cases = [_case(run, entity_id, score, drawn) for entity_id, score in _records(rows)]
    if not cases:
        return {}
    insert = insert_new(connection, cases_table).returning(_cases.id, _cases.entity_id)
    opened = {row.entity_id: row.id for row in connection.execute(insert, cases)}
    events = [
        {
            "case_id": opened[case["entity_id"]],
            "at": run.now,
            "actor": "build",
            "kind": "opened" if case["reopens"] is None else "reopened",
            "data": {"reason": case["opened_reason"], "reopens": case["reopens"]},
        }
        for case in cases
        if case["entity_id"] in opened
    ]
    if events:
        connection.execute(sa.insert(case_events_table), events)
    return opened


def _case(run: Run, entity_id: str, score: Mapping[str, Any], drawn: Round) -> dict[str, Any]:
    reopens = None if pd.isna(score[REOPENS]) else int(score[REOPENS])
    policy = score[TOP_POLICY] if isinstance(score[TOP_POLICY], str) else None
    return {
        "entity_type": run.entity,
        "entity_id": entity_id,
        "status": "open",
        "opened_at": run.now,
        "opened_by": OPENED_BY[drawn.stratum(entity_id)],
        "opened_reason": _reason(run, score, drawn.by_rule.get(entity_id, ())),
        "lead_policy": policy,
        "due_at": run.due_at(policy),
        "priority": float(drawn.priority[entity_id]),
        "reopens": reopens,
    }


def _reason(run: Run, score: Mapping[str, Any], rules: Sequence[str]) -> str:
    """Return why a case was opened. A control case says the same as the others."""
    if pd.isna(score[REOPENS]) and rules:
        named = ", ".join(f"“{name}”" for name in rules[:NAMED])
        more = f" and {len(rules) - NAMED} more" if len(rules) > NAMED else ""
        fire = "a live rule fires" if len(rules) == 1 else "live rules fire"
        return f"Queued because {fire}: {named}{more}."
    if pd.isna(score[REOPENS]):
        return f"Queued by the build of snapshot {run.live.snapshot_id}."
    before, after = formats.number(score[HARM_BEFORE]), formats.number(score[EXPECTED_HARM])
    return (
        f"Reopened because expected harm rose from {before} to {after} "
        f"since the decision of {score[DECIDED_AT]:%Y-%m-%d}."
    )


def _insert_entries(
    connection: sa.Connection,
    run: Run,
    run_id: int,
    rows: pd.DataFrame,
    drawn: Round,
    opened: Mapping[str, int],
) -> None:
    entries = [
        {
            "case_id": opened[entity_id],
            "run_id": run_id,
            "policy": policy,
            "stratum": f"{run.entity}/{drawn.stratum(entity_id)}",
            "inclusion_probability": chance,
            "snapshot_id": run.live.snapshot_id,
            "model_version": run.model_version,
            "rank": int(score[RANK]),
            "expected_harm": plain(score[EXPECTED_HARM]),
            "harm_unit": score[HARM_UNIT],
            "violation_probability": plain(score[VIOLATION_PROBABILITY]),
            "quality_probability": plain(score[QUALITY_PROBABILITY]),
            "gmv_at_risk": plain(score[GMV_AT_RISK]),
            "at": run.now,
        }
        for entity_id, score in _records(rows)
        if entity_id in opened
        for policy, chance in drawn.policies(entity_id)
    ]
    if entries:
        connection.execute(sa.insert(queue_entries_table), entries)


def _records(rows: pd.DataFrame) -> list[tuple[str, dict[Any, Any]]]:
    """Return each row by its entity id."""
    return [(str(entity_id), row) for entity_id, row in rows.to_dict("index").items()]
