"""What the decisions database gives and takes. All times are naive UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from analytics.columns import EntityType
from analytics.policies import Milestone

Status = Literal["open", "held", "escalated", "closed"]
OpenedBy = Literal["build", "rule", "control", "hand", "import"]
Outcome = Literal["violation", "no_violation", "cannot_tell"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
Presentation = Literal["evidence_first", "score_first"]
DecisionKind = Literal["decision", "correction", "overturn"]
Source = Literal["review", "import"]


@dataclass(frozen=True)
class Case:
    """One investigation of one entity; `schema.cases_table` as an object."""

    id: int
    entity_type: EntityType
    entity_id: str
    status: Status
    opened_at: datetime
    opened_by: OpenedBy
    opened_reason: str
    lead_policy: str | None
    due_at: datetime
    priority: float
    assigned_to: str | None
    hold_until: datetime | None
    hold_reason: str | None
    closed_at: datetime | None
    closed_until: datetime | None
    reopens: int | None
    decision_id: int | None
    lease_token: str | None
    lease_holder: str | None
    lease_expires_at: datetime | None
    lease_last_interaction_at: datetime | None
    first_claimed_at: datetime | None
    first_viewed_at: datetime | None

    @property
    def opened_by_shown(self) -> str:
        """What opened it, as a reviewer may know it: a control case looks like the build's."""
        return "build" if self.opened_by == "control" else self.opened_by

    def holder(self, now: datetime) -> str | None:
        """Who works on it at `now`; None when it is free."""
        is_leased = self.lease_expires_at is not None and self.lease_expires_at > now
        return self.lease_holder if is_leased else None


@dataclass(frozen=True)
class Lease:
    """The right of one reviewer to decide a case, until it expires and another takes it."""

    case_id: int
    token: str
    reviewer: str
    expires_at: datetime


@dataclass(frozen=True)
class Claimed:
    """A case that was just claimed."""

    case: Case
    lease: Lease


@dataclass(frozen=True)
class Draft:
    """What a reviewer wants to decide."""

    outcome: Outcome
    policy: str | None = None
    severity: str | None = None
    action: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Shown:
    """What the reviewer saw when deciding.

    Attributes:
        features: The entity's feature row.
        suggested_policy: The policy that the form put first; None where it suggested none.
    """

    snapshot_id: str
    dataset_id: str
    as_of: datetime
    model_version: str
    feature_version: str
    features: Mapping[str, Any] | None = None
    violation_probability: float | None = None
    quality_probability: float | None = None
    expected_harm: float | None = None
    harm_unit: str | None = None
    presentation: Presentation = "evidence_first"
    suggested_policy: str | None = None


@dataclass(frozen=True)
class Decision:
    """One row of the decisions, which are only ever added to.

    Attributes:
        kind: A `correction` counts instead of the decision that it `corrects`; an `overturn`
            takes that decision away and has no outcome of its own.
        decided_at: When this row was written (for an import: when it was decided).
        judged_at: When the case was judged; of a correction, when the first decision was made.
        inclusion_probability: Chance that the queue's run would take this entity at all.
        control_probability: Chance that its control sample would; None when no run did.
        seconds: Time that the reviewer spent on the case.
        batch_id: The decision on a whole ring that it was made by; None when it was made alone.
        suggested_policy: The policy that the form put first, whatever was chosen.
    """

    id: int
    case_id: int | None
    lease_token: str | None
    import_key: str | None
    kind: DecisionKind
    corrects: int | None
    source: Source
    reviewer: str
    decided_at: datetime
    judged_at: datetime
    entity_type: EntityType
    entity_id: str
    outcome: Outcome | None
    policy: str | None
    severity: str | None
    points: int
    action: str | None
    reason: str
    taxonomy_version: str
    snapshot_id: str | None
    dataset_id: str | None
    as_of: datetime | None
    model_version: str | None
    feature_version: str | None
    features: dict[str, Any] | None
    violation_probability: float | None
    quality_probability: float | None
    expected_harm: float | None
    harm_unit: str | None
    queue_policy: str | None
    stratum: str | None
    inclusion_probability: float | None
    control_probability: float | None
    presentation: Presentation | None
    position: int | None
    claimed_at: datetime | None
    viewed_at: datetime | None
    seconds: float | None
    batch_id: int | None
    suggested_policy: str | None


@dataclass(frozen=True)
class CaseEvent:
    """Something that happened to a case: a line of its history."""

    id: int
    case_id: int
    at: datetime
    actor: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """Points of an entity within the last 90 days, and from how many decisions."""

    points: int
    decisions: int


@dataclass(frozen=True)
class Preview:
    """What a decision would do to an entity's standing.

    Attributes:
        points_now: Points before it.
        points_after: Points with it.
        reached: Milestones that it would trigger.
        next: The milestone after that; None when there is none.
    """

    points_now: int
    points_after: int
    reached: tuple[Milestone, ...]
    next: Milestone | None
