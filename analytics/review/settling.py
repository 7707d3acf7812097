"""Writing a decision, and what it does to its case."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from analytics.review.claiming import end_claim
from analytics.review.database import Database, record
from analytics.review.deciding import claimed, drawn, insert_decision, judged, seen
from analytics.review.drafts import checked_draft
from analytics.review.second_draw import draw_second_look
from analytics.review.types import Decision, Draft, Shown


def write_decision(
    connection: sa.Connection,
    database: Database,
    case: sa.Row,
    claim: sa.Row,
    draft: Draft,
    shown: Shown,
    seconds: float | None,
    batch_id: int | None = None,
) -> Decision:
    """Decide a locked case under the claim that holds it, and close or escalate it.

    Raises:
        DecisionError: The draft lacks something or breaks the taxonomy.
    """
    now = database.now()
    draft = checked_draft(draft, case.entity_type, database.taxonomy)
    values = {
        "case_id": case.id,
        "kind": "decision",
        "source": "review",
        "decided_at": now,
        "judged_at": now,
        "entity_type": case.entity_type,
        "entity_id": case.entity_id,
        "batch_id": batch_id,
        **judged(draft, database.taxonomy),
        **claimed(claim, now, seconds),
        **seen(shown),
        **drawn(connection, case.id),
    }
    decision = insert_decision(connection, values)
    draw_second_look(connection, database, decision)
    _settle(connection, database, case, decision)
    return decision


def _settle(
    connection: sa.Connection, database: Database, case: sa.Row, decision: Decision
) -> None:
    """Close or escalate the case, end the claim, and write the event of a decision."""
    now, case_id = decision.decided_at, case.id
    data: dict[str, Any] = {
        "decision_id": decision.id,
        "outcome": decision.outcome,
        "policy": decision.policy,
        "severity": decision.severity,
        "action": decision.action,
        "reason": decision.reason,
    }
    if decision.batch_id is not None:
        data["batch_id"] = decision.batch_id
    record(connection, case_id, now, decision.reviewer, "decided", data)
    if decision.outcome == "cannot_tell":
        waits = {"status": "escalated", "assigned_to": None}
        end_claim(connection, case, now, "decided", waits)
        reason = {"reason": decision.reason}
        record(connection, case_id, now, decision.reviewer, "escalated", reason)
        return
    closed = {
        "status": "closed",
        "closed_at": now,
        "closed_until": now + timedelta(days=database.settings.closed_days),
        "decision_id": decision.id,
        "hold_until": None,
        "hold_reason": None,
    }
    end_claim(connection, case, now, "decided", closed)
