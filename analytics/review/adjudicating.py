"""Which of two judgements stands: what a lead says, and the correction that follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.amending import correct_in
from analytics.review.database import Database, insert_new, is_added
from analytics.review.drafts import checked_reason
from analytics.review.identity import is_lead
from analytics.review.schema import golden_cases_table, second_looks_table
from analytics.review.second_answers import change_look, decision_row, locked_look
from analytics.review.second_types import SETTLEMENTS, SecondLook, Settlement
from analytics.review.types import Draft

_looks = second_looks_table.c


def check_lead(database: Database, name: str) -> None:
    """Raise `InputError` where the settings name leads, and not this person."""
    if not is_lead(name, database.settings.leads):
        raise InputError(
            f"Only a lead may do this, and {name!r} is none.",
            hint="The setting `leads` names them.",
        )


def settle_look(
    connection: sa.Connection,
    database: Database,
    look_id: int,
    lead: str,
    settlement: Settlement,
    reason: str,
    draft: Draft | None,
) -> SecondLook:
    """Let a judgement stand (see `SecondLooks.settle`)."""
    look = locked_look(connection, look_id)
    if look.status != "disputed":
        raise InputError(f"Second look {look_id} is {look.status}; nothing was changed.")
    first = decision_row(connection, look.decision_id)
    if look.purpose == "blind" and lead in (first.reviewer, look.reviewer):
        raise InputError(
            "Who gave one of the two judgements cannot settle between them.",
            hint="Another lead has to.",
        )
    chosen = _chosen(look, settlement, draft)
    amendment = None
    if chosen is not None:
        amendment = correct_in(connection, database, first.id, chosen, lead, reason).id
    return change_look(
        connection, look_id, _settled(settlement, lead, database.now(), reason, amendment)
    )


def _chosen(look: sa.Row, settlement: Settlement, draft: Draft | None) -> Draft | None:
    """Return the judgement that takes the first one's place; None where that stands."""
    if settlement not in SETTLEMENTS:
        raise InputError(f"There is no settlement {settlement!r}: use {', '.join(SETTLEMENTS)}.")
    if settlement == "first":
        return None
    if settlement == "second":
        if look.outcome is None:
            raise InputError("Nobody judged it a second time, so no second judgement can stand.")
        return Draft(look.outcome, look.policy, reason=look.reason)
    if draft is None:
        raise InputError("Say what should have been decided.")
    return draft


def ask_blindly(
    connection: sa.Connection, database: Database, look_id: int, lead: str
) -> SecondLook:
    """Turn a flag into a blind second review (see `SecondLooks.send`)."""
    flag = locked_look(connection, look_id)
    if flag.purpose != "flag" or flag.status != "disputed":
        raise InputError(f"Second look {look_id} is no open flag; nothing was changed.")
    decision_row(connection, flag.decision_id)
    now = database.now()
    look = {
        "key": f"blind:{flag.decision_id}",
        "decision_id": flag.decision_id,
        "purpose": "blind",
        "status": "waiting",
        "asked_at": now,
        "asked_by": lead,
    }
    if not is_added(connection, second_looks_table, look):
        raise InputError(
            f"Decision {flag.decision_id} was given to a second reviewer before.",
            hint="Settle the flag yourself.",
        )
    return change_look(connection, look_id, _settled("sent", lead, now, None, None))


def add_flags(
    connection: sa.Connection, database: Database, why: Mapping[int, str], person: str
) -> int:
    """Add a flag for each decision that never had one; return how many are new."""
    now = database.now()
    rows = [
        {
            "key": f"flag:{decision_id}",
            "decision_id": decision_id,
            "purpose": "flag",
            "status": "disputed",
            "asked_at": now,
            "asked_by": person,
            "why": text,
        }
        for decision_id, text in why.items()
    ]
    before = _flags(connection)
    if rows:
        connection.execute(insert_new(connection, second_looks_table), rows)
    return _flags(connection) - before


def add_golden(
    connection: sa.Connection, database: Database, decision_id: int, person: str, reason: str
) -> None:
    """Let a decision be a golden case (see `SecondLooks.mark_golden`)."""
    decision = decision_row(connection, decision_id)
    if decision.outcome == "cannot_tell":
        raise InputError("A golden case has a known answer; `cannot tell` is none.")
    row = {
        "decision_id": decision_id,
        "at": database.now(),
        "person": person,
        "reason": checked_reason(reason),
    }
    if not is_added(connection, golden_cases_table, row):
        raise InputError(f"Decision {decision_id} is a golden case already.")


def _settled(
    verdict: str, lead: str, now: datetime, reason: str | None, amendment_id: int | None
) -> dict[str, Any]:
    return {
        "status": "settled",
        "verdict": verdict,
        "settled_by": lead,
        "settled_at": now,
        "settled_reason": reason,
        "amendment_id": amendment_id,
    }


def _flags(connection: sa.Connection) -> int:
    query = sa.select(sa.func.count()).where(_looks.purpose == "flag")
    return connection.execute(query).scalar_one()
