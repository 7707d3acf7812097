"""Which decisions are judged a second time: a share of all, drawn when they are made."""

import hashlib

import sqlalchemy as sa

from analytics.review.database import Database, is_added
from analytics.review.schema import second_looks_table
from analytics.review.types import Decision

DRAWN_BY = "draw"


def draw_second_look(connection: sa.Connection, database: Database, decision: Decision) -> None:
    """Ask for a blind second review of a decision, if the draw takes it.

    The draw knows nothing of the decision but its number, so that those drawn speak for all that
    say yes or no.
    """
    if decision.outcome == "cannot_tell" or not is_drawn(decision.id, database):
        return
    look = {
        "key": f"blind:{decision.id}",
        "decision_id": decision.id,
        "purpose": "blind",
        "status": "waiting",
        "asked_at": decision.decided_at,
        "asked_by": DRAWN_BY,
    }
    is_added(connection, second_looks_table, look)


def is_drawn(decision_id: int, database: Database) -> bool:
    """Whether a decision of this number is drawn; the same number always is, or never."""
    text = f"second review {database.settings.seed} {decision_id}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 < database.settings.second_review_share
