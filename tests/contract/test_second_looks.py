"""Blind second reviews, golden cases and their settling, on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from analytics.errors import DecisionError, InputError, LeaseLostError
from analytics.review import second_answers
from analytics.review.second_draw import is_drawn
from analytics.review.store import Store, open_store
from analytics.review.types import Draft
from analytics.settings import Settings
from tests.contract.conftest import Clock
from tests.contract.test_decisions import decide
from tests.support.review import CLEARED, UNSURE, VIOLATION

OTHER_POLICY = replace(VIOLATION, policy="M2", action=None)
SECOND_YES = Draft("violation", "M3", reason="Parcels weigh nothing")


@pytest.fixture
def store(ready_url: str, clock: Clock) -> Iterator[Store]:
    """A store that lets every decision be judged again."""
    chosen = Settings.model_construct(second_review_share=1.0, leads="lea, lou")
    made = open_store(ready_url, now=clock, settings=chosen)
    yield made
    made.close()


@pytest.fixture
def no_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_answers, "GOLDEN_SHARE", 0.0)


def answered(store: Store, draft: Draft, reviewer: str = "bo") -> int:
    """Let somebody answer what comes next; return the look's id."""
    case = store.second_looks.next(reviewer)
    assert case is not None
    return store.second_looks.answer(case.look_id, reviewer, draft).id


def labels_of(store: Store, clock: Clock) -> dict[str, float]:
    labels = store.decisions.labels("merchant", clock.now, 365)
    return {str(entity_id): float(label) for entity_id, label in labels["label"].items()}


def test_the_second_reviewer_is_told_whom_to_judge_and_nothing_else(
    store: Store, clock: Clock
) -> None:
    decide(store, VIOLATION)
    case = store.second_looks.next("bo")
    assert case is not None
    assert vars(case) == {
        "look_id": case.look_id, "entity_type": "merchant", "entity_id": "m1",
        "snapshot_id": "s1", "held_at": clock.now,
    }  # fmt: skip


def test_nobody_judges_the_same_entity_twice(store: Store) -> None:
    decide(store, VIOLATION, reviewer="ana")
    assert store.second_looks.next("ana") is None
    assert (store.second_looks.waiting("ana"), store.second_looks.waiting("bo")) == (0, 1)


def test_cannot_tell_is_not_judged_again(store: Store) -> None:
    decide(store, UNSURE)
    assert store.second_looks.waiting("bo") == 0


def test_two_who_ask_get_different_cases_and_an_hour_each(store: Store, clock: Clock) -> None:
    decide(store, VIOLATION, "m1")
    decide(store, CLEARED, "m2")
    first, second = store.second_looks.next("bo"), store.second_looks.next("cy")
    assert first is not None
    assert second is not None
    assert (first.entity_id, second.entity_id) == ("m1", "m2")
    assert store.second_looks.next("bo") == first
    assert store.second_looks.next("dee") is None

    clock.forward(hours=1)
    late = store.second_looks.next("dee")
    assert late is not None
    assert late.entity_id == "m1"
    with pytest.raises(LeaseLostError, match="not yours any more"):
        store.second_looks.answer(first.look_id, "bo", SECOND_YES)


def test_the_same_judgement_settles_it(store: Store) -> None:
    decide(store, VIOLATION)
    look = answered(store, SECOND_YES)
    rows = store.second_looks.answered().set_index("look_id").loc[look]
    assert (rows["verdict"], rows["first_policy"], rows["second_policy"]) == ("agreed", "M3", "M3")
    assert store.second_looks.unsettled().empty


@pytest.mark.parametrize("second", [CLEARED, OTHER_POLICY, UNSURE])
def test_another_outcome_or_policy_is_for_a_lead(store: Store, second: Draft) -> None:
    decide(store, VIOLATION)
    look = answered(store, second)
    assert store.second_looks.unsettled()["look_id"].tolist() == [look]
    assert store.second_looks.unsettled("product").empty


def test_an_overturned_decision_feeds_back_as_a_corrected_label(store: Store, clock: Clock) -> None:
    first = decide(store, VIOLATION)
    look = answered(store, CLEARED)
    assert labels_of(store, clock) == {"m1": 1.0}

    clock.forward(days=1)
    settled = store.second_looks.settle(look, "lea", "second", "The parcels did arrive")

    assert (settled.status, settled.verdict, settled.settled_by) == ("settled", "second", "lea")
    assert settled.amendment_id is not None
    correction = store.decisions.get(settled.amendment_id)
    assert (correction.corrects, correction.outcome, correction.kind) == (
        first.id, "no_violation", "correction",
    )  # fmt: skip
    assert correction.judged_at == first.judged_at
    assert labels_of(store, clock) == {"m1": 0.0}
    assert store.decisions.get(first.id) == first
    assert [e.kind for e in store.cases.events(first.case_id or 0)][-1] == "corrected"


def test_the_first_judgement_may_stand_or_another_take_its_place(
    store: Store, clock: Clock
) -> None:
    decide(store, VIOLATION, "m1")
    store.second_looks.settle(answered(store, CLEARED), "lea", "first", "Seen the parcel")
    assert labels_of(store, clock) == {"m1": 1.0}

    decide(store, CLEARED, "m2")
    look = answered(store, VIOLATION)
    store.second_looks.settle(look, "lou", "other", "It is late dispatch", OTHER_POLICY)
    last = store.decisions.last("merchant", "m2")
    assert last is not None
    assert (last.outcome, last.policy) == ("violation", "M2")
    assert store.second_looks.unsettled().empty


def test_only_a_lead_who_judged_neither_time_settles(store: Store) -> None:
    decide(store, VIOLATION, reviewer="lea")
    look = answered(store, CLEARED, reviewer="lou")
    for name, why in (("ana", "Only a lead"), ("lea", "one of the two"), ("lou", "one of the two")):
        with pytest.raises(InputError, match=why):
            store.second_looks.settle(look, name, "first", "because")
    with pytest.raises(InputError, match="A reason is needed"):
        store.second_looks.settle(look, "lea", "first", " ")
    assert len(store.second_looks.unsettled()) == 1


def test_an_answer_is_checked_and_given_once(store: Store) -> None:
    decide(store, VIOLATION)
    case = store.second_looks.next("bo")
    assert case is not None
    with pytest.raises(DecisionError, match="Choose the policy"):
        store.second_looks.answer(case.look_id, "bo", Draft("violation", reason="x"))
    once = store.second_looks.answer(case.look_id, "bo", SECOND_YES)
    assert store.second_looks.answer(case.look_id, "bo", CLEARED) == once


def test_a_decision_amended_meanwhile_is_not_judged_again(store: Store) -> None:
    first = decide(store, VIOLATION)
    case = store.second_looks.next("bo")
    assert case is not None
    store.decisions.correct(first.id, CLEARED, "lea", "Wrong parcel")
    with pytest.raises(InputError, match="corrected or overturned"):
        store.second_looks.answer(case.look_id, "bo", SECOND_YES)
    assert store.second_looks.waiting("bo") == 0


def test_a_flag_is_settled_by_a_lead_or_becomes_a_blind_review(store: Store, clock: Clock) -> None:
    chosen = [decide(store, VIOLATION, f"m{n}") for n in (1, 2)]
    why = {d.id: "Nine of ten like it were cleared" for d in chosen}
    _forget_draws(store)
    assert (store.second_looks.flag(why, "check"), store.second_looks.flag(why, "check")) == (2, 0)
    first, second = store.second_looks.unsettled()["look_id"].tolist()

    store.second_looks.settle(first, "lea", "other", "They are right", CLEARED)
    store.second_looks.send(second, "lea")

    assert labels_of(store, clock) == {"m1": 0.0, "m2": 1.0}
    assert store.second_looks.unsettled().empty
    asked = store.second_looks.next("bo")
    assert asked is not None
    assert asked.entity_id == "m2"
    assert store.second_looks.flag({chosen[1].id: "again"}, "check") == 0


def test_a_flag_has_no_second_judgement_to_stand(store: Store) -> None:
    decision = decide(store, VIOLATION)
    store.second_looks.flag({decision.id: "odd"}, "check")
    (look,) = store.second_looks.unsettled()["look_id"]
    with pytest.raises(InputError, match="no second judgement"):
        store.second_looks.settle(look, "lea", "second", "because")
    with pytest.raises(InputError, match="given to a second reviewer before"):
        store.second_looks.send(look, "lea")


def test_a_golden_case_measures_the_reviewer_and_changes_nothing(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_answers, "GOLDEN_SHARE", 1.0)
    golden = decide(store, VIOLATION)
    _forget_draws(store)
    store.second_looks.mark_golden(golden.id, "lea", "Seized by customs")
    with pytest.raises(InputError, match="golden case already"):
        store.second_looks.mark_golden(golden.id, "lea", "again")

    answered(store, CLEARED, "bo")
    answered(store, SECOND_YES, "cy")

    found = store.second_looks.answered()[["purpose", "second_reviewer", "verdict"]]
    assert found.to_numpy().tolist() == [["golden", "bo", "wrong"], ["golden", "cy", "right"]]
    assert store.second_looks.next("bo") is None
    assert store.second_looks.unsettled().empty
    assert labels_of(store, clock) == {"m1": 1.0}


def test_golden_cases_are_mixed_in_by_a_draw(store: Store) -> None:
    golden = decide(store, VIOLATION, "g")
    _forget_draws(store)
    store.second_looks.mark_golden(golden.id, "lea", "Known")
    for number in range(20):
        decide(store, VIOLATION, f"m{number}")
    order = []
    for _ in range(20):
        case = store.second_looks.next("bo")
        assert case is not None
        order.append(case.entity_id)
        store.second_looks.answer(case.look_id, "bo", SECOND_YES)
    assert order.count("g") == 1


@pytest.mark.usefixtures("no_golden")
def test_who_judges_now_is_known_so_that_the_past_can_be_hidden(store: Store) -> None:
    decide(store, VIOLATION)
    assert not store.second_looks.is_in_hand("bo", "merchant", "m1")
    answered_by = store.second_looks.next("bo")
    assert answered_by is not None
    assert store.second_looks.is_in_hand("bo", "merchant", "m1")
    assert not store.second_looks.is_in_hand("cy", "merchant", "m1")


def test_the_draw_takes_the_share_of_the_settings(ready_url: str, clock: Clock) -> None:
    store = open_store(ready_url, now=clock)
    drawn = sum(is_drawn(number, store.database) for number in range(1, 5_001))
    store.close()
    assert 440 <= drawn <= 560  # 500 expected, three standard deviations are 64


def test_a_check_is_kept_with_what_it_found(store: Store, clock: Clock) -> None:
    assert store.second_looks.last_check("merchant") is None
    store.second_looks.add_check("merchant", "lea", {"decisions": 10})
    store.second_looks.add_check("merchant", "lou", {"decisions": 12})
    found = store.second_looks.last_check("merchant")
    assert found is not None
    assert (found.person, found.result, found.at) == (
        "lou",
        {"decisions": 12},
        clock.now,
    )


def _forget_draws(store: Store) -> None:
    """Let nothing wait for a second review, so that a test says itself what does."""
    import sqlalchemy as sa

    from analytics.review.schema import second_looks_table

    with store.database.writing() as connection:
        connection.execute(sa.delete(second_looks_table))
