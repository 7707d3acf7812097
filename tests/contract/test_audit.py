"""What does not fit together is found, on SQLite and on a real PostgreSQL."""

from collections.abc import Callable
from datetime import datetime

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
    rule_events_table,
    rule_versions_table,
)
from analytics.review.store import Store
from analytics.rules.definition import Expression
from tests.support.review import CLEARED, SHOWN, UNSURE, VIOLATION, open_cases


@pytest.fixture
def used(store: Store) -> Store:
    first, second, third = open_cases(store, 3.0, 2.0, 1.0)
    decision = store.decisions.decide(store.cases.claim(first, "ana").lease.token, VIOLATION, SHOWN)
    store.decisions.correct(decision.id, CLEARED, "lea", "why")
    store.decisions.decide(store.cases.claim(second, "ana").lease.token, UNSURE, SHOWN)
    store.decisions.decide(store.cases.claim(second, "lea").lease.token, CLEARED, SHOWN)
    store.cases.claim(third, "ana")
    for _ in range(2):
        rule = store.rules.add("merchant", "Late", Expression("late > 0.4"), "ana", "Seen often")
        for state in ("shadow", "live"):
            store.rules.move(rule.id, state, "bo", "Precise")
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


def event(rule_id: int, state: str) -> sa.Insert:
    """A change of state that the store would have refused."""
    return sa.insert(rule_events_table).values(
        rule_id=rule_id, at=datetime(2026, 5, 4, 9), actor="eve", state=state, reason="by hand"
    )


LATE_V1, LATE_V2 = (f"The rule 'Late v{version}' for merchants" for version in (1, 2))


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (
            lambda: sa.delete(rule_events_table).where(rule_events_table.c.rule_id == 2),
            [f"{LATE_V2} has no state."],
        ),
        (
            lambda: sa.delete(rule_events_table).where(
                rule_events_table.c.rule_id == 2, rule_events_table.c.state == "draft"
            ),
            [f"{LATE_V2} did not begin as a draft, but as 'shadow'."],
        ),
        (
            lambda: event(1, "live"),  # retired when the second version went live
            [
                f"{LATE_V1} went from 'retired' to 'live', which no rule may.",
                "2 versions of the rule 'Late' for merchants are live at once.",
            ],
        ),
        (lambda: event(2, "loud"), [f"{LATE_V2} went from 'live' to 'loud', which no rule may."]),
        (
            lambda: sa.update(rule_versions_table).values(definition={"all": []}),
            [
                f"{label} cannot be used: A group has no condition. Add one, or leave the group "
                "out."
                for label in (LATE_V1, LATE_V2)
            ],
        ),
        (
            lambda: sa.update(rule_versions_table).values(definition={"sql": "late > (SELECT 1)"}),
            [f"{LATE_V2} cannot be used: "],  # the first is retired and need not be
        ),
    ],
)
def test_rules_that_do_not_fit_are_named(
    used: Store, harm: Callable[[], sa.Executable], found: list[str]
) -> None:
    assert inconsistencies(used.database, {"merchant": ["late"]}) == []
    with used.database.writing() as connection:
        connection.execute(harm())
    said = inconsistencies(used.database, {"merchant": ["late"]})
    assert len(said) == len(found)
    assert all(text.startswith(start) for text, start in zip(said, found, strict=True))


def test_a_rule_that_fires_on_a_feature_which_is_gone_is_named(used: Store) -> None:
    [said] = inconsistencies(used.database, {"merchant": ["lateness"]})
    assert said.startswith(f"{LATE_V2} cannot be used: ")
    assert "'late'" in said
    assert inconsistencies(used.database, {"product": []}) == []
