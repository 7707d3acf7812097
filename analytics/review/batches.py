"""Decisions on a whole ring: one decision a member, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from analytics import formats
from analytics.columns import EntityType
from analytics.errors import InputError, LeaseLostError, NotFoundError
from analytics.policies import Milestone
from analytics.review.amending import overturn_in
from analytics.review.cases import open_case
from analytics.review.claiming import refusal, take
from analytics.review.database import Database
from analytics.review.decided import in_force, last_decision
from analytics.review.drafts import checked_entity, checked_name, checked_reason
from analytics.review.rows import claim_row, decision_of
from analytics.review.schema import IS_NOT_CLOSED, batches_table, cases_table, decisions_table
from analytics.review.settling import write_decision
from analytics.review.standing import preview_of, standing_of
from analytics.review.types import Decision, Draft, Shown

_batches, _cases, _decisions = batches_table.c, cases_table.c, decisions_table.c


@dataclass(frozen=True)
class MemberDraft:
    """What is to be decided on one member, and what of it was shown."""

    entity_type: EntityType
    entity_id: str
    draft: Draft
    shown: Shown


@dataclass(frozen=True)
class LeftOut:
    """A member that the decision spares, and why."""

    entity_type: EntityType
    entity_id: str
    reason: str


@dataclass(frozen=True)
class Batch:
    """Decisions that were made together.

    Attributes:
        subject: What binds them: the name of the ring.
        decisions: One a member, as they were made; what amends them is told by `in_force`.
        in_force: Ids of those that nothing corrects or overturns.
    """

    id: int
    at: datetime
    actor: str
    subject: str
    snapshot_id: str
    reason: str
    left_out: tuple[LeftOut, ...]
    decisions: tuple[Decision, ...]
    in_force: frozenset[int]


@dataclass(frozen=True)
class MemberPreview:
    """What deciding would do to one member.

    Attributes:
        points_now: Points of the last 90 days.
        points_after: The same with the decision; equal where it is no violation.
        reached: Milestones that it would trigger.
        blocked: Why it cannot be decided now, such as that somebody works on it; None if it can.
        last: The last decision on it that is in force.
    """

    entity_type: EntityType
    entity_id: str
    points_now: int
    points_after: int
    reached: tuple[Milestone, ...]
    blocked: str | None
    last: Decision | None


class Batches:
    """Decides whole rings, says beforehand what that does, and takes it back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def preview(
        self,
        members: Sequence[tuple[EntityType, str]],
        drafts: Mapping[EntityType, Draft],
        reviewer: str,
    ) -> list[MemberPreview]:
        """Return what deciding on each of the members would do; nothing is changed.

        Args:
            members: Type and id.
            drafts: What would be decided, by entity type; a draft need not be complete.
            reviewer: Who would decide.

        Raises:
            InputError: There is no such policy or severity.
        """
        with self._database.reading() as connection:
            return [
                self._preview(connection, entity, entity_id, drafts.get(entity), reviewer)
                for entity, entity_id in members
            ]

    def decide(
        self,
        members: Sequence[MemberDraft],
        reviewer: str,
        *,
        key: str,
        subject: str,
        reason: str,
        left_out: Sequence[LeftOut] = (),
        seconds: float | None = None,
    ) -> Batch:
        """Decide on every member in one transaction: each gets a decision, or nobody does.

        A member without an open case gets one. A second call with the same key changes nothing
        and returns what the first one made.

        Args:
            members: Whom it hits, at most `ring_decision_most`.
            reviewer: Who decides.
            key: Names this one act, such as the press of a button.
            subject: The name of the ring.
            reason: Why; kept with the batch. Each draft has its own besides.
            left_out: Whom it spares, and why.
            seconds: Time spent on all of them; each decision takes an equal part.

        Raises:
            DecisionError: A draft lacks something or breaks the taxonomy.
            InputError: There are no members, too many or one twice; one is left out, too; or a
                reason is missing.
            LeaseLostError: Somebody else works on one of them, or has it assigned.
        """
        reviewer, reason = checked_name(reviewer), checked_reason(reason)
        members = _checked(members, left_out, self._database.settings.ring_decision_most)
        left_out = [replace(one, reason=_why_left_out(one)) for one in left_out]
        with self._database.writing() as connection:
            if (
                made := connection.scalar(sa.select(_batches.id).where(_batches.key == key))
            ) is None:
                values = {
                    "key": key,
                    "at": self._database.now(),
                    "actor": reviewer,
                    "subject": subject,
                    "snapshot_id": members[0].shown.snapshot_id,
                    "reason": reason,
                    "left_out": [vars(one) for one in left_out],
                }
                insert = sa.insert(batches_table).values(values).returning(_batches.id)
                made = connection.execute(insert).scalar_one()
                each = None if seconds is None else seconds / len(members)
                for member in members:
                    self._decide(connection, member, reviewer, made, subject, each)
            return _batch(connection, made)

    def get(self, batch_id: int) -> Batch:
        """Return a batch; raise `NotFoundError` if there is none."""
        with self._database.reading() as connection:
            return _batch(connection, batch_id)

    def of_subject(self, subject: str) -> list[Batch]:
        """Return the batches on one ring, newest first."""
        query = (
            sa.select(_batches.id).where(_batches.subject == subject).order_by(_batches.id.desc())
        )
        with self._database.reading() as connection:
            return [_batch(connection, batch_id) for batch_id in connection.scalars(query).all()]

    def undo(self, batch_id: int, actor: str, reason: str) -> Batch:
        """Overturn every decision of a batch that is in force, in one transaction.

        Nothing is deleted: each gets a row that takes it away, and its entity may come into the
        queue again. Decisions that were amended one by one stay as they were amended.

        Raises:
            InputError: None of them is in force any more, or there is no reason.
            NotFoundError: There is no such batch.
        """
        actor, reason = checked_name(actor), checked_reason(reason)
        with self._database.writing() as connection:
            connection.execute(
                sa.select(_batches.id).where(_batches.id == batch_id).with_for_update()
            )
            batch = _batch(connection, batch_id)
            if not batch.in_force:
                raise InputError(
                    f"Nothing of the decision on {batch.subject} is in force any more."
                )
            now = self._database.now()
            for decision in batch.decisions:
                if decision.id in batch.in_force:
                    overturn_in(connection, self._database, decision.id, actor, reason)
                    _free(connection, decision, now)
            return _batch(connection, batch_id)

    def _preview(
        self,
        connection: sa.Connection,
        entity: EntityType,
        entity_id: str,
        draft: Draft | None,
        reviewer: str,
    ) -> MemberPreview:
        now = self._database.now()
        standing = standing_of(connection, entity, entity_id, now)
        after = standing.points
        reached: tuple[Milestone, ...] = ()
        if draft is not None and draft.outcome == "violation" and draft.policy:
            told = preview_of(standing, self._database.taxonomy, draft.policy, draft.severity)
            after, reached = told.points_after, told.reached
        row = connection.execute(_open_case_of(entity, entity_id)).one_or_none()
        problem = row and refusal(row, reviewer, now, take_over=True)
        return MemberPreview(
            entity,
            entity_id,
            points_now=standing.points,
            points_after=after,
            reached=reached,
            blocked=str(problem) if problem else None,
            last=last_decision(connection, entity, entity_id),
        )

    def _decide(
        self,
        connection: sa.Connection,
        member: MemberDraft,
        reviewer: str,
        batch_id: int,
        subject: str,
        seconds: float | None,
    ) -> None:
        database, now = self._database, self._database.now()
        query = _open_case_of(member.entity_type, member.entity_id)
        row = connection.execute(query.with_for_update()).one_or_none()
        if row is None:
            open_case(
                connection,
                now,
                "hand",
                member.entity_type,
                member.entity_id,
                reviewer,
                f"Decided with {subject}",
                lead_policy=member.draft.policy,
                priority=None,
                due_days=database.settings.default_due_days,
            )
            row = connection.execute(query).one()
        elif problem := refusal(row, reviewer, now, take_over=True):
            raise LeaseLostError(
                f"Nothing was decided: {problem.message} It is about {member.entity_id!r}.",
                hint="Leave that member out, or wait.",
                holder=problem.holder,
            )
        claimed = take(connection, database, row, reviewer, member.shown.presentation)
        write_decision(
            connection,
            database,
            connection.execute(query).one(),
            claim_row(connection, claimed.lease.token),
            member.draft,
            member.shown,
            seconds,
            batch_id,
        )


def _checked(
    members: Sequence[MemberDraft], left_out: Sequence[LeftOut], most: int
) -> list[MemberDraft]:
    """Return the members in the order in which they are locked, the same in every transaction."""
    if not members:
        raise InputError("The decision hits nobody.", hint="Take at least one member in.")
    if len(members) > most:
        raise InputError(
            f"The decision hits {formats.plural(len(members), 'member')}; at most {most} may be "
            "decided together.",
            hint="Leave some out, or raise PORTREEVE_RING_DECISION_MOST.",
        )
    named = [checked_entity(member.entity_type, member.entity_id) for member in members]
    if len(set(named)) < len(named):
        raise InputError("A member is named twice.")
    if spared := set(named) & {(one.entity_type, one.entity_id) for one in left_out}:
        entity, entity_id = min(spared)
        raise InputError(f"The {entity} {entity_id!r} is both hit and left out.")
    if any(member.draft.outcome == "cannot_tell" for member in members):
        raise InputError("A decision on a whole ring says yes or no.")
    return sorted(members, key=lambda member: (member.entity_type, member.entity_id))


def _why_left_out(one: LeftOut) -> str:
    return checked_reason(one.reason, f"A reason to leave out {one.entity_id!r}")


def _open_case_of(entity: EntityType, entity_id: str) -> sa.Select[Any]:
    return sa.select(cases_table).where(
        IS_NOT_CLOSED, _cases.entity_type == entity, _cases.entity_id == entity_id
    )


def _free(connection: sa.Connection, decision: Decision, now: datetime) -> None:
    """Let a round of the queue take the entity again."""
    case = sa.update(cases_table).where(_cases.id == decision.case_id, _cases.closed_until > now)
    connection.execute(case.values(closed_until=now))


def _batch(connection: sa.Connection, batch_id: int) -> Batch:
    query = sa.select(batches_table).where(_batches.id == batch_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no decision on a ring with the number {batch_id}.")
    made = sa.select(decisions_table).where(_decisions.batch_id == batch_id).order_by(_decisions.id)
    decisions = tuple(decision_of(found) for found in connection.execute(made))
    force = sa.select(_decisions.id).where(_decisions.batch_id == batch_id, in_force())
    return Batch(
        row.id,
        row.at,
        row.actor,
        row.subject,
        row.snapshot_id,
        row.reason,
        tuple(LeftOut(**one) for one in row.left_out),
        decisions,
        frozenset(connection.scalars(force)),
    )
