"""Opening, claiming and finding cases, on SQLite and on a real PostgreSQL."""

from datetime import datetime, timedelta

import pytest

from analytics.errors import InputError, LeaseLostError, NotFoundError
from analytics.review.store import Store
from tests.contract.conftest import Clock
from tests.support.review import CLEARED, SHOWN, open_cases


def test_a_case_opened_by_hand_says_who_wanted_it_and_when_it_is_due(
    store: Store, clock: Clock
) -> None:
    case = store.cases.open_by_hand("merchant", "m1", "ana", " Three complaints ", lead_policy="M3")

    assert store.cases.get(case.id) == case
    assert (case.status, case.opened_by, case.opened_reason) == ("open", "hand", "Three complaints")
    assert case.due_at == clock.now + timedelta(days=1)
    (event,) = store.cases.events(case.id)
    assert (event.kind, event.actor, event.data) == (
        "opened",
        "ana",
        {"reason": "Three complaints"},
    )


def test_an_entity_has_one_open_case(store: Store) -> None:
    store.cases.open_by_hand("merchant", "m1", "ana", "first")
    store.cases.open_by_hand("product", "m1", "ana", "another type")
    with pytest.raises(InputError, match="merchant 'm1' has an open case already"):
        store.cases.open_by_import("merchant", "m1", "bo", "second")


@pytest.mark.parametrize(
    ("entity", "entity_id", "actor", "reason", "policy", "message"),
    [
        ("shop", "m1", "ana", "why", None, "There is no entity type 'shop'"),
        ("merchant", " ", "ana", "why", None, "An entity's id is needed"),
        ("merchant", "m" * 501, "ana", "why", None, "at most 500 characters, not 501"),
        ("merchant", "m\0", "ana", "why", None, "holds a character that cannot be stored"),
        ("merchant", "m1", "", "why", None, "A reviewer's name is needed"),
        ("merchant", "m1", "ana", "\n", None, "A reason is needed"),
        ("merchant", "m1", "ana", "why", "P1", "Policy P1 is not for a merchant"),
        ("merchant", "m1", "ana", "why", "X9", "There is no policy 'X9'"),
    ],
)
def test_what_cannot_be_stored_opens_nothing(
    store: Store, entity, entity_id, actor, reason, policy, message
) -> None:
    with pytest.raises(InputError, match=message):
        store.cases.open_by_hand(entity, entity_id, actor, reason, lead_policy=policy)
    assert store.cases.listing().empty


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE cases; --", '=HYPERLINK("x")', "<b>m</b>", "日本 🛒", "a%_\\"]
)
def test_hostile_text_comes_back_as_it_was(store: Store, text: str) -> None:
    case = store.cases.open_by_hand("merchant", text, text, text)

    assert store.cases.find("merchant", text) == case
    assert (case.entity_id, case.opened_reason) == (text, text)
    assert store.cases.claim_entity("merchant", text, text).lease.reviewer == text


def test_the_highest_priority_is_claimed_first(store: Store) -> None:
    low, high, middle = open_cases(store, 1.0, 3.0, 2.0)

    claimed = [store.cases.claim_next("ana").case.id for _ in range(3)]

    assert claimed == [high, middle, low]
    assert store.cases.claim_next("ana") is None
    assert store.cases.claim_next("bo") is None


def test_claiming_can_be_narrowed(store: Store) -> None:
    first, second, third = open_cases(store, 3.0, 2.0, 1.0)
    (product,) = open_cases(store, 9.0, entity="product")

    assert store.cases.peek_next("ana").id == product
    assert store.cases.peek_next("ana", entity="merchant").id == first
    assert store.cases.peek_next("ana", among=[third, first]).id == third
    assert store.cases.peek_next("ana", among=[third, first], skip=[third]).id == first
    assert store.cases.peek_next("ana", skip=[first, product]).id == second
    assert store.cases.peek_next("ana", among=[]) is None
    assert store.cases.peek_next("ana", among=[9999]) is None
    assert store.cases.claim_next("ana", among=[third, first]).case.id == third
    assert store.cases.claim_next("ana", entity="merchant", skip=[first]).case.id == second


def test_a_long_filter_is_followed_in_its_order(store: Store) -> None:
    first, second = open_cases(store, 1.0, 2.0)
    elsewhere = list(range(10_000, 11_200))

    among = [*elsewhere[:700], first, *elsewhere[700:], second]

    assert store.cases.claim_next("ana", among=among).case.id == first
    assert store.cases.claim_next("ana", among=among).case.id == second
    assert store.cases.claim_next("ana", among=among) is None


def test_peeking_claims_nothing(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    assert store.cases.peek_next("ana") == store.cases.get(case_id)
    assert store.cases.get(case_id).lease_token is None


def test_a_claim_is_kept_with_its_position_of_the_day(store: Store, clock: Clock) -> None:
    open_cases(store, 3.0, 2.0, 1.0)
    clock.now = datetime(2026, 5, 4, 23, 59)
    store.cases.claim_next("ana")
    store.cases.claim_next("bo")
    second = store.cases.claim_next("ana")
    decision = store.decisions.decide(second.lease.token, CLEARED, SHOWN)
    assert decision.position == 2

    clock.now = datetime(2026, 5, 5, 0, 5)  # what nobody decided is free again
    assert (
        store.decisions.decide(store.cases.claim_next("ana").lease.token, CLEARED, SHOWN).position
        == 1
    )


def test_who_has_a_case_is_said_to_the_other(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    store.cases.claim(case_id, "ana")

    with pytest.raises(LeaseLostError, match="ana is working on case") as error:
        store.cases.claim(case_id, "bo")
    assert error.value.holder == "ana"
    with pytest.raises(LeaseLostError, match="ana is working on case"):
        store.cases.claim(case_id, "bo", take_over=True)


def test_a_second_tab_of_the_same_reviewer_has_to_take_over(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    first = store.cases.claim(case_id, "ana")
    with pytest.raises(LeaseLostError, match="open in another tab") as error:
        store.cases.claim(case_id, "ana")
    assert error.value.holder == "ana"

    second = store.cases.claim(case_id, "ana", take_over=True)

    assert second.lease.token != first.lease.token
    with pytest.raises(LeaseLostError, match="is now with ana"):
        store.decisions.decide(first.lease.token, CLEARED, SHOWN)
    assert store.decisions.decide(second.lease.token, CLEARED, SHOWN).reviewer == "ana"
    assert [event.kind for event in store.cases.events(case_id)] == [
        "opened",
        "claimed",
        "lease_lost",
        "claimed",
        "decided",
    ]


def test_a_lease_ends_without_a_sign_of_life(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    lease = store.cases.claim(case_id, "ana").lease
    assert lease.expires_at == clock.now + timedelta(seconds=120)

    clock.forward(seconds=119)
    assert store.cases.claim_next("bo") is None
    clock.forward(seconds=1)
    assert store.cases.claim_next("bo").case.id == case_id
    with pytest.raises(LeaseLostError, match="is now with bo") as error:
        store.cases.renew(lease.token, interaction=True)
    assert (error.value.holder, error.value.decision) == ("bo", None)


def test_the_heartbeat_keeps_a_case_for_ten_idle_minutes(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    claimed_at = clock.now
    for _ in range(10):
        clock.forward(seconds=60)
        lease = store.cases.renew(token, interaction=False)

    assert lease.expires_at == claimed_at + timedelta(minutes=10)
    assert store.cases.claim_next("bo").case.id == case_id


def test_interaction_keeps_a_case_as_long_as_it_goes_on(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    for _ in range(30):
        clock.forward(seconds=60)
        lease = store.cases.renew(token, interaction=True)

    assert lease.expires_at == clock.now + timedelta(seconds=120)
    assert store.cases.claim_next("bo") is None


def test_an_idle_reviewer_who_comes_back_in_time_goes_on(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    clock.forward(minutes=30)
    assert store.cases.renew(token, interaction=False).expires_at < clock.now

    store.cases.renew(token, interaction=True)

    assert store.cases.claim_next("bo") is None
    assert store.cases.get(case_id).holder(clock.now) == "ana"


def test_a_case_given_back_is_free(store: Store) -> None:
    case_id, other = open_cases(store, 2.0, 1.0)
    store.cases.release(store.cases.claim_next("ana").lease.token)
    token = store.cases.claim_next("bo").lease.token
    store.cases.skip(token)
    store.cases.skip(token)

    assert store.cases.claim_next("bo", skip=[case_id]).case.id == other
    assert [(e.kind, e.actor) for e in store.cases.events(case_id)][1:] == [
        ("claimed", "ana"),
        ("released", "ana"),
        ("claimed", "bo"),
        ("skipped", "bo"),
    ]


def test_the_first_view_is_kept(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    seen_at = clock.forward(seconds=2)
    store.cases.viewed(token)
    clock.forward(seconds=40)
    store.cases.viewed(token)

    assert store.cases.get(case_id).first_viewed_at == seen_at
    decision = store.decisions.decide(token, CLEARED, SHOWN)
    assert (decision.viewed_at, decision.seconds) == (seen_at, 40.0)


def test_what_does_not_exist_is_said(store: Store) -> None:
    with pytest.raises(NotFoundError, match="There is no case 7"):
        store.cases.get(7)
    with pytest.raises(NotFoundError, match="There is no case 7"):
        store.cases.claim(7, "ana")
    with pytest.raises(NotFoundError, match="There is no claim with this token"):
        store.cases.renew("nonsense", interaction=True)
    assert store.cases.find("merchant", "m1") is None
    assert store.cases.claim_entity("merchant", "m1", "ana") is None


def test_the_open_case_is_found_before_closed_ones(store: Store) -> None:
    first = store.cases.open_by_hand("merchant", "m1", "ana", "first")
    token = store.cases.claim(first.id, "ana").lease.token
    store.decisions.decide(token, CLEARED, SHOWN)
    assert store.cases.find("merchant", "m1").status == "closed"

    second = store.cases.open_by_hand("merchant", "m1", "bo", "second")

    assert store.cases.find("merchant", "m1") == second
    assert [e.case_id for e in store.cases.events(second.id)] == [second.id]
    assert {e.case_id for e in store.cases.events(second.id, for_entity=True)} == {
        first.id,
        second.id,
    }
    with pytest.raises(LeaseLostError, match="was decided by ana on 2026-05-04") as error:
        store.cases.claim(first.id, "bo")
    assert error.value.decision == store.decisions.last("merchant", "m1")


def test_the_listing_shows_every_open_case_and_who_has_it(store: Store, clock: Clock) -> None:
    first, second = open_cases(store, 1.0, 2.0)
    closed = store.cases.open_by_hand("product", "p1", "ana", "why", due_days=1)
    store.decisions.decide(store.cases.claim(closed.id, "ana").lease.token, CLEARED, SHOWN)
    again = store.cases.open_by_hand("product", "p1", "ana", "why", due_days=1, priority=0.5)
    clock.forward(days=2)
    store.cases.claim(first, "bo")

    frame = store.cases.listing()

    assert list(frame["case_id"]) == [second, first, again.id]
    assert list(frame["claimed_by"].fillna("")) == ["", "bo", ""]
    assert frame.loc[1, "claimed_at"] == clock.now
    assert list(frame["is_overdue"]) == [False, False, True]
    assert list(frame["last_outcome"].fillna("")) == ["", "", "no_violation"]
    assert set(frame["status"]) == {"open"}
    assert list(store.cases.listing("product")["case_id"]) == [again.id]
    assert list(store.cases.listing(include_closed=True)["case_id"]) == [
        second, first, again.id, closed.id
    ]  # fmt: skip
    assert list(store.cases.listing(statuses=["closed"])["case_id"]) == [closed.id]


def test_an_empty_listing_has_the_same_types(store: Store) -> None:
    empty = store.cases.listing()
    open_cases(store, 1.0)
    times = ["opened_at", "due_at", "claimed_at", "hold_until", "closed_at"]
    assert (empty.dtypes[times] == store.cases.listing().dtypes[times]).all()
    assert list(empty.columns) == list(store.cases.listing().columns)
