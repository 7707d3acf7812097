"""Corrections, appeals, points and statistics, on SQLite and on a real PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from analytics.errors import DecisionError, InputError, NotFoundError
from analytics.review.importing import Added, ImportedDecision
from analytics.review.statistics import ReviewerStatistics
from analytics.review.store import Store
from tests.contract.conftest import Clock
from tests.contract.test_decisions import decide
from tests.support.review import CLEARED, SHOWN, UNSURE, VIOLATION, open_cases


def test_a_correction_counts_instead_as_of_the_day_of_the_decision(
    store: Store, clock: Clock
) -> None:
    wrong = decide(store, VIOLATION)
    decided_at = clock.now
    clock.forward(days=5)

    right = store.decisions.correct(wrong.id, replace(CLEARED, reason=""), "lea", "Wrong parcel")

    assert (right.kind, right.corrects, right.reviewer) == ("correction", wrong.id, "lea")
    assert (right.decided_at, right.judged_at) == (clock.now, decided_at)
    assert (right.outcome, right.policy, right.points, right.reason) == (
        "no_violation",
        None,
        0,
        "Wrong parcel",
    )
    assert (right.features, right.dataset_id, right.as_of) == (SHOWN.features, "d1", SHOWN.as_of)
    assert store.decisions.get(wrong.id) == wrong
    assert store.decisions.last("merchant", "m1") == right
    label = store.decisions.labels("merchant", clock.now, validity_days=365).loc["m1"]
    assert (label["label"], label["decided_at"], label["decision_id"]) == (
        0.0,
        decided_at,
        right.id,
    )
    before = store.decisions.labels("merchant", clock.now - timedelta(days=1), validity_days=365)
    assert before.loc["m1", "decision_id"] == wrong.id
    assert store.cases.events(wrong.case_id)[-1].kind == "corrected"


def test_a_newer_decision_is_not_undone_by_correcting_an_older(store: Store, clock: Clock) -> None:
    old = decide(store, CLEARED)
    clock.forward(days=1)
    new = decide(store, VIOLATION)
    store.decisions.correct(old.id, UNSURE, "lea", "Too little seen")
    assert store.decisions.last("merchant", "m1") == new


def test_a_correction_can_keep_its_own_reason(store: Store) -> None:
    wrong = decide(store, VIOLATION)
    right = store.decisions.correct(wrong.id, CLEARED, "lea", "Appeal")
    assert right.reason == "All parcels arrived (Corrected: Appeal)"


def test_a_correction_is_checked_like_a_decision(store: Store) -> None:
    wrong = decide(store, CLEARED)
    with pytest.raises(DecisionError) as error:
        store.decisions.correct(wrong.id, replace(VIOLATION, policy=None), "lea", "Missed")
    assert set(error.value.problems) == {"policy"}
    assert len(store.decisions.history()) == 1


def test_an_overturned_decision_is_no_label(store: Store, clock: Clock) -> None:
    first = decide(store, CLEARED)
    clock.forward(days=1)
    decision = decide(store, VIOLATION)
    clock.forward(days=1)

    overturn = store.decisions.overturn(decision.id, "lea", "Appeal granted")

    assert (overturn.kind, overturn.outcome, overturn.points) == ("overturn", None, 0)
    assert store.decisions.last("merchant", "m1") == first
    labels = store.decisions.labels("merchant", clock.now, validity_days=365)
    assert labels.loc["m1", "decision_id"] == first.id
    assert store.decisions.standing("merchant", "m1").points == 0
    assert store.cases.events(decision.case_id)[-1].kind == "overturned"


def test_what_was_amended_cannot_be_amended_again(store: Store) -> None:
    decision = decide(store, VIOLATION)
    correction = store.decisions.correct(decision.id, CLEARED, "lea", "Wrong parcel")
    with pytest.raises(InputError, match=f"already corrected by decision {correction.id}"):
        store.decisions.overturn(decision.id, "lea", "Appeal granted")
    overturn = store.decisions.overturn(correction.id, "lea", "Appeal granted")
    with pytest.raises(InputError, match=f"already overturned by decision {overturn.id}"):
        store.decisions.correct(correction.id, CLEARED, "lea", "again")
    with pytest.raises(InputError, match="itself an overturned appeal"):
        store.decisions.overturn(overturn.id, "lea", "again")
    with pytest.raises(NotFoundError, match="There is no decision 99"):
        store.decisions.correct(99, CLEARED, "lea", "why")
    assert store.decisions.last("merchant", "m1") is None


def test_a_case_that_is_still_open_is_decided_instead_of_corrected(store: Store) -> None:
    unsure = decide(store, UNSURE)
    with pytest.raises(InputError, match="is not closed yet"):
        store.decisions.correct(unsure.id, CLEARED, "lea", "I know better")


def test_points_add_up_over_ninety_days(store: Store, clock: Clock) -> None:
    decide(store, VIOLATION)
    clock.forward(days=60)
    decide(store, replace(VIOLATION, policy="M1", severity="minor", action="warn"))

    standing = store.decisions.standing("merchant", "m1")
    assert (standing.points, standing.decisions) == (24 + 6, 2)
    clock.forward(days=30)
    assert store.decisions.standing("merchant", "m1").points == 6
    assert store.decisions.standing("merchant", "m1", at=datetime(2026, 5, 5)).points == 24
    assert store.decisions.standing("product", "m1").points == 0


def test_a_preview_names_the_milestones_that_a_decision_would_reach(store: Store) -> None:
    decide(store, replace(VIOLATION, policy="M1", severity="minor", action="warn"))  # 6 points

    preview = store.decisions.preview("merchant", "m1", "M3")
    assert (preview.points_now, preview.points_after) == (6, 30)
    assert [m.action for m in preview.reached] == ["warn", "limit_traffic"]
    assert preview.next.action == "hold_payout"

    assert store.decisions.preview("merchant", "m1", "M3", "severe").next is None
    assert store.decisions.preview("merchant", "m1", "M2", "minor").reached == ()
    with pytest.raises(InputError, match="There is no severity 'huge'"):
        store.decisions.preview("merchant", "m1", "M3", "huge")


def test_imported_decisions_are_labels_without_a_case(store: Store, clock: Clock) -> None:
    day = clock.now - timedelta(days=10)
    rows = [
        ImportedDecision("merchant", "m1", "violation", day, "M2", "zoe", "From the old tool"),
        ImportedDecision("merchant", "m2", "no_violation", day),
    ]

    assert store.decisions.add_imported(rows, "ana") == Added(2, 0)
    assert store.decisions.add_imported([*rows, rows[0]], "ana") == Added(0, 3)

    labels = store.decisions.labels("merchant", clock.now, validity_days=365)
    assert list(labels["label"]) == [1.0, 0.0]
    assert list(labels["source"]) == ["import", "import"]
    assert store.decisions.labels("merchant", clock.now, 365, sources=("review",)).empty
    history = store.decisions.history()
    assert list(history["reviewer"]) == ["zoe", "ana"]
    assert list(history["points"]) == [4, 0]
    decide(store, VIOLATION, "m2")
    assert store.decisions.labels("merchant", clock.now, 365).loc["m2", "source"] == "review"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"entity_type": "shop"}, "There is no entity type 'shop'"),
        ({"entity_id": ""}, "An entity's id is needed"),
        ({"outcome": "maybe"}, "There is no outcome 'maybe'"),
        ({"policy": "P1"}, "There is no policy 'P1' for a merchant"),
        ({"outcome": "no_violation", "policy": "M1"}, "Only a violation has a policy"),
        ({"decided_at": datetime(2027, 1, 1)}, "decided in the future"),
        ({"note": "a\0"}, "A note holds a character"),
        ({"reviewer": "x" * 201}, "at most 200 characters"),
    ],
)
def test_an_import_is_all_or_nothing(store: Store, clock: Clock, row: dict, message: str) -> None:
    good = ImportedDecision("merchant", "m1", "violation", clock.now)
    with pytest.raises(InputError, match=f"Row 2: .*{message}"):
        store.decisions.add_imported([good, replace(good, **row)], "ana")
    assert store.decisions.history().empty


def test_statistics_say_what_was_done_and_what_waits(store: Store, clock: Clock) -> None:
    open_cases(store, *range(1, 8))
    since = clock.forward(days=2)
    for entity_id, reviewer, draft, seconds in (
        ("m1", "ana", VIOLATION, 30),
        ("m2", "ana", CLEARED, 90),
        ("m3", "ana", UNSURE, 60),
        ("m4", "bo", CLEARED, 100_000),
    ):
        case = store.cases.find("merchant", entity_id)
        token = store.cases.claim(case.id, reviewer).lease.token
        store.decisions.decide(token, draft, SHOWN, seconds=seconds)
    token = store.cases.claim_entity("merchant", "m5", "ana").lease.token
    store.cases.hold(token, clock.now + timedelta(days=1), "waiting")
    store.cases.open_by_hand("merchant", "new", "ana", "asked for")

    found = store.decisions.statistics(since)

    assert (found.decisions, found.waiting, found.overdue) == (4, 5, 0)
    assert found.confirmed_share == pytest.approx(1 / 3)
    assert found.median_seconds == 75
    assert found.per_hour == pytest.approx(4 * 3600 / (30 + 90 + 60 + 600))
    assert found.reviewers == (
        ReviewerStatistics("ana", 3, 60.0, 0.5, 60),
        ReviewerStatistics("bo", 1, 6.0, 0.0, 600),
    )
    empty = {"under a day": 0, "1 to 3 days": 0, "3 to 7 days": 0, "over a week": 0}
    assert found.backlog == {
        "open": empty | {"under a day": 1, "1 to 3 days": 2},
        "held": empty | {"1 to 3 days": 1},
        "escalated": empty | {"1 to 3 days": 1},
    }
    clock.forward(days=6)
    later = store.decisions.statistics(clock.now)
    assert (later.decisions, later.per_hour, later.confirmed_share) == (0, None, None)
    assert (later.overdue, later.backlog["open"]["over a week"]) == (4, 3)
    assert later.to_dict()["waiting"] == 5


def test_challengers_are_remembered(store: Store) -> None:
    first = store.challengers.add(
        "merchant", "merchant-2", snapshot_id="s1", label_set_id="l1", person="ana"
    )
    second = store.challengers.add(
        "merchant", "merchant-3", snapshot_id="s1", label_set_id="l2", person="ana"
    )
    store.challengers.set_status(second.id, "dismissed")
    compared = store.challengers.set_comparison(first.id, {"verdict": "better"})

    assert store.challengers.latest("merchant") == compared
    assert store.challengers.latest("merchant", None).id == second.id
    assert store.challengers.latest("product") is None
    assert [c.id for c in store.challengers.all()] == [second.id, first.id]

    store.set_live(
        "s1", {"merchant": "merchant-2"}, person="ana", reason="x", challenger_id=first.id
    )
    assert store.challengers.get(first.id).status == "promoted"
    with pytest.raises(NotFoundError, match="There is no challenger 9"):
        store.challengers.set_status(9, "dismissed")


def test_what_decisions_refer_to_is_known(store: Store) -> None:
    decide(store, CLEARED)
    referred = store.decisions.referred()
    assert (referred.dataset_ids, referred.snapshot_ids) == ({"d1"}, {"s1"})
