"""Many at once, and killed at any moment, on SQLite and on a real PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from analytics.errors import InputError, LeaseLostError
from analytics.policies import load_taxonomy
from analytics.review.audit import inconsistencies
from analytics.review.opening import open_cases
from analytics.review.store import Live, Store
from analytics.settings import Settings
from benchmarks.review_kills import Saves, run_kills
from benchmarks.review_store import crowd
from tests.support.review import CLEARED, SHOWN, VIOLATION, many_scores
from tests.support.review import open_cases as open_some

pytestmark = pytest.mark.usefixtures("fork_server")
MANY = 8


def at_once(call: Callable[[int], Any]) -> list[Any]:
    """Call in as many threads as given; return results and the errors that were expected."""

    def tried(number: int) -> Any:
        try:
            return call(number)
        except (LeaseLostError, InputError) as error:
            return error

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(tried, range(MANY)))


def test_workers_serve_no_case_twice_and_lose_no_decision(backend: str, ready_url: str) -> None:
    outcome = crowd(backend, ready_url, workers=8, decisions=25, processes=2)

    assert outcome.problems == ()
    assert (outcome.decisions, outcome.conflicts) == (200, 0)


def test_one_of_many_gets_the_case(store: Store) -> None:
    (case_id,) = open_some(store, 1.0)

    results = at_once(lambda n: store.cases.claim(case_id, f"reviewer {n}"))

    (claimed,) = (r for r in results if not isinstance(r, Exception))
    assert {r.holder for r in results if isinstance(r, Exception)} == {claimed.lease.reviewer}
    assert store.cases.get(case_id).lease_token == claimed.lease.token


def test_many_get_different_cases(store: Store) -> None:
    ids = open_some(store, *range(MANY - 1))

    results = at_once(lambda n: store.cases.claim_next(f"reviewer {n}"))

    assert results.count(None) == 1
    assert sorted(r.case.id for r in results if r is not None) == sorted(ids)


def test_clicks_at_the_same_moment_decide_once(store: Store) -> None:
    (case_id,) = open_some(store, 1.0)
    token = store.cases.claim(case_id, "ana").lease.token
    drafts = (VIOLATION, CLEARED)

    results = at_once(lambda n: store.decisions.decide(token, drafts[n % 2], SHOWN))

    assert len({decision.id for decision in results}) == 1
    assert len(store.decisions.history()) == 1


def test_an_entity_gets_one_case_however_many_ask(store: Store) -> None:
    results = at_once(lambda n: store.cases.open_by_hand("merchant", "m1", f"r{n}", "asked for"))

    refused = [str(r) for r in results if isinstance(r, Exception)]
    assert refused == ["The merchant 'm1' has an open case already."] * (MANY - 1)
    assert len(store.cases.listing()) == 1


def test_a_decision_is_amended_once(store: Store) -> None:
    (case_id,) = open_some(store, 1.0)
    decision = store.decisions.decide(
        store.cases.claim(case_id, "ana").lease.token, VIOLATION, SHOWN
    )

    results = at_once(lambda n: store.decisions.overturn(decision.id, f"r{n}", "appeal"))

    assert sum(isinstance(r, InputError) for r in results) == MANY - 1
    assert len(store.decisions.history()) == 2


def test_a_round_is_drawn_once(store: Store) -> None:
    live = Live("s1", {"merchant": "m"}, "ana", "build", datetime(2026, 5, 1))
    settings = Settings.model_construct(review_capacity=20, control_share=0.5)
    scores = {"merchant": many_scores(100)}

    reports = at_once(lambda n: open_cases(store, scores, live, live.at, settings, load_taxonomy()))

    assert sum(report.opened > 0 for report in reports) == 1
    entries = store.queue.frame()
    assert (len(entries), entries["run_id"].nunique()) == (20 + 10, 1)


def test_opening_and_deciding_at_once_leaves_everything_whole(store: Store) -> None:
    settings = Settings.model_construct(review_capacity=10, control_share=0.5)
    scores = {"merchant": many_scores(60)}

    def step(number: int) -> None:
        live = Live(f"s{number}", {"merchant": "m"}, "ana", "build", datetime(2026, 5, 1))
        for _ in range(3):
            if number % 2:
                open_cases(store, scores, live, live.at, settings, load_taxonomy(), refill=True)
            elif (claimed := store.cases.claim_next(f"reviewer {number}")) is not None:
                store.decisions.decide(claimed.lease.token, CLEARED, SHOWN)

    assert at_once(step) == [None] * MANY
    assert inconsistencies(store.database) == []
    assert not store.cases.listing().duplicated("entity_id").any()


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_acknowledged(backend: str, ready_url: str) -> None:
    outcome = run_kills(Saves(), backend, ready_url, kills=6, seed=1)

    assert outcome.problems == ()
    assert outcome.acknowledged >= 6
