"""Decisions that are looked at again: blind second reviews, golden cases, doubted labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from analytics.columns import EntityType
from analytics.review.adjudicating import (
    add_flags,
    add_golden,
    ask_blindly,
    check_lead,
    settle_look,
)
from analytics.review.database import Database
from analytics.review.decided import in_force
from analytics.review.drafts import checked_name, checked_reason
from analytics.review.schema import (
    decisions_table,
    golden_cases_table,
    label_checks_table,
    second_looks_table,
)
from analytics.review.second_answers import free_for, held_by, take_next, write_answer
from analytics.review.second_types import BlindCase, SecondLook, Settlement
from analytics.review.types import Draft

if TYPE_CHECKING:
    import pandas as pd

_looks, _decisions, _checks = second_looks_table.c, decisions_table.c, label_checks_table.c


@dataclass(frozen=True)
class LabelCheck:
    """What a check of the labels found; `result` as from `LabelReport.to_dict`."""

    id: int
    at: datetime
    person: str
    entity_type: EntityType
    result: Mapping[str, Any]


class SecondLooks:
    """Gives out, takes back and settles second looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next(self, reviewer: str) -> BlindCase | None:
        """Give a reviewer a case to judge without knowing how it was judged.

        The one still in the reviewer's hand, else now and then a golden case, else the one that
        waits longest and whose entity the reviewer never judged. It is theirs for an hour.

        Returns:
            None where nothing waits for this reviewer.
        """
        name = checked_name(reviewer)
        with self._database.writing() as connection:
            return take_next(connection, self._database, name)

    def answer(self, look_id: int, reviewer: str, draft: Draft) -> SecondLook:
        """Store a second judgement; another outcome or policy than the first one's is disputed.

        Answering twice changes nothing.

        Raises:
            DecisionError: The draft lacks something or breaks the taxonomy.
            LeaseLostError: The look is not the reviewer's any more.
            InputError: The first decision was amended meanwhile.
        """
        with self._database.writing() as connection:
            return write_answer(connection, self._database, look_id, reviewer.strip(), draft)

    def waiting(self, reviewer: str) -> int:
        """Return how many second reviews this reviewer could do, the one in hand included."""
        now = self._database.now()
        query = (
            sa.select(sa.func.count())
            .select_from(second_looks_table)
            .join(decisions_table, _decisions.id == _looks.decision_id)
            .where(
                sa.or_(
                    sa.and_(*free_for(reviewer, now)),
                    sa.and_(*held_by(reviewer, now)),
                )
            )
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def is_in_hand(self, reviewer: str, entity: EntityType, entity_id: str) -> bool:
        """Whether a reviewer is judging this entity blindly now, and must not see its past."""
        query = (
            sa.select(_looks.id)
            .join(decisions_table, _decisions.id == _looks.decision_id)
            .where(
                *held_by(reviewer, self._database.now()),
                _decisions.entity_type == entity,
                _decisions.entity_id == entity_id,
            )
        )
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def settle(
        self,
        look_id: int,
        lead: str,
        settlement: Settlement,
        reason: str,
        draft: Draft | None = None,
    ) -> SecondLook:
        """Say which judgement stands; another than the first one becomes a correction of it.

        Args:
            look_id: A disputed second review, or a flag.
            lead: Who settles; never one of the two reviewers of a blind review.
            settlement: `first`, `second`, or `other` with a draft.
            reason: Why, for the record.
            draft: What should have been decided.

        Raises:
            InputError: It is not disputed, the person may not, there is no reason, or the
                decision was amended meanwhile.
            DecisionError: The draft lacks something or breaks the taxonomy.
        """
        name, why = checked_name(lead), checked_reason(reason)
        check_lead(self._database, name)
        with self._database.writing() as connection:
            return settle_look(connection, self._database, look_id, name, settlement, why, draft)

    def send(self, look_id: int, lead: str) -> SecondLook:
        """Let somebody judge a doubted decision blindly.

        Raises:
            InputError: It is no open flag, was judged a second time before, or the person may not.
        """
        name = checked_name(lead)
        check_lead(self._database, name)
        with self._database.writing() as connection:
            return ask_blindly(connection, self._database, look_id, name)

    def flag(self, why: Mapping[int, str], person: str) -> int:
        """List decisions as worth a second look, each with its reason; return how many are new.

        What was settled once is not listed again.
        """
        name = checked_name(person)
        with self._database.writing() as connection:
            return add_flags(connection, self._database, why, name)

    def mark_golden(self, decision_id: int, lead: str, reason: str) -> None:
        """Let a decision be a case whose answer is known, to be mixed into second reviews.

        Raises:
            InputError: It does not count, says neither yes nor no, is golden already, or the
                person may not.
        """
        name = checked_name(lead)
        check_lead(self._database, name)
        with self._database.writing() as connection:
            add_golden(connection, self._database, decision_id, name, reason)

    def unsettled(self, entity: EntityType | None = None) -> "pd.DataFrame":
        """Return what a lead has to settle, oldest first (columns as `frame`)."""
        return self.frame(entity, _looks.status == "disputed", in_force())

    def answered(self, entity: EntityType | None = None) -> "pd.DataFrame":
        """Return every second judgement that was given, oldest first (columns as `frame`)."""
        return self.frame(entity, _looks.answered_at.is_not(None))

    def golden(self) -> "pd.DataFrame":
        """Return the golden cases: decision_id, at, person, reason and the decision itself."""
        golden = golden_cases_table.c
        query = sa.select(
            golden.decision_id, golden.at, golden.person, golden.reason,
            _decisions.entity_type, _decisions.entity_id, _decisions.outcome, _decisions.policy,
        ).join(decisions_table, _decisions.id == golden.decision_id)  # fmt: skip
        return self._frame(query.order_by(golden.id))

    def frame(
        self, entity: EntityType | None, *conditions: sa.ColumnElement[bool]
    ) -> "pd.DataFrame":
        """Return looks that meet conditions, with the first judgement beside the second.

        Returns:
            Texts that are missing are None.
            look_id, decision_id, purpose, why, entity_type, entity_id, first_reviewer,
            first_outcome, first_policy, first_reason, decided_at, second_reviewer,
            second_outcome, second_policy, second_reason, answered_at, verdict, settled_by.
        """
        query = (
            sa.select(
                _looks.id.label("look_id"), _looks.decision_id, _looks.purpose, _looks.why,
                _decisions.entity_type, _decisions.entity_id,
                _decisions.reviewer.label("first_reviewer"),
                _decisions.outcome.label("first_outcome"),
                _decisions.policy.label("first_policy"),
                _decisions.reason.label("first_reason"), _decisions.decided_at,
                _looks.reviewer.label("second_reviewer"), _looks.outcome.label("second_outcome"),
                _looks.policy.label("second_policy"), _looks.reason.label("second_reason"),
                _looks.answered_at, _looks.verdict, _looks.settled_by,
            )
            .join(decisions_table, _decisions.id == _looks.decision_id)
            .where(*conditions)
            .order_by(_looks.asked_at, _looks.id)
        )  # fmt: skip
        return self._frame(
            query if entity is None else query.where(_decisions.entity_type == entity)
        )

    def add_check(self, entity: EntityType, person: str, result: Mapping[str, Any]) -> None:
        """Keep what a check of the labels found."""
        row = {
            "at": self._database.now(),
            "person": checked_name(person),
            "entity_type": entity,
            "result": dict(result),
        }
        with self._database.writing() as connection:
            connection.execute(sa.insert(label_checks_table).values(row))

    def last_check(self, entity: EntityType) -> LabelCheck | None:
        """Return what the newest check of a type's labels found."""
        query = sa.select(label_checks_table).where(_checks.entity_type == entity)
        with self._database.reading() as connection:
            row = connection.execute(query.order_by(_checks.id.desc()).limit(1)).one_or_none()
        return None if row is None else LabelCheck(**row._mapping)

    def _frame(self, query: sa.Select) -> "pd.DataFrame":
        import pandas as pd

        with self._database.reading() as connection:
            rows = connection.execute(query)
            frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
        texts = frame.select_dtypes(["str", "object"])
        return frame.assign(**texts.astype(object).where(texts.notna(), None))
