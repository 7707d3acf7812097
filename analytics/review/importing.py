"""Decisions that were made elsewhere and are read from a file."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from analytics.columns import ENTITY_TYPES
from analytics.errors import InputError
from analytics.policies import Taxonomy
from analytics.review.database import Database, insert_new
from analytics.review.drafts import LONGEST_ID, LONGEST_NAME, LONGEST_REASON, text_problem
from analytics.review.schema import decisions_table
from analytics.review.types import OUTCOMES

AT_A_TIME: Final = 500
AHEAD: Final = timedelta(days=1)  # clocks and time zones of other systems


@dataclass(frozen=True)
class ImportedDecision:
    """A decision that was made elsewhere. Times are naive UTC."""

    entity_type: str
    entity_id: str
    outcome: str
    decided_at: datetime
    policy: str | None = None
    reviewer: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Added:
    """How many decisions an import added, and how many were there already."""

    added: int
    known: int


def import_problem(row: ImportedDecision, taxonomy: Taxonomy, now: datetime) -> str | None:
    """Return a sentence saying why a decision cannot be imported; None if it can."""
    if row.entity_type not in ENTITY_TYPES:
        return f"There is no entity type {row.entity_type!r}: use {', '.join(ENTITY_TYPES)}."
    if problem := text_problem(row.entity_id, "An entity's id", LONGEST_ID):
        return problem
    if row.outcome not in OUTCOMES:
        return f"There is no outcome {row.outcome!r}: use {', '.join(OUTCOMES)}."
    if row.policy:
        known = [policy.code for policy in taxonomy.policies if policy.entity == row.entity_type]
        if row.policy not in known:
            return f"There is no policy {row.policy!r} for a {row.entity_type}."
        if row.outcome != "violation":
            return "Only a violation has a policy."
    if row.decided_at > now + AHEAD:
        return f"It was decided in the future ({row.decided_at:%Y-%m-%d})."
    if row.reviewer and (problem := text_problem(row.reviewer, "A reviewer's name", LONGEST_NAME)):
        return problem
    return text_problem(row.note, "A note", LONGEST_REASON) if row.note.strip() else None


def add_imported(database: Database, rows: Iterable[ImportedDecision], actor: str) -> Added:
    """Add decisions, all or none (see `Decisions.add_imported`)."""
    taxonomy, now = database.taxonomy, database.now()
    rows = list(rows)
    for number, row in enumerate(rows, 1):
        if problem := import_problem(row, taxonomy, now):
            raise InputError(f"Row {number}: {problem}", hint="Nothing was imported.")
    values = [_values(row, taxonomy, actor) for row in rows]
    with database.writing() as connection:
        before = _imported(connection)
        for start in range(0, len(values), AT_A_TIME):
            part = values[start : start + AT_A_TIME]
            connection.execute(insert_new(connection, decisions_table), part)
        added = _imported(connection) - before
    return Added(added, len(values) - added)


def _values(row: ImportedDecision, taxonomy: Taxonomy, actor: str) -> dict[str, Any]:
    severity = taxonomy.default_severity if row.outcome == "violation" else None
    reviewer = (row.reviewer or actor).strip()
    return {
        "import_key": _key(row, reviewer),
        "kind": "decision",
        "source": "import",
        "reviewer": reviewer,
        "decided_at": row.decided_at,
        "judged_at": row.decided_at,
        "entity_type": row.entity_type,
        "entity_id": row.entity_id,
        "outcome": row.outcome,
        "policy": row.policy or None,
        "severity": severity,
        "points": taxonomy.points(row.policy, severity) if row.policy and severity else 0,
        "reason": row.note.strip(),
        "taxonomy_version": taxonomy.version,
    }


def _key(row: ImportedDecision, reviewer: str) -> str:
    """Return what is equal for equal decisions, so that a file read twice adds nothing twice."""
    said = (row.entity_type, row.entity_id, row.outcome, row.policy or "", row.decided_at, reviewer)
    text = "\0".join(str(part) for part in said)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _imported(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(decisions_table.c.source == "import")
    return connection.execute(query).scalar_one()
