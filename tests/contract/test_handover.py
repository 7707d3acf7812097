"""Moving cases on undecided, on SQLite and on a real PostgreSQL."""

from datetime import timedelta

import pytest

from analytics.errors import InputError, LeaseLostError
from analytics.review.store import Store
from tests.contract.conftest import Clock
from tests.support.review import CLEARED, SHOWN, open_cases


def test_a_case_on_hold_comes_back_when_the_hold_is_over(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    until = clock.now + timedelta(days=3)
    token = store.cases.claim(case_id, "ana").lease.token

    held = store.cases.hold(token, until, " Waiting for the carrier ")

    assert (held.status, held.hold_until, held.hold_reason) == (
        "held",
        until,
        "Waiting for the carrier",
    )
    assert held.lease_token is None
    assert store.cases.claim_next("ana") is None
    assert list(store.cases.listing()["status"]) == ["held"]

    clock.now = until
    assert list(store.cases.listing()["status"]) == ["open"]
    case = store.cases.claim_next("bo").case
    assert (case.status, case.hold_until) == ("open", None)
    assert [e.kind for e in store.cases.events(case_id)][-3:] == ["held", "resumed", "claimed"]


def test_a_case_on_hold_can_be_claimed_by_name_and_stays_on_hold_when_given_back(
    store: Store, clock: Clock
) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    store.cases.hold(token, clock.now + timedelta(days=3), "waiting")

    token = store.cases.claim(case_id, "bo").lease.token
    store.cases.release(token)
    assert store.cases.get(case_id).status == "held"

    store.decisions.decide(store.cases.claim(case_id, "bo").lease.token, CLEARED, SHOWN)
    case = store.cases.get(case_id)
    assert (case.status, case.hold_until) == ("closed", None)


@pytest.mark.parametrize(("days", "reason"), [(0, "why"), (-1, "why"), (1, " ")])
def test_a_hold_needs_a_moment_to_come_and_a_reason(
    store: Store, clock: Clock, days: int, reason: str
) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    with pytest.raises(InputError, match=r"in the future|reason is needed"):
        store.cases.hold(token, clock.now + timedelta(days=days), reason)
    assert store.cases.get(case_id).lease_token == token


def test_a_case_escalated_by_name_comes_first_to_that_person(store: Store) -> None:
    first, second = open_cases(store, 9.0, 1.0)
    store.cases.escalate(store.cases.claim(second, "ana").lease.token, "Legal question", to="lea")

    assert store.cases.peek_next("ana").id == first
    claimed = store.cases.claim_next("lea")
    assert (claimed.case.id, claimed.case.status) == (second, "escalated")


def test_a_case_escalated_to_nobody_waits_to_be_picked(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    case = store.cases.escalate(store.cases.claim(case_id, "ana").lease.token, "Legal question")

    assert (case.status, case.assigned_to) == ("escalated", None)
    assert store.cases.claim_next("lea") is None
    assert store.cases.claim(case_id, "lea").lease.reviewer == "lea"
    assert store.cases.events(case_id)[2].data == {"to": None, "reason": "Legal question"}


def test_an_assigned_case_goes_to_nobody_else(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    store.cases.assign(case_id, "bo", "Knows the shop", actor="lea")

    assert store.cases.claim_next("ana") is None
    assert store.cases.claim_next("ana", among=[case_id]) is None
    with pytest.raises(LeaseLostError, match="is assigned to bo") as error:
        store.cases.claim(case_id, "ana")
    assert error.value.holder == "bo"
    assert store.cases.claim_next("bo").case.id == case_id


def test_what_is_assigned_to_me_comes_before_the_rest(store: Store) -> None:
    high, low = open_cases(store, 9.0, 1.0)
    store.cases.assign(low, "bo", "Knows the shop", actor="lea")
    assert store.cases.claim_next("bo").case.id == low
    assert store.cases.claim_next("bo").case.id == high


def test_the_holder_hands_a_case_over(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token

    store.cases.assign(token, "bo", "Speaks Polish", actor="ana")

    assert store.cases.claim_next("bo").case.id == case_id
    with pytest.raises(LeaseLostError, match="is now with bo"):
        store.decisions.decide(token, CLEARED, SHOWN)


def test_a_case_that_somebody_works_on_is_not_taken_away(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    store.cases.claim(case_id, "ana")
    with pytest.raises(LeaseLostError, match="ana is working on case") as error:
        store.cases.assign(case_id, "bo", "why", actor="lea")
    assert error.value.holder == "ana"
    assert store.cases.assign(case_id, "bo", "why", actor="ana").assigned_to == "bo"


def test_a_case_is_handed_back_to_everybody(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    store.cases.escalate(store.cases.claim(case_id, "ana").lease.token, "why", to="lea")
    case = store.cases.assign(case_id, None, "No legal question", actor="lea")
    assert (case.status, case.assigned_to) == ("open", None)
    assert store.cases.claim_next("bo").case.id == case_id


def test_a_lost_lease_moves_nothing(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    clock.forward(minutes=5)
    store.cases.claim(case_id, "bo")
    tomorrow = clock.now + timedelta(days=1)
    for move in (
        lambda: store.cases.hold(token, tomorrow, "why"),
        lambda: store.cases.escalate(token, "why"),
        lambda: store.cases.assign(token, "lea", "why", actor="ana"),
    ):
        with pytest.raises(LeaseLostError, match="is now with bo"):
            move()
    assert store.cases.get(case_id).lease_holder == "bo"


def test_a_closed_case_is_not_assigned(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    store.decisions.decide(store.cases.claim(case_id, "ana").lease.token, CLEARED, SHOWN)
    with pytest.raises(LeaseLostError, match="was decided by ana"):
        store.cases.assign(case_id, "bo", "why", actor="lea")
