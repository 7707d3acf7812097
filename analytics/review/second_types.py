"""What second looks give and take. All times are naive UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from analytics.columns import EntityType
from analytics.review.types import Outcome

Purpose = Literal["blind", "golden", "flag"]
LookStatus = Literal["waiting", "disputed", "settled"]
Verdict = Literal["agreed", "first", "second", "other", "right", "wrong", "sent"]
Settlement = Literal["first", "second", "other"]
SETTLEMENTS: Final[tuple[Settlement, ...]] = get_args(Settlement)


@dataclass(frozen=True)
class BlindCase:
    """What a second reviewer is told: whom to judge, and by which snapshot, nothing else.

    Attributes:
        snapshot_id: The snapshot that the first reviewer saw; None for a decision from elsewhere.
    """

    look_id: int
    entity_type: EntityType
    entity_id: str
    snapshot_id: str | None
    held_at: datetime


@dataclass(frozen=True)
class SecondLook:
    """A decision that is looked at again; `schema.second_looks_table` as an object.

    Attributes:
        purpose: `blind` (somebody judges it without knowing the first judgement), `golden` (the
            same, of a case whose answer is known), `flag` (a check of the labels doubts it).
        status: `waiting` for an answer, `disputed` until a lead settles it, or `settled`.
        why: Of a flag, the reason in words.
        outcome: The second judgement, with its policy and reason.
        verdict: `agreed`; or which judgement a lead lets stand: `first`, `second` or an `other`;
            of a golden case `right` or `wrong`; `sent` for a flag that became a blind review.
        amendment_id: The correction that the verdict led to.
    """

    id: int
    key: str
    decision_id: int
    purpose: Purpose
    status: LookStatus
    asked_at: datetime
    asked_by: str
    why: str | None
    held_by: str | None
    held_at: datetime | None
    reviewer: str | None
    answered_at: datetime | None
    outcome: Outcome | None
    policy: str | None
    reason: str | None
    seconds: float | None
    verdict: Verdict | None
    settled_by: str | None
    settled_at: datetime | None
    settled_reason: str | None
    amendment_id: int | None
