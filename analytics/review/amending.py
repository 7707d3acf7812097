"""Corrections and overturned decisions: new rows that stand in the way of older ones."""

from typing import Any, Final

import sqlalchemy as sa

from analytics.errors import InputError, NotFoundError
from analytics.review.database import Database, record
from analytics.review.deciding import insert_decision, judged
from analytics.review.drafts import checked_draft, checked_name, checked_reason
from analytics.review.schema import cases_table, decisions_table
from analytics.review.types import Decision, Draft

_decisions = decisions_table.c
# Of the decision that it amends a row keeps on which entity and from what it was judged.
KEPT: Final = (
    "case_id",
    "source",
    "judged_at",
    "entity_type",
    "entity_id",
    "snapshot_id",
    "dataset_id",
    "as_of",
    "model_version",
    "feature_version",
    "features",
    "violation_probability",
    "quality_probability",
    "expected_harm",
    "harm_unit",
    "queue_policy",
    "stratum",
    "inclusion_probability",
    "control_probability",
    "presentation",
    "suggested_policy",
)


def correct(
    database: Database, decision_id: int, draft: Draft, actor: str, reason: str
) -> Decision:
    """Write a correction (see `Decisions.correct`)."""
    actor, reason = checked_name(actor), checked_reason(reason)
    with database.writing() as connection:
        return correct_in(connection, database, decision_id, draft, actor, reason)


def correct_in(
    connection: sa.Connection,
    database: Database,
    decision_id: int,
    draft: Draft,
    actor: str,
    reason: str,
) -> Decision:
    """Correct a decision within a transaction; name and reason have been checked."""
    old = _amended(connection, decision_id)
    _refuse_undecided(connection, old)
    said = draft.reason.strip()
    why = reason if said in ("", reason) else f"{said} (Corrected: {reason})"
    checked = checked_draft(
        Draft(draft.outcome, draft.policy, draft.severity, draft.action, said or reason),
        old.entity_type,
        database.taxonomy,
    )
    values = judged(checked, database.taxonomy) | {"reason": why, "kind": "correction"}
    return _amend(connection, database, old, values, actor, reason)


def overturn(database: Database, decision_id: int, actor: str, reason: str) -> Decision:
    """Write that a decision is overturned (see `Decisions.overturn`)."""
    actor, reason = checked_name(actor), checked_reason(reason)
    with database.writing() as connection:
        return overturn_in(connection, database, decision_id, actor, reason)


def overturn_in(
    connection: sa.Connection, database: Database, decision_id: int, actor: str, reason: str
) -> Decision:
    """Overturn a decision within a transaction; name and reason have been checked."""
    old = _amended(connection, decision_id)
    values = {
        "kind": "overturn",
        "outcome": None,
        "points": 0,
        "reason": reason,
        "taxonomy_version": database.taxonomy.version,
    }
    return _amend(connection, database, old, values, actor, reason)


def _amended(connection: sa.Connection, decision_id: int) -> sa.Row:
    """Return the locked row that is to be amended."""
    query = sa.select(decisions_table).where(_decisions.id == decision_id).with_for_update()
    old = connection.execute(query).one_or_none()
    if old is None:
        raise NotFoundError(f"There is no decision {decision_id}.")
    if old.kind == "overturn":
        raise InputError(f"Decision {decision_id} is itself an overturned appeal.")
    later = connection.execute(
        sa.select(_decisions.id, _decisions.kind).where(_decisions.corrects == decision_id)
    ).one_or_none()
    if later is not None:
        verb = "overturned" if later.kind == "overturn" else "corrected"
        raise InputError(
            f"Decision {decision_id} was already {verb} by decision {later.id}.",
            hint="Amend the newest one.",
        )
    return old


def _refuse_undecided(connection: sa.Connection, old: sa.Row) -> None:
    query = sa.select(cases_table.c.closed_at).where(cases_table.c.id == old.case_id)
    if old.case_id is not None and connection.scalar(query) is None:
        raise InputError(
            f"Case {old.case_id} is not closed yet.", hint="Claim it and decide it instead."
        )


def _amend(
    connection: sa.Connection,
    database: Database,
    old: sa.Row,
    values: dict[str, Any],
    actor: str,
    reason: str,
) -> Decision:
    now = database.now()
    kept = {name: old._mapping[name] for name in KEPT}
    row = kept | values | {"corrects": old.id, "reviewer": actor, "decided_at": now}
    amendment = insert_decision(connection, row)
    if old.case_id is not None:
        data = {
            "decision_id": amendment.id,
            "corrects": old.id,
            "outcome": amendment.outcome,
            "policy": amendment.policy,
            "severity": amendment.severity,
            "action": amendment.action,
            "reason": reason,
        }
        kind = "overturned" if amendment.kind == "overturn" else "corrected"
        record(connection, old.case_id, now, actor, kind, data)
    return amendment
