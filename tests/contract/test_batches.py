"""Decisions on whole rings, on SQLite and on a real PostgreSQL."""

from dataclasses import replace

import pytest

from analytics.errors import DecisionError, InputError, LeaseLostError, NotFoundError
from analytics.review.audit import inconsistencies
from analytics.review.batches import Batch, LeftOut, MemberDraft
from analytics.review.store import Store
from analytics.review.types import Draft
from tests.contract.conftest import Clock
from tests.support.review import CLEARED, SHOWN, UNSURE, VIOLATION, open_cases

LINKED = Draft("violation", policy="M8", action="suspend", reason="One account behind all")
ALIKE = Draft("violation", policy="C9", action="suspend", reason="One account behind all")


def member(entity_id: str, draft: Draft = LINKED) -> MemberDraft:
    entity = "creator" if entity_id.startswith("c") else "merchant"
    return MemberDraft(entity, entity_id, draft, SHOWN)


def decide(store: Store, *members: MemberDraft, key: str = "press 1", **more: object) -> Batch:
    given = {"subject": "ring-1", "reason": "Same bank account"} | more
    return store.batches.decide(members, "ana", key=key, **given)  # type: ignore[arg-type]


def test_each_member_has_a_decision_of_its_own(store: Store) -> None:
    (case_id,) = open_cases(store, 5.0)
    batch = decide(store, member("m2"), member("m1"), member("c1", ALIKE), seconds=90)

    told = [(d.entity_type, d.entity_id, d.policy, d.batch_id, d.seconds) for d in batch.decisions]
    assert told == [
        ("creator", "c1", "C9", batch.id, 30.0),
        ("merchant", "m1", "M8", batch.id, 30.0),
        ("merchant", "m2", "M8", batch.id, 30.0),
    ]
    assert batch.in_force == {decision.id for decision in batch.decisions}
    assert store.cases.get(case_id).status == "closed"
    event = store.cases.events(case_id)[-1]
    assert (event.kind, event.data["batch_id"]) == ("decided", batch.id)
    opened = store.cases.find("merchant", "m2")
    assert opened is not None
    assert (opened.opened_by, opened.opened_reason) == ("hand", "Decided with ring-1")
    assert inconsistencies(store.database) == []


def test_whom_it_spares_is_kept_with_the_reason(store: Store) -> None:
    spared = LeftOut("merchant", "m3", " A family business ")
    batch = decide(store, member("m1"), left_out=[spared])
    assert batch.left_out == (LeftOut("merchant", "m3", "A family business"),)
    assert store.batches.of_subject("ring-1") == [batch]
    assert store.decisions.last("merchant", "m3") is None


def test_a_second_press_changes_nothing(store: Store) -> None:
    first = decide(store, member("m1"))
    assert decide(store, member("m1")) == first
    assert len(store.decisions.history()) == 1


def test_all_or_nothing_where_somebody_works_on_a_member(store: Store, clock: Clock) -> None:
    open_cases(store, 5.0, 4.0)
    claimed = store.cases.claim_entity("merchant", "m2", "bob")
    assert claimed is not None
    with pytest.raises(LeaseLostError, match=r"on case 2\. It is about 'm2'") as lost:
        decide(store, member("m1"), member("m2"), member("m3"))
    assert lost.value.holder == "bob"
    assert store.decisions.history().empty
    assert store.batches.of_subject("ring-1") == []
    assert store.cases.find("merchant", "m3") is None
    clock.forward(hours=1)  # bob went away
    assert len(decide(store, member("m1"), member("m2"), key="press 2").decisions) == 2


def test_all_or_nothing_where_a_draft_is_wrong(store: Store) -> None:
    wrong = replace(LINKED, policy="C9")
    with pytest.raises(DecisionError, match="no policy 'C9' for a merchant"):
        decide(store, member("m1"), member("m2", wrong))
    assert store.decisions.history().empty
    assert store.cases.find("merchant", "m1") is None


@pytest.mark.parametrize(
    ("members", "more", "message"),
    [
        ([], {}, "hits nobody"),
        (["m1", "m1"], {}, "named twice"),
        ([f"m{n}" for n in range(51)], {}, "hits 51 members; at most 50"),
        (["m1"], {"reason": " "}, "reason is needed"),
        (["m1"], {"left_out": [LeftOut("merchant", "m1", "x")]}, "both hit and left out"),
        (["m1"], {"left_out": [LeftOut("merchant", "m2", "")]}, "reason to leave out 'm2' is need"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    store: Store, members: list[str], more: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        decide(store, *(member(name) for name in members), **more)
    assert store.decisions.history().empty


def test_nobody_decides_a_ring_without_knowing(store: Store) -> None:
    with pytest.raises(InputError, match="yes or no"):
        decide(store, member("m1", UNSURE))


def test_undo_overturns_what_is_in_force(store: Store, clock: Clock) -> None:
    batch = decide(store, member("m1"), member("m2"))
    second = batch.decisions[1]
    store.decisions.correct(second.id, replace(CLEARED, reason=""), "lea", "A family business")
    clock.forward(days=1)

    undone = store.batches.undo(batch.id, "lea", "Wrong ring")

    assert undone.in_force == frozenset()
    assert undone.decisions == batch.decisions
    assert store.decisions.last("merchant", "m1") is None
    kept = store.decisions.last("merchant", "m2")
    assert kept is not None
    assert kept.outcome == "no_violation"
    kinds = store.decisions.history()["kind"].tolist()
    assert kinds == ["decision", "decision", "correction", "overturn"]
    assert store.decisions.standing("merchant", "m1").points == 0
    case = store.cases.find("merchant", "m1")
    assert case is not None
    assert case.closed_until == clock.now
    assert inconsistencies(store.database) == []
    with pytest.raises(InputError, match="in force any more"):
        store.batches.undo(batch.id, "lea", "Again")


def test_unknown_batches_are_not_found(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.batches.undo(7, "lea", "Wrong")
    with pytest.raises(NotFoundError):
        store.batches.get(7)


def test_preview_tells_what_it_triggers_and_changes_nothing(store: Store) -> None:
    open_cases(store, 5.0, 4.0)
    decide(store, member("m1", VIOLATION))  # M3: 24 points
    store.cases.claim_entity("merchant", "m2", "bob")

    seen = store.batches.preview(
        [("merchant", "m1"), ("merchant", "m2"), ("creator", "c1")], {"merchant": LINKED}, "ana"
    )

    told = [(m.points_now, m.points_after, [r.action for r in m.reached]) for m in seen]
    assert told == [
        (24, 48, ["hold_payout", "suspend"]),
        (0, 24, ["warn", "limit_traffic"]),
        (0, 0, []),
    ]
    assert [m.blocked for m in seen] == [None, "bob is working on case 2.", None]
    assert [m.last and m.last.policy for m in seen] == ["M3", None, None]
    assert len(store.decisions.history()) == 1
