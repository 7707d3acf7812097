"""Which decisions of a file are in the decisions database already."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from analytics.review.importing import ImportedDecision
from analytics.review.schema import decisions_table

AT_A_TIME: Final = 500
Key = tuple[str, str, datetime, str, str, str]
_decisions = decisions_table.c


def known_among(connection: sa.Connection, rows: Sequence[ImportedDecision]) -> Iterator[bool]:
    """Say of each decision whether it is stored, or stands earlier in the rows.

    Two decisions are the same when entity, moment, reviewer, outcome and policy are, wherever they
    were made: labels that were exported here are known here.
    """
    seen: set[Key] = set()
    for start in range(0, len(rows), AT_A_TIME):
        part = rows[start : start + AT_A_TIME]
        seen |= _stored(connection, {row.entity_id for row in part})
        for row in part:
            key = _key(row)
            yield key in seen
            seen.add(key)


def _key(row: ImportedDecision) -> Key:
    reviewer = (row.reviewer or "").strip()
    who = (row.entity_type, row.entity_id, row.decided_at, reviewer)
    return (*who, row.outcome, row.policy or "")


def _stored(connection: sa.Connection, entity_ids: set[str]) -> set[Key]:
    query = sa.select(
        _decisions.entity_type,
        _decisions.entity_id,
        _decisions.judged_at,
        _decisions.reviewer,
        _decisions.outcome,
        sa.func.coalesce(_decisions.policy, ""),
    ).where(_decisions.entity_id.in_(entity_ids), _decisions.outcome.is_not(None))
    return {tuple(row) for row in connection.execute(query)}
