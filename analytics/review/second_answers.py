"""Giving decisions to somebody else who judges them blindly, and taking the answers."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from analytics.errors import InputError, LeaseLostError, NotFoundError
from analytics.review.database import Database, is_added
from analytics.review.decided import in_force
from analytics.review.drafts import checked_draft
from analytics.review.schema import decisions_table, golden_cases_table, second_looks_table
from analytics.review.second_types import BlindCase, SecondLook
from analytics.review.types import Draft

HELD_FOR: Final = timedelta(hours=1)
GOLDEN_SHARE: Final = 0.2  # of the turns of a reviewer, while golden cases are left
_looks, _decisions = second_looks_table.c, decisions_table.c


def take_next(connection: sa.Connection, database: Database, reviewer: str) -> BlindCase | None:
    """Give a reviewer the next case to judge blindly (see `SecondLooks.next`)."""
    now = database.now()
    held = connection.execute(_blind().where(*held_by(reviewer, now))).first()
    if held is None and _is_golden_turn(connection, reviewer):
        _add_golden(connection, reviewer, now)
        held = connection.execute(_blind().where(*held_by(reviewer, now))).first()
    if held is not None:
        return BlindCase(*held)
    query = _blind().where(*free_for(reviewer, now)).order_by(_looks.asked_at, _looks.id).limit(1)
    found = connection.execute(
        query.with_for_update(skip_locked=True, of=second_looks_table)
    ).one_or_none()
    if found is None:
        return None
    change_look(connection, found.id, {"held_by": reviewer, "held_at": now})
    return BlindCase(found.id, found.entity_type, found.entity_id, found.snapshot_id, now)


def write_answer(
    connection: sa.Connection, database: Database, look_id: int, reviewer: str, draft: Draft
) -> SecondLook:
    """Store a second judgement (see `SecondLooks.answer`)."""
    now = database.now()
    look = locked_look(connection, look_id)
    if look.answered_at is not None and look.reviewer == reviewer:
        return SecondLook(**look._mapping)  # a second press
    if look.status != "waiting" or look.held_by != reviewer:
        raise LeaseLostError(
            "This second review is not yours any more; nothing was saved.",
            hint="Take the next one.",
        )
    first = decision_row(connection, look.decision_id)
    checked = checked_draft(draft, first.entity_type, database.taxonomy)
    is_same = (checked.outcome, checked.policy) == (first.outcome, first.policy)
    answer = {
        "reviewer": reviewer,
        "answered_at": now,
        "outcome": checked.outcome,
        "policy": checked.policy,
        "reason": checked.reason,
        "seconds": max(0.0, (now - look.held_at).total_seconds()),
    }
    return change_look(connection, look_id, answer | _consequence(look.purpose, is_same, now))


def _consequence(purpose: str, is_same: bool, now: datetime) -> dict[str, Any]:
    if purpose == "golden":
        return {"status": "settled", "verdict": "right" if is_same else "wrong", "settled_at": now}
    if is_same:
        return {"status": "settled", "verdict": "agreed", "settled_at": now}
    return {"status": "disputed"}


def held_by(reviewer: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the condition that somebody has a look in hand."""
    return [
        _looks.status == "waiting",
        _looks.held_by == reviewer,
        _looks.held_at > now - HELD_FOR,
        in_force(),
    ]


def free_for(reviewer: str, now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a look waits for anybody but those who judged the entity."""
    other = decisions_table.alias("judged_before")
    judged = sa.exists().where(
        other.c.entity_type == _decisions.entity_type,
        other.c.entity_id == _decisions.entity_id,
        other.c.reviewer == reviewer,
    )
    return [
        _looks.status == "waiting",
        _looks.purpose == "blind",
        sa.or_(_looks.held_at.is_(None), _looks.held_at <= now - HELD_FOR),
        in_force(),
        ~judged,
    ]


def _blind() -> sa.Select:
    return sa.select(
        _looks.id,
        _decisions.entity_type,
        _decisions.entity_id,
        _decisions.snapshot_id,
        _looks.held_at,
    ).join(decisions_table, _decisions.id == _looks.decision_id)


def _is_golden_turn(connection: sa.Connection, reviewer: str) -> bool:
    """Whether the reviewer's next one may be golden: drawn, since what is regular is guessed."""
    query = sa.select(sa.func.count()).where(_looks.reviewer == reviewer)
    turn = connection.execute(query).scalar_one()
    digest = hashlib.blake2b(f"golden {reviewer} {turn}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 < GOLDEN_SHARE


def _add_golden(connection: sa.Connection, reviewer: str, now: datetime) -> None:
    """Put the oldest golden case that the reviewer never judged into the reviewer's hand."""
    golden = golden_cases_table.c
    other = decisions_table.alias("judged_before")
    looked = second_looks_table.alias("looked_before")
    query = (
        sa.select(golden.decision_id)
        .join(decisions_table, _decisions.id == golden.decision_id)
        .where(
            in_force(),
            ~sa.exists().where(
                other.c.entity_type == _decisions.entity_type,
                other.c.entity_id == _decisions.entity_id,
                other.c.reviewer == reviewer,
            ),
            ~sa.exists().where(
                looked.c.decision_id == golden.decision_id, looked.c.reviewer == reviewer
            ),
        )
        .order_by(golden.id)
        .limit(1)
    )
    decision_id = connection.execute(query).scalar_one_or_none()
    if decision_id is None:
        return
    look = {
        "key": f"golden:{decision_id}:{reviewer}",
        "decision_id": decision_id,
        "purpose": "golden",
        "status": "waiting",
        "asked_at": now,
        "asked_by": "draw",
        "held_by": reviewer,
        "held_at": now,
    }
    if not is_added(connection, second_looks_table, look):  # it was let lie before
        again = {"held_by": reviewer, "held_at": now}
        known = second_looks_table.update().where(_looks.key == look["key"])
        connection.execute(known.values(again))


def locked_look(connection: sa.Connection, look_id: int) -> sa.Row:
    """Return the row of a look, which nobody else changes until the transaction ends."""
    query = sa.select(second_looks_table).where(_looks.id == look_id).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no second look {look_id}.")
    return row


def decision_row(connection: sa.Connection, decision_id: int) -> sa.Row:
    """Return a decision that counts.

    Raises:
        InputError: It was amended meanwhile, or there is none.
    """
    query = sa.select(decisions_table).where(_decisions.id == decision_id, in_force())
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(
            f"There is no decision {decision_id} that counts: it was corrected or overturned.",
            hint="Nothing was changed.",
        )
    return row


def change_look(connection: sa.Connection, look_id: int, values: Mapping[str, Any]) -> SecondLook:
    """Change the row of a look and return it."""
    update = sa.update(second_looks_table).where(_looks.id == look_id).values(dict(values))
    row = connection.execute(update.returning(second_looks_table)).one()
    return SecondLook(**row._mapping)
