"""Whether what stands in the decisions database fits together."""

import sqlalchemy as sa

from analytics.review.database import Database
from analytics.review.rule_audit import Features, rule_inconsistencies
from analytics.review.schema import (
    case_events_table,
    cases_table,
    claims_table,
    decisions_table,
    live_table,
    promotions_table,
)

_cases, _claims, _decisions = cases_table.c, claims_table.c, decisions_table.c
_promotions, _live = promotions_table.c, live_table.c
_MADE = sa.and_(_decisions.kind == "decision", _decisions.source == "review")


def inconsistencies(database: Database, features: Features | None = None) -> list[str]:
    """Return what does not fit together, one sentence each; every save is whole, so nothing does.

    Checked are cases against their decisions, decisions against the claims under which they were
    made and against the history, leases against claims, labels against corrections, promotions
    against what the gate said, and rules against the way that they may go.

    Args:
        database: Whose content is checked.
        features: By entity type what rules may use, as `rule_inconsistencies` takes it.
    """
    with database.reading() as connection:
        found = [
            text.format(count)
            for text, query in _CHECKS.items()
            if (count := connection.execute(query).scalar_one())
        ]
        return found + rule_inconsistencies(connection, features or {})


def _count(*conditions: sa.ColumnElement[bool]) -> sa.Select:
    return sa.select(sa.func.count()).where(*conditions)


def _decision_of_case() -> sa.Exists:
    return sa.exists().where(_decisions.id == _cases.decision_id, _decisions.case_id == _cases.id)


def _decision_of_claim() -> sa.Exists:
    return sa.exists().where(
        _decisions.case_id == _claims.case_id, _decisions.lease_token == _claims.token
    )


def _claim_of_decision() -> sa.Exists:
    return sa.exists().where(
        _claims.case_id == _decisions.case_id,
        _claims.token == _decisions.lease_token,
        _claims.end == "decided",
        _claims.ended_at == _decisions.decided_at,
    )


def _decided_twice() -> sa.Select:
    query = (
        sa.select(_decisions.case_id)
        .where(_MADE, _decisions.outcome != "cannot_tell")
        .group_by(_decisions.case_id)
        .having(sa.func.count() > 1)
    )
    return sa.select(sa.func.count()).select_from(query.subquery())


def _untold() -> sa.Select:
    """Decisions more or fewer than the events that tell of them."""
    kinds = ("decided", "corrected", "overturned")
    told = sa.select(sa.func.count()).where(case_events_table.c.kind.in_(kinds)).scalar_subquery()
    made = sa.select(sa.func.count()).where(_decisions.case_id.is_not(None)).scalar_subquery()
    return sa.select(sa.func.abs(told - made))


_CHECKS = {
    "{} closed cases have no decision of their own.": _count(
        _cases.closed_until.is_not(None), ~_decision_of_case()
    ),
    "{} cases have a decision and are not closed.": _count(
        _cases.decision_id.is_not(None), _cases.closed_at.is_(None)
    ),
    "{} cases were decided twice.": _decided_twice(),
    "{} decisions were made without a claim that they ended.": _count(_MADE, ~_claim_of_decision()),
    "{} claims ended by a decision that is not there.": _count(
        _claims.end == "decided", ~_decision_of_claim()
    ),
    "{} leases have no running claim.": _count(
        _cases.lease_token.is_not(None),
        ~sa.exists().where(_claims.token == _cases.lease_token, _claims.ended_at.is_(None)),
    ),
    "{} closed cases still have a lease.": _count(
        _cases.closed_at.is_not(None), _cases.lease_token.is_not(None)
    ),
    "{} models went live against the gate without a lead's word for it.": _count(
        _promotions.outcome == "failed", sa.not_(_promotions.is_override)
    ),
    "{} promotions have no reason or no person.": _count(
        _promotions.live_id.not_in(
            sa.select(_live.id).where(
                sa.func.length(sa.func.trim(_live.reason)) > 0,
                sa.func.length(sa.func.trim(_live.person)) > 0,
            )
        )
    ),
    "The history tells of {} decisions more or fewer than there are.": _untold(),
}
