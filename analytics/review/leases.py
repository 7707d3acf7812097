"""Claims: who works on which case, so that nobody works on another's."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.claiming import end_claim, next_case, refusal, take
from analytics.review.database import Database, record
from analytics.review.drafts import checked_name
from analytics.review.rows import case_of, claim_row, closed_case, held_case, lock_case
from analytics.review.schema import IS_NOT_CLOSED, cases_table, claims_table
from analytics.review.types import Case, Claimed, Lease, Presentation

_cases, _claims = cases_table.c, claims_table.c


class Leases:
    """The part of `Cases` that hands out cases.

    A lease lasts `lease_seconds` from the last sign of life of its holder's page, and at most
    `lease_idle_minutes` from the holder's last interaction. After that the case is free; until
    somebody else takes it, its old holder may go on and decide.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_next(
        self,
        reviewer: str,
        *,
        entity: EntityType | None = None,
        among: Sequence[int] | None = None,
        skip: Collection[int] = (),
        presentation: Presentation | None = None,
    ) -> Claimed | None:
        """Claim the free case that comes next for this reviewer; None when there is none.

        What is assigned to the reviewer comes first, then the highest priority. Cases that are
        assigned to somebody else, escalated to nobody, or on hold are not given.

        Args:
            reviewer: Who claims.
            entity: Only cases of this type.
            among: Only these cases, in this order instead of by priority.
            skip: Not these cases.
            presentation: How the page shows the case, kept with the claim; by default as the
                settings say (`presentation_of`).
        """
        reviewer = checked_name(reviewer)
        with self._database.writing() as connection:
            row = next_case(
                connection,
                self._database.now(),
                reviewer,
                entity=entity,
                among=among,
                skip=skip,
                is_locking=True,
            )
            if row is None:
                return None
            return take(connection, self._database, row, reviewer, presentation)

    def peek_next(
        self,
        reviewer: str,
        *,
        entity: EntityType | None = None,
        among: Sequence[int] | None = None,
        skip: Collection[int] = (),
    ) -> Case | None:
        """Return what `claim_next` would claim now, without claiming it."""
        with self._database.reading() as connection:
            row = next_case(
                connection,
                self._database.now(),
                reviewer,
                entity=entity,
                among=among,
                skip=skip,
                is_locking=False,
            )
        return None if row is None else case_of(row)

    def claim(
        self,
        case_id: int,
        reviewer: str,
        *,
        take_over: bool = False,
        presentation: Presentation | None = None,
    ) -> Claimed:
        """Claim one case, also one that is on hold or escalated.

        Args:
            case_id: Which.
            reviewer: Who claims.
            take_over: Take the case from the same reviewer's other tab or lost session.
            presentation: How the page shows the case, kept with the claim; by default as the
                settings say (`presentation_of`).

        Raises:
            NotFoundError: There is no such case.
            LeaseLostError: It is closed, assigned to another, or claimed: by another, or by the
                same reviewer elsewhere and `take_over` is false.
        """
        reviewer = checked_name(reviewer)
        with self._database.writing() as connection:
            row = lock_case(connection, case_id)
            if row.closed_at is not None:
                raise closed_case(connection, row)
            if problem := refusal(row, reviewer, self._database.now(), take_over=take_over):
                raise problem
            return take(connection, self._database, row, reviewer, presentation)

    def claim_entity(
        self,
        entity: EntityType,
        entity_id: str,
        reviewer: str,
        *,
        take_over: bool = False,
        presentation: Presentation | None = None,
    ) -> Claimed | None:
        """Claim the case of an entity that is not closed; None when it has none."""
        query = sa.select(_cases.id).where(
            IS_NOT_CLOSED, _cases.entity_type == entity, _cases.entity_id == entity_id
        )
        with self._database.reading() as connection:
            case_id = connection.scalar(query)
        if case_id is None:
            return None
        return self.claim(case_id, reviewer, take_over=take_over, presentation=presentation)

    def renew(self, token: str, *, interaction: bool) -> Lease:
        """Say that the holder's page lives, and whether the holder did something there.

        Returns:
            The lease with its new end, which may lie in the past after too long without
            interaction: the case is then free for others, but not lost yet.

        Raises:
            LeaseLostError: Another has the case, or it was decided meanwhile.
        """
        with self._database.writing() as connection:
            now = self._database.now()
            claim = claim_row(connection, token)
            row = held_case(connection, claim, now)
            last = now if interaction else row.lease_last_interaction_at
            expires_at = self._database.lease_end(now, last_interaction=last)
            case = sa.update(cases_table).where(_cases.id == row.id)
            connection.execute(
                case.values(lease_expires_at=expires_at, lease_last_interaction_at=last)
            )
            renewed = sa.update(claims_table).where(_claims.id == claim.id)
            connection.execute(renewed.values(renewed_at=now))
        return Lease(row.id, token, claim.reviewer, expires_at)

    def viewed(self, token: str) -> None:
        """Say that the case stands before the reviewer's eyes; only the first time counts."""
        with self._database.writing() as connection:
            now = self._database.now()
            claim = claim_row(connection, token)
            if claim.viewed_at is not None:
                return
            seen = sa.update(claims_table).where(_claims.id == claim.id)
            connection.execute(seen.values(viewed_at=now))
            first = sa.update(cases_table).where(
                _cases.id == claim.case_id, _cases.first_viewed_at.is_(None)
            )
            connection.execute(first.values(first_viewed_at=now))
            record(connection, claim.case_id, now, claim.reviewer, "viewed")

    def release(self, token: str) -> None:
        """Give a case back undecided; nothing happens when the lease ended before."""
        self._give_back(token, "released")

    def skip(self, token: str) -> None:
        """Give a case back to look at others first; nothing happens when the lease ended before."""
        self._give_back(token, "skipped")

    def _give_back(self, token: str, end: str) -> None:
        with self._database.writing() as connection:
            now = self._database.now()
            claim = claim_row(connection, token)
            row = lock_case(connection, claim.case_id)
            if row.lease_token != token:
                return
            end_claim(connection, row, now, end, {})
            record(connection, row.id, now, claim.reviewer, end)
