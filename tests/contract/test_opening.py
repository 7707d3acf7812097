"""Opening cases from scores, on SQLite and on a real PostgreSQL."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.policies import load_taxonomy
from analytics.review.opening import OpenedCases, open_cases
from analytics.review.store import Live, Store
from analytics.settings import Settings
from tests.contract.conftest import Clock
from tests.support.review import CLEARED, SHOWN, UNSURE, many_scores, scores

MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)
MAY_LIVE = Live("s-may", {"merchant": "merchant-1"}, "ana", "build", MAY)
JUNE_LIVE = Live("s-june", {"merchant": "merchant-1"}, "ana", "build", JUNE)


def opening(
    store: Store,
    frame: pd.DataFrame,
    live: Live = MAY_LIVE,
    as_of: datetime = MAY,
    *,
    refill: bool = False,
    **settings: object,
) -> OpenedCases:
    chosen = Settings.model_construct(**{"review_capacity": 10, "control_share": 0.0} | settings)
    report = open_cases(
        store, {"merchant": frame}, live, as_of, chosen, load_taxonomy(), refill=refill
    )
    return report.entities[0]


def decide(store: Store, entity_id: str, **shown: object) -> None:
    token = store.cases.claim_entity("merchant", entity_id, "ana").lease.token
    store.decisions.decide(token, CLEARED, SHOWN.__class__(**vars(SHOWN) | shown))


def test_the_first_by_expected_harm_get_a_case(store: Store, clock: Clock) -> None:
    frame = scores(("a", 5.0), ("b", 50.0), ("c", 0.0), ("d", 500.0), policy="M3")

    report = opening(store, frame, review_capacity=2)

    assert report == OpenedCases("merchant", population=4, opened=2)
    listing = store.cases.listing()
    assert list(listing["entity_id"]) == ["d", "b"]
    assert list(listing["priority"]) == [500.0, 50.0]
    case = store.cases.find("merchant", "d")
    assert (case.opened_by, case.lead_policy, case.reopens) == ("build", "M3", None)
    assert case.due_at == clock.now + timedelta(days=1)
    assert case.opened_reason == "Queued by the build of snapshot s-may."
    (entry,) = store.queue.of_case(case.id)
    assert (entry.policy, entry.stratum, entry.inclusion_probability) == (
        "expected_harm",
        "merchant/top",
        1.0,
    )
    assert (entry.rank, entry.expected_harm, entry.harm_unit) == (1, 500.0, "money")
    assert (entry.violation_probability, entry.quality_probability) == (0.5, None)


def test_what_harms_nobody_gets_no_case_from_the_top(store: Store) -> None:
    assert opening(store, scores(("a", 5.0), ("b", 0.0))).opened == 1


def test_a_case_that_no_policy_leads_has_the_default_due_time(store: Store, clock: Clock) -> None:
    frame = scores(("a", 5.0)).assign(top_policy=None)
    opening(store, frame, default_due_days=9)
    assert store.cases.find("merchant", "a").due_at == clock.now + timedelta(days=9)


def test_opening_twice_opens_nothing_twice(store: Store) -> None:
    frame = many_scores(50)
    first = opening(store, frame, control_share=0.2)
    before = store.cases.listing(), store.queue.frame()

    again = opening(store, frame, control_share=0.2)

    assert (first.opened > 0, again) == (True, OpenedCases("merchant"))
    pd.testing.assert_frame_equal(store.cases.listing(), before[0])
    pd.testing.assert_frame_equal(store.queue.frame(), before[1])
    assert store.queue.is_opened(MAY_LIVE)
    assert not store.queue.is_opened(JUNE_LIVE)


def test_a_control_sample_is_drawn_from_all_that_are_eligible(store: Store) -> None:
    report = opening(store, many_scores(200), review_capacity=20, control_share=0.5)

    entries = store.queue.frame()
    control = entries[entries["policy"] == "control"]
    assert (report.population, report.control, len(control)) == (200, 10, 10)
    assert set(control["inclusion_probability"]) == {10 / 200}
    assert set(control["stratum"]) <= {"merchant/top", "merchant/rest"}
    in_top = set(entries.loc[entries["policy"] == "expected_harm", "entity_id"])
    assert in_top == {f"m{n:03}" for n in range(20)}
    assert report.opened == len(in_top | set(control["entity_id"]))
    is_top = control["entity_id"].isin(in_top)
    assert (control["stratum"] == is_top.map({True: "merchant/top", False: "merchant/rest"})).all()


def test_a_control_case_cannot_be_told_from_the_others(store: Store) -> None:
    opening(store, many_scores(200), review_capacity=20, control_share=0.5)

    listing = store.cases.listing()
    entries = store.queue.frame()
    rest = set(entries.loc[entries["stratum"] == "merchant/rest", "case_id"])
    places = set(listing.loc[~listing["case_id"].isin(rest), "priority"])
    assert rest
    assert set(listing["opened_by_shown"]) == {"build"}
    assert set(listing.loc[listing["case_id"].isin(rest), "priority"]) <= places
    cases = [store.cases.get(case_id) for case_id in listing["case_id"]]
    assert {case.opened_reason for case in cases} == {"Queued by the build of snapshot s-may."}
    assert {case.opened_by_shown for case in cases} == {"build"}
    told = {str(event.data) for case in cases for event in store.cases.events(case.id)}
    assert len(told) == 1


def test_an_entity_in_both_samples_has_two_entries_and_one_case(store: Store) -> None:
    opening(store, scores(("a", 3.0), ("b", 2.0)), review_capacity=2, control_share=1.0)

    case = store.cases.find("merchant", "a")
    assert [
        (e.policy, e.stratum, e.inclusion_probability) for e in store.queue.of_case(case.id)
    ] == [
        ("expected_harm", "merchant/top", 1.0),
        ("control", "merchant/top", 1.0),
    ]
    assert len(store.cases.listing()) == 2


def test_a_decision_keeps_how_its_case_was_drawn(store: Store) -> None:
    opening(store, many_scores(100), review_capacity=4, control_share=0.5)
    entries = store.queue.frame()
    (rest, *_), (top, *_) = (
        list(entries.loc[entries["stratum"] == f"merchant/{name}", "entity_id"])
        for name in ("rest", "top")
    )
    in_control = top in set(entries.loc[entries["policy"] == "control", "entity_id"])
    decide(store, rest)
    decide(store, top)

    of_rest, of_top = (store.decisions.last("merchant", entity_id) for entity_id in (rest, top))

    assert (of_rest.queue_policy, of_rest.stratum) == ("control", "merchant/rest")
    assert (of_rest.inclusion_probability, of_rest.control_probability) == (0.02, 0.02)
    assert of_top.queue_policy == ("control" if in_control else "expected_harm")
    assert (of_top.stratum, of_top.inclusion_probability) == ("merchant/top", 1.0)
    assert of_top.control_probability == 0.02
    labels = store.decisions.labels("merchant", of_top.decided_at, validity_days=1)
    assert labels.loc[rest, "inclusion_probability"] == 0.02


def test_refilling_takes_the_next_from_the_top(store: Store) -> None:
    frame = many_scores(30)
    opening(store, frame)
    report = opening(store, frame, refill=True)

    assert (report.opened, report.population) == (10, 20)
    assert set(store.cases.listing()["entity_id"]) == {f"m{n:03}" for n in range(20)}
    assert list(store.queue.frame()["round"]) == [0] * 10 + [1] * 10


def test_a_new_snapshot_opens_what_is_new_in_the_top_and_fills_up(store: Store) -> None:
    opening(store, many_scores(30))
    for n in range(4):
        decide(store, f"m{n:03}")
    rows = [(f"m{n:03}", float(30 - n)) for n in range(30)] + [("new", 99.0)]

    report = opening(store, scores(*rows), JUNE_LIVE, JUNE)

    assert report.opened == 4
    assert set(store.cases.listing()["entity_id"]) == {
        "new",
        *(f"m{n:03}" for n in range(4, 13)),
    }


def test_a_decided_entity_stays_closed_for_a_while(store: Store, clock: Clock) -> None:
    frame = scores(("a", 100.0))
    opening(store, frame)
    decide(store, "a", expected_harm=100.0, as_of=MAY)

    assert opening(store, frame, JUNE_LIVE, JUNE).population == 0
    clock.forward(days=90, seconds=1)
    later = Live("s-later", {"merchant": "merchant-1"}, "ana", "build", JUNE)
    assert opening(store, frame, later, JUNE).opened == 1
    assert store.cases.find("merchant", "a").reopens is None


@pytest.mark.parametrize(
    ("harm", "as_of", "is_reopened"),
    [(200.0, JUNE, True), (199.0, JUNE, False), (200.0, MAY, False)],
)
def test_newer_rows_that_double_the_harm_reopen_a_case(
    store: Store, harm: float, as_of: datetime, is_reopened: bool
) -> None:
    opening(store, scores(("a", 100.0)))
    decide(store, "a", expected_harm=100.0, as_of=MAY)
    first = store.cases.find("merchant", "a")

    report = opening(store, scores(("a", harm)), JUNE_LIVE, as_of)

    assert report.reopened == report.opened == int(is_reopened)
    if is_reopened:
        case = store.cases.find("merchant", "a")
        assert (case.reopens, case.status) == (first.id, "open")
        assert case.opened_reason == (
            "Reopened because expected harm rose from 100 to 200 since the decision of 2026-05-04."
        )
        (event,) = store.cases.events(case.id)
        assert (event.kind, event.data["reopens"]) == ("reopened", first.id)


def test_a_case_is_not_reopened_below_the_first_ranks(store: Store) -> None:
    opening(store, scores(("a", 100.0)))
    decide(store, "a", expected_harm=1.0, as_of=MAY)
    frame = scores(("a", 100.0), *((f"b{n}", 200.0) for n in range(3)))
    assert opening(store, frame, JUNE_LIVE, JUNE, review_capacity=3).reopened == 0


def test_waiting_cases_follow_the_new_scores(store: Store) -> None:
    opening(store, scores(("a", 30.0), ("b", 20.0), ("c", 10.0)))
    hand = store.cases.open_by_hand("merchant", "h", "ana", "asked for")

    frame = scores(("a", 10.0), ("b", 25.0), ("c", 11.0), ("h", 1.0))
    report = opening(store, frame, JUNE_LIVE, JUNE)

    assert report.reprioritised == 3
    listing = store.cases.listing().set_index("entity_id")["priority"]
    assert dict(listing) == {"h": hand.priority, "b": 25.0, "c": 11.0, "a": 10.0}
    told = {
        name: [e.kind for e in store.cases.events(store.cases.find("merchant", name).id)]
        for name in "abch"
    }
    assert told == {
        "a": ["opened", "reprioritised"],
        "b": ["opened"],
        "c": ["opened"],
        "h": ["opened"],
    }


def test_cases_of_what_is_not_in_the_data_any_more_are_withdrawn(
    store: Store, clock: Clock
) -> None:
    opening(store, scores(("a", 30.0), ("b", 20.0), ("c", 10.0)))
    hand = store.cases.open_by_hand("merchant", "h", "ana", "asked for")
    taken = store.cases.claim_entity("merchant", "a", "ana")

    report = opening(store, scores(("c", 10.0)), JUNE_LIVE, JUNE)

    assert report.withdrawn == 1
    withdrawn = store.cases.find("merchant", "b")
    assert (withdrawn.status, withdrawn.closed_at, withdrawn.closed_until) == (
        "closed",
        clock.now,
        None,
    )
    assert store.cases.events(withdrawn.id)[-1].kind == "withdrawn"
    assert store.decisions.decide(taken.lease.token, CLEARED, SHOWN).entity_id == "a"
    assert store.cases.claim_next("ana").case.entity_id == "c"
    assert store.cases.claim_next("ana").case.id == hand.id

    back = Live("s-back", {"merchant": "merchant-1"}, "ana", "build", JUNE)
    assert opening(store, scores(("b", 20.0), ("c", 10.0)), back, JUNE).opened == 1


def test_harm_in_severity_waits_behind_harm_in_money(store: Store) -> None:
    live = Live("s", {"merchant": "m", "creator": "c"}, "ana", "build", MAY)
    frames = {
        "creator": scores(("c1", 0.9), unit="severity", policy="C1"),
        "merchant": scores(("m1", 0.2)),
    }
    open_cases(
        store, frames, live, MAY, Settings.model_construct(control_share=0.0), load_taxonomy()
    )
    assert list(store.cases.listing()["entity_id"]) == ["m1", "c1"]


def test_ids_that_cannot_be_stored_are_left_out(store: Store) -> None:
    frame = scores(("m" * 501, 3.0), ("a\0b", 2.0), ("'; DROP TABLE cases; --", 1.0))
    assert opening(store, frame).opened == 1
    assert store.cases.find("merchant", "'; DROP TABLE cases; --").priority == 1.0


def test_no_entities_open_no_cases(store: Store) -> None:
    assert opening(store, scores(), control_share=0.5) == OpenedCases("merchant")
    assert store.queue.is_opened(MAY_LIVE)


def test_what_a_person_opened_is_not_opened_again(store: Store) -> None:
    store.cases.open_by_hand("merchant", "a", "ana", "asked for")
    report = opening(store, scores(("a", 2.0), ("b", 1.0)))
    assert (report.population, report.opened) == (1, 1)


def test_an_escalated_case_waits(store: Store) -> None:
    opening(store, scores(("a", 2.0)))
    token = store.cases.claim_entity("merchant", "a", "ana").lease.token
    store.decisions.decide(token, UNSURE, SHOWN)
    assert opening(store, scores(("a", 2.0)), JUNE_LIVE, JUNE).population == 0


def doubtful(entities: int, **more: object) -> pd.DataFrame:
    """The less an entity harms, the more its violation is in doubt."""
    frame = many_scores(entities)
    return frame.assign(violation_probability=[n / (2 * entities) for n in range(entities)], **more)


def test_another_policy_chooses_and_is_recorded(store: Store) -> None:
    report = opening(store, doubtful(50), queue_policy="uncertainty", control_share=0.5)

    assert report.control == 5
    entries = store.queue.frame().set_index("entity_id")
    chosen = entries[entries["policy"] == "uncertainty"]
    assert set(chosen.index) == {f"m{n:03}" for n in range(40, 50)}
    assert set(chosen["stratum"]) == {"merchant/top"}
    assert set(chosen["inclusion_probability"]) == {1.0}
    control = entries[entries["policy"] == "control"]
    assert set(control["inclusion_probability"]) == {5 / 50}
    decide(store, "m049")
    decision = store.decisions.last("merchant", "m049")
    in_control = "m049" in control.index
    assert decision.queue_policy == ("control" if in_control else "uncertainty")
    assert (decision.stratum, decision.control_probability) == ("merchant/top", 0.1)


def test_its_order_is_the_order_of_the_queue_and_stays_when_scores_change(store: Store) -> None:
    opening(store, doubtful(20), queue_policy="uncertainty", review_capacity=3)
    before = store.cases.listing().set_index("entity_id")["priority"]
    assert list(before.index) == ["m019", "m018", "m017"]

    worse = doubtful(20, expected_harm=[float(n) for n in range(20, 0, -1)])
    report = opening(store, worse, JUNE_LIVE, JUNE, review_capacity=3)

    assert report.reprioritised == 0
    after = store.cases.listing().set_index("entity_id")["priority"]
    assert dict(after[before.index]) == dict(before)


def test_a_policy_sees_contributions_and_what_is_decided(store: Store) -> None:
    places = pd.DataFrame({"late": [0.0, 1.0, 9.6, -9.5]}, index=["a", "b", "c", "d"])
    chosen = Settings.model_construct(
        review_capacity=1, control_share=0.0, queue_policy="diversity", closed_days=90
    )
    frame = scores(("a", 4.0), ("b", 3.0), ("c", 2.0), ("d", 1.0))

    def more() -> str:
        open_cases(
            store, {"merchant": frame}, MAY_LIVE, MAY, chosen, load_taxonomy(), refill=True,
            contributions={"merchant": lambda: places},
        )  # fmt: skip
        return store.cases.listing()["entity_id"].iloc[0]

    first = more()
    decide(store, first)
    second = more()
    assert (first, second) == ("a", "c")
    decide(store, second)
    assert more() == "d"


def test_a_policy_that_is_none_opens_nothing(store: Store) -> None:
    with pytest.raises(InputError, match="no queue policy 'best'"):
        opening(store, many_scores(5), queue_policy="best")
    assert store.cases.listing().empty


def test_the_newest_entry_and_decision_tell_whether_estimates_are_old(store: Store) -> None:
    assert store.queue.newest() == (0, 0)
    opening(store, many_scores(3))
    assert store.queue.newest() == (3, 0)
    decide(store, "m000")
    assert store.queue.newest() == (3, 1)


def test_entries_tell_which_cases_were_withdrawn(store: Store, clock: Clock) -> None:
    opening(store, many_scores(3))
    opening(store, many_scores(2), JUNE_LIVE, clock.forward(days=1))
    entries = store.queue.frame().set_index("entity_id")
    assert entries["is_withdrawn"].astype(bool).to_dict() == {
        "m000": False,
        "m001": False,
        "m002": True,
    }
    assert store.queue.frame(since=clock.now).empty


def opening_with(store: Store, fired: dict[str, list[str]], frame: pd.DataFrame, live: Live) -> int:
    chosen = Settings.model_construct(review_capacity=2, control_share=0.5)
    report = open_cases(
        store, {"merchant": frame}, live, MAY, chosen, load_taxonomy(), fired={"merchant": fired}
    )
    return report.entities[0].by_rule


def test_a_live_rule_opens_a_case_for_certain_and_says_so(store: Store) -> None:
    assert opening_with(store, {"m007": ["New shop", "Refunds"]}, many_scores(20), MAY_LIVE) == 1

    case = store.cases.find("merchant", "m007")
    assert (case.opened_by_shown, case.priority) == ("rule", 13.0)
    assert case.opened_reason == "Queued because live rules fire: “New shop”, “Refunds”."
    by_rule = [entry for entry in store.queue.of_case(case.id) if entry.policy == "rule"]
    assert [(e.stratum, e.inclusion_probability) for e in by_rule] == [("merchant/rule", 1.0)]
    decide(store, "m007")
    decision = store.decisions.last("merchant", "m007")
    assert (decision.stratum, decision.inclusion_probability) == ("merchant/rule", 1.0)
    assert decision.control_probability == 1 / 20


def test_a_case_of_a_rule_follows_the_new_scores_and_leaves_with_its_entity(store: Store) -> None:
    opening_with(store, {"m007": ["New"], "m009": ["New"]}, many_scores(20), MAY_LIVE)
    frame = scores(*((f"m{n:03}", 30.0 - n) for n in range(9)))

    opening(store, frame, JUNE_LIVE, JUNE)

    places = store.cases.listing().set_index("entity_id")["priority"]
    assert places["m007"] == 23.0
    assert store.cases.find("merchant", "m009").status == "closed"


def test_a_control_case_never_borrows_the_place_of_a_rules_case(store: Store) -> None:
    opening_with(store, {"m017": ["New"]}, many_scores(20), MAY_LIVE)
    frame = scores(*((f"m{n:03}", 40.0 - n) for n in range(20)))
    opening(store, frame, JUNE_LIVE, JUNE, review_capacity=2)

    listing = store.cases.listing().set_index("entity_id")
    control = store.queue.frame().query("stratum == 'merchant/rest'")["entity_id"]
    assert len(control) == 1
    of_top = listing.loc[["m000", "m001"], "priority"]
    assert listing.loc[control, "priority"].isin(of_top).all()
