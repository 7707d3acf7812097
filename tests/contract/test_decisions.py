"""Deciding, and what counts afterwards, on SQLite and on a real PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from analytics.errors import DecisionError, LeaseLostError, NotFoundError
from analytics.review.store import Store
from analytics.review.types import Decision, Draft
from tests.contract.conftest import Clock
from tests.support.review import CLEARED, SHOWN, UNSURE, VIOLATION, open_cases


def decide(store: Store, draft: Draft, entity_id: str = "m1", reviewer: str = "ana") -> Decision:
    case = store.cases.find("merchant", entity_id)
    if case is None or case.status == "closed":
        case = store.cases.open_by_hand("merchant", entity_id, reviewer, "asked for")
    return store.decisions.decide(store.cases.claim(case.id, reviewer).lease.token, draft, SHOWN)


def test_a_decision_keeps_what_was_decided_and_what_was_seen(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    claimed_at = clock.now
    token = store.cases.claim(case_id, "ana").lease.token
    now = clock.forward(seconds=30)

    decision = store.decisions.decide(token, VIOLATION, SHOWN, seconds=25)

    assert decision == Decision(
        id=decision.id,
        case_id=case_id,
        lease_token=token,
        import_key=None,
        kind="decision",
        corrects=None,
        source="review",
        reviewer="ana",
        decided_at=now,
        judged_at=now,
        entity_type="merchant",
        entity_id="m1",
        outcome="violation",
        policy="M3",
        severity="standard",
        points=24,
        action="suspend",
        reason="Empty parcels",
        taxonomy_version="2026-11",
        snapshot_id="s1",
        dataset_id="d1",
        as_of=SHOWN.as_of,
        model_version="merchant-1",
        feature_version="f1",
        features={"late_dispatch_90d": 0.25, "orders_90d": 40},
        violation_probability=0.4,
        quality_probability=0.1,
        expected_harm=120.5,
        harm_unit="money",
        queue_policy="hand",
        stratum="merchant/hand",
        inclusion_probability=None,
        control_probability=None,
        presentation="evidence_first",
        position=1,
        claimed_at=claimed_at,
        viewed_at=None,
        seconds=25.0,
        batch_id=None,
        suggested_policy=None,
    )
    assert store.decisions.get(decision.id) == decision
    assert store.decisions.last("merchant", "m1") == decision


def test_a_decision_closes_the_case_for_a_while(store: Store, clock: Clock) -> None:
    decision = decide(store, VIOLATION)

    case = store.cases.find("merchant", "m1")
    assert (case.status, case.decision_id, case.lease_token) == ("closed", decision.id, None)
    assert (case.closed_at, case.closed_until) == (clock.now, clock.now + timedelta(days=90))
    assert store.cases.events(case.id)[-1].data == {
        "decision_id": decision.id,
        "outcome": "violation",
        "policy": "M3",
        "severity": "standard",
        "action": "suspend",
        "reason": "Empty parcels",
    }


def test_cannot_tell_escalates_the_case(store: Store) -> None:
    decide(store, UNSURE)

    case = store.cases.find("merchant", "m1")
    assert (case.status, case.lease_token, case.closed_at) == ("escalated", None, None)
    assert [e.kind for e in store.cases.events(case.id)][-2:] == ["decided", "escalated"]
    assert store.cases.claim_next("ana") is None

    decide(store, VIOLATION, reviewer="lead")
    assert store.cases.find("merchant", "m1").status == "closed"
    assert list(store.decisions.history()["outcome"]) == ["cannot_tell", "violation"]


@pytest.mark.parametrize(
    ("draft", "problems"),
    [
        (replace(VIOLATION, policy=None), {"policy": "Choose the policy that was violated."}),
        (
            replace(VIOLATION, policy="P1"),
            {"policy": "There is no policy 'P1' for a merchant in taxonomy 2026-11."},
        ),
        (
            replace(VIOLATION, action="warn"),
            {
                "action": "Policy M3 does not allow the action 'warn': "
                "use limit_traffic, hold_payout, suspend."
            },
        ),
        (
            replace(VIOLATION, severity="huge"),
            {"severity": "There is no severity 'huge': use minor, standard, severe."},
        ),
        (replace(VIOLATION, reason=" \n"), {"reason": "A reason is needed."}),
        (
            replace(CLEARED, reason="x" * 2001),
            {"reason": "A reason may have at most 2,000 characters, not 2,001."},
        ),
        (
            replace(CLEARED, reason="a\0b"),
            {"reason": "A reason holds a character that cannot be stored."},
        ),
        (
            replace(CLEARED, policy="M1", reason=""),
            {"policy": "Only a violation has a policy.", "reason": "A reason is needed."},
        ),
        (
            replace(CLEARED, outcome="maybe"),
            {"outcome": "Choose an outcome: violation, no_violation, cannot_tell."},
        ),
    ],
)
def test_a_draft_that_breaks_the_rules_is_refused_and_the_lease_kept(
    store: Store, draft: Draft, problems: dict[str, str]
) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token

    with pytest.raises(DecisionError) as error:
        store.decisions.decide(token, draft, SHOWN)

    assert error.value.problems == problems
    assert store.decisions.history().empty
    assert store.decisions.decide(token, VIOLATION, SHOWN).outcome == "violation"


@pytest.mark.parametrize(("severity", "points"), [("minor", 12), (None, 24), ("severe", 48)])
def test_severity_multiplies_the_points(store: Store, severity: str | None, points: int) -> None:
    assert decide(store, replace(VIOLATION, severity=severity)).points == points


def test_a_double_click_decides_once(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token

    first = store.decisions.decide(token, VIOLATION, SHOWN)
    second = store.decisions.decide(token, CLEARED, SHOWN)

    assert second == first
    assert len(store.decisions.history()) == 1
    assert [e.kind for e in store.cases.events(case_id)].count("decided") == 1


def test_a_decision_on_a_lost_lease_says_who_has_the_case(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    old = store.cases.claim(case_id, "ana").lease.token
    clock.forward(minutes=11)
    new = store.cases.claim_next("bo").lease.token

    with pytest.raises(LeaseLostError, match="is now with bo") as error:
        store.decisions.decide(old, VIOLATION, SHOWN)
    assert (error.value.holder, error.value.decision) == ("bo", None)

    decision = store.decisions.decide(new, CLEARED, SHOWN)
    with pytest.raises(LeaseLostError, match="was decided by bo meanwhile") as error:
        store.decisions.decide(old, VIOLATION, SHOWN)
    assert (error.value.holder, error.value.decision) == (None, decision)
    assert len(store.decisions.history()) == 1


def test_a_lease_that_expired_untaken_still_decides(store: Store, clock: Clock) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    clock.forward(hours=3)
    assert store.decisions.decide(token, VIOLATION, SHOWN).reviewer == "ana"


def test_a_case_given_back_cannot_be_decided(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    store.cases.release(token)
    with pytest.raises(LeaseLostError, match="no longer claimed by ana"):
        store.decisions.decide(token, VIOLATION, SHOWN)


def test_numbers_that_json_lacks_are_kept_as_missing(store: Store) -> None:
    (case_id,) = open_cases(store, 1.0)
    row = pd.Series({"a": float("nan"), "b": 1.5, "c": float("inf")})
    shown = replace(SHOWN, features=row, quality_probability=float("nan"))
    token = store.cases.claim(case_id, "ana").lease.token

    decision = store.decisions.decide(token, CLEARED, shown)

    assert decision.features == {"a": None, "b": 1.5, "c": None}
    assert decision.quality_probability is None


def test_what_was_never_decided_is_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError, match="There is no decision 5"):
        store.decisions.get(5)
    assert store.decisions.last("merchant", "m1") is None


def test_the_history_is_whole_and_comes_in_parts(store: Store, clock: Clock) -> None:
    for n in range(5):
        decide(store, CLEARED, f"m{n}")
        clock.forward(days=1)

    history = store.decisions.history()
    parts = list(store.decisions.iterate(batch=2))

    assert list(history["entity_id"]) == ["m0", "m1", "m2", "m3", "m4"]
    assert [len(part) for part in parts] == [2, 2, 1]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), history)
    assert list(store.decisions.history("merchant", "m3")["entity_id"]) == ["m3"]
    assert store.decisions.history("product").empty
    assert len(store.decisions.history(since=clock.now - timedelta(days=2))) == 2
    assert store.decisions.history(with_features=True)["features"][0] == SHOWN.features


def test_an_empty_history_has_the_same_types(store: Store) -> None:
    empty = store.decisions.history().dtypes
    decide(store, CLEARED)
    full = store.decisions.history().dtypes
    times = [name for name, kind in full.items() if str(kind).startswith("datetime")]
    assert len(times) == 5
    assert (empty[times] == full[times]).all()


def test_the_last_yes_or_no_within_its_validity_is_the_label(store: Store, clock: Clock) -> None:
    decide(store, CLEARED, "m1")
    decide(store, VIOLATION, "old")
    clock.forward(days=200)
    last = decide(store, VIOLATION, "m1")
    clock.forward(days=1)
    decide(store, UNSURE, "m1")
    decide(store, UNSURE, "m3")

    labels = store.decisions.labels("merchant", clock.now, validity_days=200)

    assert list(labels.index) == ["m1"]
    assert dict(labels.loc["m1", ["label", "policy", "decision_id", "source", "dataset_id"]]) == {
        "label": 1.0,
        "policy": "M3",
        "decision_id": last.id,
        "source": "review",
        "dataset_id": "d1",
    }
    assert labels.loc["m1", "decided_at"] == last.decided_at
    assert store.decisions.labels("product", clock.now, validity_days=365).empty


def test_labels_know_nothing_of_later_decisions(store: Store, clock: Clock) -> None:
    decide(store, CLEARED)
    then = clock.now
    clock.forward(days=1)
    decide(store, VIOLATION)

    before = store.decisions.labels("merchant", then, validity_days=365)
    after = store.decisions.labels("merchant", clock.now, validity_days=365)

    assert (before.loc["m1", "label"], after.loc["m1", "label"]) == (0.0, 1.0)
