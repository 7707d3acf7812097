"""Any order of claims, renewals, waits and decisions: a case is one person's, and decided once."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from analytics.errors import LeaseLostError
from analytics.review.audit import inconsistencies
from analytics.review.store import open_store
from analytics.review.types import Claimed
from tests.support.review import CLEARED, SHOWN, open_cases

REVIEWERS = ("ana", "bo", "cy")
LEASE, IDLE = timedelta(seconds=120), timedelta(minutes=10)


@cache
def migrated() -> Path:
    """A database without rows, made once."""
    file = Path(tempfile.mkdtemp()) / "p.db"
    open_store(f"sqlite:///{file}").close()
    return file


@dataclass
class Expected:
    """What a case should look like."""

    token: str | None = None
    holder: str | None = None
    interacted_at: datetime = datetime.min
    expires_at: datetime = datetime.min
    is_closed: bool = False

    def take(self, claimed: Claimed, now: datetime) -> None:
        self.token, self.holder = claimed.lease.token, claimed.lease.reviewer
        self.interacted_at, self.expires_at = now, now + LEASE

    def is_free(self, now: datetime) -> bool:
        return self.token is None or self.expires_at <= now


class Leases(RuleBasedStateMachine):
    """Three reviewers, two cases."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = datetime(2026, 5, 4, 9)
        shutil.copy(migrated(), self.folder / "p.db")
        self.store = open_store(f"sqlite:///{self.folder / 'p.db'}", now=lambda: self.now)
        self.tokens: list[tuple[int, str]] = []

    @initialize()
    def open(self) -> None:
        self.cases = {case_id: Expected() for case_id in open_cases(self.store, 2.0, 1.0)}

    def teardown(self) -> None:
        assert inconsistencies(self.store.database) == []
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(seconds=st.sampled_from([1, 59, 60, 119, 120, 121, 540, 600]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(reviewer=st.sampled_from(REVIEWERS))
    def claim_next(self, reviewer: str) -> None:
        free = [
            i for i, case in self.cases.items() if not case.is_closed and case.is_free(self.now)
        ]
        peeked = self.store.cases.peek_next(reviewer)
        claimed = self.store.cases.claim_next(reviewer)
        if claimed is None:
            assert (free, peeked) == ([], None)
            return
        assert claimed.case.id == free[0] == peeked.id
        self._taken(claimed)

    @rule(reviewer=st.sampled_from(REVIEWERS), which=st.integers(0, 1), over=st.booleans())
    def claim(self, reviewer: str, which: int, over: bool) -> None:
        case_id, case = list(self.cases.items())[which]
        may = case.is_free(self.now) or (over and case.holder == reviewer)
        try:
            claimed = self.store.cases.claim(case_id, reviewer, take_over=over)
        except LeaseLostError as error:
            holder = error.holder
            assert case.is_closed or (not may and holder == case.holder)
            return
        assert may
        assert not case.is_closed
        self._taken(claimed)

    @rule(data=st.data(), interaction=st.booleans())
    def renew(self, data: st.DataObject, interaction: bool) -> None:
        if not self.tokens:
            return
        case_id, token = data.draw(st.sampled_from(self.tokens))
        case = self.cases[case_id]
        try:
            lease = self.store.cases.renew(token, interaction=interaction)
        except LeaseLostError:
            assert case.token != token
            return
        assert case.token == token
        case.interacted_at = self.now if interaction else case.interacted_at
        case.expires_at = min(self.now + LEASE, case.interacted_at + IDLE)
        assert lease.expires_at == case.expires_at

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.tokens:
            case_id, token = data.draw(st.sampled_from(self.tokens))
            self.store.cases.release(token)
            if self.cases[case_id].token == token:
                self.cases[case_id].token = None

    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        if not self.tokens:
            return
        case_id, token = data.draw(st.sampled_from(self.tokens))
        case = self.cases[case_id]
        made = self.store.cases.get(case_id).decision_id
        try:
            decision = self.store.decisions.decide(token, CLEARED, SHOWN)
        except LeaseLostError:
            assert case.token != token
            return
        if case.is_closed:  # a second click
            assert (decision.id, decision.lease_token) == (made, token)
            return
        assert case.token == token
        case.token, case.is_closed = None, True

    @invariant()
    def decided_once(self) -> None:
        history = self.store.decisions.history()
        closed = [case_id for case_id, case in self.cases.items() if case.is_closed]
        assert sorted(history["case_id"]) == sorted(closed)

    @invariant()
    def held_by_one(self) -> None:
        for case_id, case in self.cases.items():
            stored = self.store.cases.get(case_id)
            assert stored.lease_token == case.token
            assert stored.holder(self.now) == (None if case.is_free(self.now) else case.holder)

    def _taken(self, claimed: Claimed) -> None:
        self.cases[claimed.case.id].take(claimed, self.now)
        self.tokens.append((claimed.case.id, claimed.lease.token))


TestLeases = Leases.TestCase
TestLeases.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
