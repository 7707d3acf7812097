"""Who works on the case that is shown: claiming it, keeping it, and noticing that it is gone."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import LeaseLostError
from analytics.review.presenting import presentation_of
from analytics.review.store import Live
from analytics.review.types import Case, Claimed, Presentation
from pages._ui import services, state

Relation = Literal["none", "past", "closed", "mine", "elsewhere", "other", "lost"]
RENEW_EVERY_S = 10
BEAT_S = 30


@dataclass
class Held:
    """The lease that this session holds.

    Attributes:
        presentation: What the page shows first of the case.
    """

    case_id: int
    token: str
    since: datetime
    presentation: Presentation
    renewed: float = field(default_factory=time.monotonic)
    live: Live | None = None  # what the page showed when it was last drawn
    is_viewed: bool = False


@dataclass(frozen=True)
class Standing:
    """How this session stands to the case of the entity that is shown.

    Attributes:
        relation: `none`: there is no case; `past`: the page shows an earlier snapshot, to read;
            `elsewhere`: open in another tab of the same reviewer; `other`: claimed by or assigned
            to somebody else; `lost`: it was this session's.
        case: The case; None where there is none.
        held: The lease; only of a case that is `mine`.
        problem: Why it cannot be decided here.
    """

    relation: Relation
    case: Case | None = None
    held: Held | None = None
    problem: LeaseLostError | None = None

    @property
    def is_score_first(self) -> bool:
        """Whether the score stands before the evidence; only of a case that is this session's."""
        return self.held is not None and self.held.presentation == "score_first"


def stand(entity: EntityType, entity_id: str) -> Standing:
    """Claim the case of an entity if it can be had, and say how this session stands to it."""
    store = services.store()
    case = store.cases.find(entity, entity_id)
    held = current()
    if held is not None and (case is None or case.id != held.case_id):
        let_go()
        held = None
    if case is None:
        return Standing("none")
    if case.id in _lost():
        return Standing("lost", case, problem=_lost()[case.id])
    if case.closed_at is not None:
        _drop()
        return Standing("closed", case)
    if held is not None:
        return _keep(case, held)
    return _claim(case)


def hold(claimed: Claimed) -> Held:
    """Remember a lease as this session's."""
    order = presentation_of(claimed.case.id, services.settings())
    held = Held(claimed.case.id, claimed.lease.token, now(), order)
    st.session_state[state.HELD] = held
    _lost().pop(held.case_id, None)
    presence().holders[held.token] = _session_id()
    return held


def current() -> Held | None:
    """Return the lease that this session holds, if any."""
    held: Held | None = st.session_state.get(state.HELD)
    return held


def let_go() -> None:
    """Give the held case back undecided."""
    held = _drop()
    if held is not None:
        services.store().cases.release(held.token)


def done() -> None:
    """Forget the lease: it ended with a decision, a skip or the like."""
    _drop()


def lose(case_id: int, problem: LeaseLostError) -> None:
    """Remember why the lease of a case ended, to say so beside what was typed."""
    _drop()
    _lost()[case_id] = problem


def take(case_id: int) -> None:
    """Claim a case by the reviewer's own wish: taken over, claimed again or assigned."""
    _lost().pop(case_id, None)
    case = services.store().cases.get(case_id)
    me = services.reviewer()
    if case.assigned_to not in (None, me) and case.holder(now()) is None:
        services.store().cases.assign(case_id, me, "Taken over on the case page.", me)
    hold(services.store().cases.claim(case_id, me, take_over=True))


def renew(held: Held, *, interaction: bool) -> datetime | None:
    """Tell the store that the page lives; return the lease's end, None when it is lost."""
    if interaction and time.monotonic() - held.renewed < RENEW_EVERY_S:
        return held.since
    try:
        lease = services.store().cases.renew(held.token, interaction=interaction)
    except LeaseLostError as problem:
        lose(held.case_id, problem)
        return None
    if interaction:
        held.renewed = time.monotonic()
    return lease.expires_at


def _keep(case: Case, held: Held) -> Standing:
    if renew(held, interaction=True) is None:
        return Standing("lost", case, problem=_lost()[case.id])
    return Standing("mine", case, held)


def _claim(case: Case) -> Standing:
    me = services.reviewer()
    cases = services.store().cases
    try:
        return Standing("mine", case, hold(cases.claim(case.id, me)))
    except LeaseLostError as problem:
        if problem.holder != me:
            return Standing("other", cases.get(case.id), problem=problem)
        if case.lease_token is not None and _is_abandoned(case):
            return Standing("mine", case, hold(cases.claim(case.id, me, take_over=True)))
        return Standing("elsewhere", case, problem=problem)


def _is_abandoned(case: Case) -> bool:
    """Whether the tab that holds a case of this reviewer is gone: reloaded, closed or restarted."""
    session = presence().holders.get(case.lease_token or "")
    if session is not None:
        return not _is_alive(session)
    if case.lease_expires_at is None:
        return True
    last_sign = case.lease_expires_at - timedelta(seconds=services.settings().lease_seconds)
    return last_sign < presence().since


@dataclass(frozen=True)
class Presence:
    """Which session of this process holds which lease, and since when the process looks."""

    since: datetime
    holders: dict[str, str] = field(default_factory=dict)


@st.cache_resource(show_spinner=False)
def presence() -> Presence:
    """Return what all sessions of this process share."""
    return Presence(now())


def _session_id() -> str:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def _is_alive(session_id: str) -> bool:
    from streamlit import runtime

    return not runtime.exists() or runtime.get_instance().is_active_session(session_id)


def _drop() -> Held | None:
    held: Held | None = st.session_state.pop(state.HELD, None)
    if held is not None:
        presence().holders.pop(held.token, None)
    return held


def _lost() -> dict[int, LeaseLostError]:
    lost: dict[int, LeaseLostError] = st.session_state.setdefault(state.LOST, {})
    return lost


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
