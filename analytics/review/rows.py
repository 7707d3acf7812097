"""Rows of the decisions database as objects, and the few reads that several parts share."""

from datetime import datetime

import sqlalchemy as sa

from analytics.errors import LeaseLostError, NotFoundError
from analytics.review.schema import cases_table, claims_table, decisions_table
from analytics.review.types import Case, CaseEvent, Decision


def case_of(row: sa.Row) -> Case:
    """Return a row of the cases as an object."""
    return Case(**row._mapping)


def decision_of(row: sa.Row) -> Decision:
    """Return a row of the decisions as an object."""
    return Decision(**row._mapping)


def event_of(row: sa.Row) -> CaseEvent:
    """Return a row of the events as an object."""
    return CaseEvent(**row._mapping)


def lock_case(connection: sa.Connection, case_id: int) -> sa.Row:
    """Return a case's row, which nobody else changes until the transaction ends."""
    query = sa.select(cases_table).where(cases_table.c.id == case_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no case {case_id}.")
    return row


def claim_row(connection: sa.Connection, token: str) -> sa.Row:
    """Return the claim that a lease token stands for."""
    query = sa.select(claims_table).where(claims_table.c.token == token)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError("There is no claim with this token.", hint="Claim the case again.")
    return row


def held_case(connection: sa.Connection, claim: sa.Row, now: datetime) -> sa.Row:
    """Return the locked row of a claim's case, if the claim still holds it.

    Raises:
        LeaseLostError: Another has it, or it was decided meanwhile.
    """
    row = lock_case(connection, claim.case_id)
    if row.lease_token != claim.token:
        raise lost_lease(connection, row, claim, now)
    return row


def lost_lease(
    connection: sa.Connection, row: sa.Row, claim: sa.Row, now: datetime
) -> LeaseLostError:
    """Return the error that says to whom a claimed case went."""
    decisions = decisions_table.c
    query = (
        sa.select(decisions_table)
        .where(decisions.case_id == row.id, decisions.decided_at >= claim.claimed_at)
        .order_by(decisions.id.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    decision = None if found is None else decision_of(found)
    holder = case_of(row).holder(now)
    if decision is not None:
        text = f"Case {row.id} was decided by {decision.reviewer} meanwhile."
    elif holder is not None:
        text = f"Case {row.id} is now with {holder}."
    else:
        text = f"Case {row.id} is no longer claimed by {claim.reviewer}."
    return LeaseLostError(
        text, hint="Nothing was saved. Claim the case again.", holder=holder, decision=decision
    )


def closed_case(connection: sa.Connection, row: sa.Row) -> LeaseLostError:
    """Return the error that says that a case is closed."""
    query = sa.select(decisions_table).where(decisions_table.c.id == row.decision_id)
    found = connection.execute(query).one_or_none()
    if found is None:
        return LeaseLostError(f"Case {row.id} is closed.")
    decision = decision_of(found)
    return LeaseLostError(
        f"Case {row.id} was decided by {decision.reviewer} on {decision.decided_at:%Y-%m-%d}.",
        hint="Correct that decision instead.",
        decision=decision,
    )
