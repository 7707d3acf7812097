"""What does not fit together is found, on SQLite and on a real PostgreSQL."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from analytics.review.audit import inconsistencies
from analytics.review.promotions import Ruling
from analytics.review.schema import (
    cases_table,
    claims_table,
    decisions_table,
    live_table,
    promotions_table,
)
from analytics.review.store import Store
from tests.support.review import CLEARED, SHOWN, UNSURE, VIOLATION, open_cases


@pytest.fixture
def used(store: Store) -> Store:
    first, second, third = open_cases(store, 3.0, 2.0, 1.0)
    decision = store.decisions.decide(store.cases.claim(first, "ana").lease.token, VIOLATION, SHOWN)
    store.decisions.correct(decision.id, CLEARED, "lea", "why")
    store.decisions.decide(store.cases.claim(second, "ana").lease.token, UNSURE, SHOWN)
    store.decisions.decide(store.cases.claim(second, "lea").lease.token, CLEARED, SHOWN)
    store.cases.claim(third, "ana")
    ruling = Ruling("merchant", "m2", "m1", "1", "failed", ("Worse.",), is_override=True)
    store.set_live("s1", {"merchant": "m2"}, person="lea", reason="all the same", ruling=ruling)
    return store


def test_what_the_store_writes_fits_together(used: Store) -> None:
    assert inconsistencies(used.database) == []


def test_nothing_is_wrong_where_nothing_was_decided_or_promoted(store: Store) -> None:
    assert inconsistencies(store.database) == []
    store.set_live("s1", {"merchant": "m1"}, person="ana", reason="build")
    assert inconsistencies(store.database) == []


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (
            lambda: sa.update(promotions_table).values(is_override=False),
            "1 models went live against the gate without a lead's word for it.",
        ),
        (
            lambda: sa.update(live_table).values(reason=" "),
            "1 promotions have no reason or no person.",
        ),
        (
            lambda: sa.update(cases_table).where(cases_table.c.id == 1).values(decision_id=4),
            "1 closed cases have no decision of their own.",
        ),
        (
            lambda: sa.update(cases_table).where(cases_table.c.id == 1).values(closed_at=None),
            "1 cases have a decision and are not closed.",
        ),
        (
            lambda: sa.update(decisions_table).values(outcome="violation"),
            "1 cases were decided twice.",
        ),
        (
            lambda: sa.update(claims_table).where(claims_table.c.id == 1).values(end="released"),
            "1 decisions were made without a claim that they ended.",
        ),
        (
            lambda: sa.update(claims_table).where(claims_table.c.id == 4).values(end="decided"),
            "1 claims ended by a decision that is not there.",
        ),
        (
            lambda: sa.update(cases_table).where(cases_table.c.id == 3).values(lease_token="x"),
            "1 leases have no running claim.",
        ),
        (
            lambda: sa.update(cases_table).where(cases_table.c.id == 1).values(lease_token="x"),
            "1 closed cases still have a lease.",
        ),
        (
            lambda: sa.delete(decisions_table).where(decisions_table.c.kind == "correction"),
            "The history tells of 1 decisions more or fewer than there are.",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    used: Store, harm: Callable[[], sa.Executable], found: str
) -> None:
    with used.database.writing() as connection:
        connection.execute(harm())
    assert found in inconsistencies(used.database)
