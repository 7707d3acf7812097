"""Decisions: rows that are added and never changed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.review.amending import correct, overturn
from analytics.review.database import Database
from analytics.review.decided import last_decision
from analytics.review.drafts import checked_name
from analytics.review.importing import Added, ImportedDecision, add_imported
from analytics.review.rows import claim_row, decision_of, lock_case, lost_lease
from analytics.review.schema import decisions_table
from analytics.review.settling import write_decision
from analytics.review.standing import preview_of, standing_of
from analytics.review.types import Decision, Draft, Preview, Shown, Source, Standing

if TYPE_CHECKING:
    import pandas as pd

    from analytics.review.statistics import Statistics

_decisions = decisions_table.c


@dataclass(frozen=True)
class Referred:
    """What decisions refer to, and must therefore be kept."""

    dataset_ids: frozenset[str]
    snapshot_ids: frozenset[str]


class Decisions:
    """Decides cases, and reads what was decided."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(
        self, token: str, draft: Draft, shown: Shown, *, seconds: float | None = None
    ) -> Decision:
        """Decide the case of a lease; it is on the disk when this returns.

        "Cannot tell" escalates the case; another outcome closes it. A second call with the same
        token changes nothing and returns the decision that the first one made. A lease that
        expired is still good while nobody else took the case.

        Args:
            token: The lease.
            draft: What was decided, and why.
            shown: What the reviewer saw.
            seconds: Time spent; by default since the case was first before the reviewer's eyes.

        Raises:
            DecisionError: The draft lacks something or breaks the taxonomy.
            LeaseLostError: Another has the case, or decided it meanwhile.
            NotFoundError: The token was never given out.
        """
        database = self._database
        with database.writing() as connection:
            claim = claim_row(connection, token)
            case = lock_case(connection, claim.case_id)
            if (made := _made_with(connection, claim)) is not None:
                return made
            now = database.now()
            if case.lease_token != token:
                raise lost_lease(connection, case, claim, now)
            return write_decision(connection, database, case, claim, draft, shown, seconds)

    def correct(self, decision_id: int, draft: Draft, actor: str, reason: str) -> Decision:
        """Let another judgement count instead of a decision, as of the day of that decision.

        Args:
            decision_id: The decision, or the correction of one, that is wrong.
            draft: What should have been decided; without a reason of its own `reason` is kept.
            actor: Who corrects.
            reason: Why.

        Raises:
            DecisionError: The draft lacks something or breaks the taxonomy.
            InputError: It was amended before, its case is not closed, or there is no reason.
        """
        return correct(self._database, decision_id, draft, actor, reason)

    def overturn(self, decision_id: int, actor: str, reason: str) -> Decision:
        """Take a decision away, as after an appeal that was granted: it is no label any more.

        Raises:
            InputError: It was amended before, or there is no reason.
        """
        return overturn(self._database, decision_id, actor, reason)

    def add_imported(self, rows: Iterable[ImportedDecision], actor: str) -> Added:
        """Add decisions that were made elsewhere, all or none; equal ones are added once.

        Raises:
            InputError: A row cannot be imported (`importing.import_problem` tells which).
        """
        return add_imported(self._database, rows, checked_name(actor))

    def known(self, rows: Sequence[ImportedDecision]) -> list[bool]:
        """Say of each decision whether it is stored already, made here or imported."""
        from analytics.review.known import known_among

        with self._database.reading() as connection:
            return list(known_among(connection, rows))

    def get(self, decision_id: int) -> Decision:
        """Return a decision; raise `NotFoundError` if there is none."""
        query = sa.select(decisions_table).where(_decisions.id == decision_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"There is no decision {decision_id}.")
        return decision_of(row)

    def last(self, entity: EntityType, entity_id: str) -> Decision | None:
        """Return the last decision on an entity that is in force; None when there is none."""
        with self._database.reading() as connection:
            return last_decision(connection, entity, entity_id)

    def history(
        self,
        entity: EntityType | None = None,
        entity_id: str | None = None,
        since: datetime | None = None,
        *,
        with_features: bool = False,
    ) -> "pd.DataFrame":
        """Return every row of the decisions, oldest first, corrections and overturns too.

        Args:
            entity: Only of this type.
            entity_id: Only of this entity.
            since: Only what was decided then or later.
            with_features: Also the feature row that the reviewer saw.
        """
        import pandas as pd

        parts = list(self.iterate(entity, entity_id, since, with_features=with_features))
        return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]

    def iterate(
        self,
        entity: EntityType | None = None,
        entity_id: str | None = None,
        since: datetime | None = None,
        *,
        batch: int = 10_000,
        with_features: bool = False,
    ) -> "Iterator[pd.DataFrame]":
        """Give `history` some rows at a time; at least one frame, which may be empty."""
        from analytics.review.history import decision_frames

        conditions = [
            *([] if entity is None else [_decisions.entity_type == entity]),
            *([] if entity_id is None else [_decisions.entity_id == entity_id]),
            *([] if since is None else [_decisions.decided_at >= since]),
        ]
        return decision_frames(self._database, conditions, batch=batch, with_features=with_features)

    def standing(self, entity: EntityType, entity_id: str, at: datetime | None = None) -> Standing:
        """Return an entity's points from violations of the 90 days before `at` (default: now)."""
        with self._database.reading() as connection:
            return standing_of(connection, entity, entity_id, at or self._database.now())

    def preview(
        self,
        entity: EntityType,
        entity_id: str,
        policy: str,
        severity: str | None = None,
        at: datetime | None = None,
    ) -> Preview:
        """Return what deciding a violation would do to the entity's standing.

        Raises:
            InputError: There is no such policy or severity.
        """
        now = self.standing(entity, entity_id, at)
        return preview_of(now, self._database.taxonomy, policy, severity)

    def statistics(self, since: datetime) -> "Statistics":
        """Return how the team does: decisions made since then, and what waits now."""
        from analytics.review.statistics import statistics

        with self._database.reading() as connection:
            return statistics(
                connection,
                since,
                self._database.now(),
                longest_s=60.0 * self._database.settings.lease_idle_minutes,
            )

    def referred(self) -> Referred:
        """Return the datasets and snapshots that decisions refer to."""
        with self._database.reading() as connection:
            columns = (_decisions.dataset_id, _decisions.snapshot_id)
            datasets, snapshots = (
                set(connection.scalars(sa.select(column).where(column.is_not(None)).distinct()))
                for column in columns
            )
        return Referred(frozenset(datasets), frozenset(snapshots))

    def labels(
        self,
        entity: EntityType,
        as_of: datetime,
        validity_days: int,
        *,
        sources: Sequence[Source] = ("review", "import"),
    ) -> "pd.DataFrame":
        """Return the label of each entity by the decisions known at `as_of`.

        The last decision that was neither corrected nor overturned counts, while it is within its
        validity; "cannot tell" is no label and takes none away.

        Args:
            entity: Type of the entities.
            as_of: Moment whose knowledge counts: later decisions and corrections do not.
            validity_days: Days that a decision is a label.
            sources: Decided here (`review`), or read from a file (`import`).

        Returns:
            A frame indexed by entity id (sorted) with label (1 or 0), policy, decided_at (when
            the case was judged), decision_id, source, dataset_id, as_of, snapshot_id,
            queue_policy, stratum, inclusion_probability, control_probability, reviewer.
        """
        from analytics.review.labels import labels_of

        with self._database.reading() as connection:
            return labels_of(connection, entity, as_of, timedelta(days=validity_days), sources)


def _made_with(connection: sa.Connection, claim: sa.Row) -> Decision | None:
    query = sa.select(decisions_table).where(
        _decisions.case_id == claim.case_id, _decisions.lease_token == claim.token
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else decision_of(row)
