"""Moving a case on undecided: put it on hold, escalate it, hand it to somebody."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from analytics.errors import InputError, LeaseLostError
from analytics.review.claiming import end_claim
from analytics.review.database import record
from analytics.review.drafts import checked_name, checked_reason
from analytics.review.leases import Leases
from analytics.review.rows import case_of, claim_row, closed_case, held_case, lock_case
from analytics.review.types import Case


class Handover(Leases):
    """The part of `Cases` that moves cases on undecided."""

    def hold(self, token: str, until: datetime, reason: str) -> Case:
        """Put a claimed case off until a moment; then it is open again.

        Raises:
            InputError: `until` is not in the future, or there is no reason.
            LeaseLostError: Another has the case, or it was decided meanwhile.
        """
        reason = checked_reason(reason)
        if until <= self._database.now():
            raise InputError("A case can be put on hold only until a moment in the future.")
        change = {"status": "held", "hold_until": until, "hold_reason": reason}
        return self._move(token, "held", change, {"until": until.isoformat(), "reason": reason})

    def escalate(self, token: str, reason: str, to: str | None = None) -> Case:
        """Pass a claimed case to somebody with more authority, by name or to whoever that is.

        Raises:
            InputError: There is no reason.
            LeaseLostError: Another has the case, or it was decided meanwhile.
        """
        reason = checked_reason(reason)
        to = None if to is None else checked_name(to)
        change = {"status": "escalated", "assigned_to": to}
        return self._move(token, "escalated", change, {"to": to, "reason": reason})

    def assign(self, token_or_case: str | int, to: str | None, reason: str, actor: str) -> Case:
        """Hand a case to a named person, or with None back to everybody.

        Args:
            token_or_case: The lease of a claimed case, or the id of a case that nobody works on.
            to: Who gets it. None makes an escalated case open again.
            reason: Why.
            actor: Who hands it over.

        Raises:
            InputError: There is no reason.
            LeaseLostError: Another works on the case, or it is closed.
        """
        reason, actor = checked_reason(reason), checked_name(actor)
        to = None if to is None else checked_name(to)
        with self._database.writing() as connection:
            now = self._database.now()
            if isinstance(token_or_case, str):
                row = held_case(connection, claim_row(connection, token_or_case), now)
            else:
                row = lock_case(connection, token_or_case)
                _refuse_taken(connection, row, actor, now)
            change: dict[str, Any] = {"assigned_to": to}
            if to is None and row.status == "escalated":
                change["status"] = "open"
            case = end_claim(connection, row, now, "assigned", change)
            record(connection, row.id, now, actor, "assigned", {"to": to, "reason": reason})
        return case

    def _move(self, token: str, kind: str, change: dict[str, Any], data: dict[str, Any]) -> Case:
        with self._database.writing() as connection:
            now = self._database.now()
            claim = claim_row(connection, token)
            row = held_case(connection, claim, now)
            case = end_claim(connection, row, now, kind, change)
            record(connection, row.id, now, claim.reviewer, kind, data)
        return case


def _refuse_taken(connection: sa.Connection, row: sa.Row, actor: str, now: datetime) -> None:
    if row.closed_at is not None:
        raise closed_case(connection, row)
    holder = case_of(row).holder(now)
    if holder not in (None, actor):
        raise LeaseLostError(f"{holder} is working on case {row.id}.", holder=holder)
