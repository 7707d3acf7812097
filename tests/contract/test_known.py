"""Which decisions of a file are there already, in every kind of decisions database."""

from dataclasses import replace
from datetime import datetime, timedelta

from analytics.review.importing import ImportedDecision
from analytics.review.store import Store
from tests.support.review import SHOWN, VIOLATION, open_cases

DECIDED = datetime(2026, 4, 1, 10, 30, 0, 250)
ROW = ImportedDecision("merchant", "m1", "violation", DECIDED, "M3", "bo", "Empty parcels")
OTHERS = [
    replace(ROW, entity_id="m2"),
    replace(ROW, entity_type="product", policy="P3"),
    replace(ROW, decided_at=DECIDED + timedelta(microseconds=1)),
    replace(ROW, reviewer="ana"),
    replace(ROW, outcome="no_violation", policy=None),
    replace(ROW, policy="M4"),
]


def test_what_was_imported_is_known_whatever_its_note_says(store: Store) -> None:
    assert store.decisions.known([ROW]) == [False]
    store.decisions.add_imported([ROW], "ana")
    assert store.decisions.known([replace(ROW, note="other words")]) == [True]


def test_what_differs_in_any_part_is_another_decision(store: Store) -> None:
    store.decisions.add_imported([ROW], "ana")
    assert store.decisions.known(OTHERS) == [False] * len(OTHERS)
    assert store.decisions.add_imported(OTHERS, "ana").added == len(OTHERS)
    assert store.decisions.known(OTHERS) == [True] * len(OTHERS)


def test_rows_that_stand_twice_are_known_the_second_time(store: Store) -> None:
    known = store.decisions.known([ROW, OTHERS[0]] * 600)
    assert known == [False, False, *[True] * 1_198]


def test_a_decision_made_here_is_known(store: Store) -> None:
    open_cases(store, 1.0)
    claimed = store.cases.claim_next("bo")
    assert claimed is not None
    decision = store.decisions.decide(claimed.lease.token, VIOLATION, SHOWN)
    assert store.decisions.known([replace(ROW, decided_at=decision.judged_at)]) == [True]


def test_asking_stores_nothing(store: Store) -> None:
    store.decisions.known([ROW, *OTHERS])
    assert store.decisions.history().empty


def test_no_rows(store: Store) -> None:
    assert store.decisions.known([]) == []
