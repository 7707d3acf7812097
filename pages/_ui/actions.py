"""What the keys of a case ask for: done once, at the start of the run after the key.

A key only notes its wish. Several wishes may reach the server together, in any order, and with them
text that was just typed; when the run begins, all of that is in place.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import DecisionError, LeaseLostError, PortreeveError
from analytics.review.store import Live
from analytics.review.types import Case, Draft
from analytics.warehouse.filters import QueueFilters
from pages._ui import drafts, explanations, keys, leases, navigation, rounds, services, state
from pages._ui.filters import carried_filters, default_entity
from pages._ui.quick_reasons import fill_if_asked
from pages._ui.words import OUTCOMES


@dataclass(frozen=True)
class Wish:
    """Something asked for on a case."""

    what: str
    case_id: int | None
    given: dict[str, Any] = field(default_factory=dict)


def ask(what: str, case_id: int | None = None, **given: Any) -> None:
    """Note what a button or its key asks for; `perform` does it."""
    st.session_state.setdefault(state.WANTED, []).append(Wish(what, case_id, given))


def is_asked() -> bool:
    """Whether something waits to be done: a fragment then gives way to the whole page."""
    return bool(st.session_state.get(state.WANTED))


def perform(live: Live) -> None:
    """Do what was asked for, decisions first; the address then names the case to show."""
    wishes: list[Wish] = st.session_state.pop(state.WANTED, [])
    for wish in sorted(wishes, key=lambda wish: wish.what != "save"):
        try:
            DO[wish.what](live, wish)
        except LeaseLostError as problem:
            if wish.case_id is not None:
                leases.lose(wish.case_id, problem)
        except PortreeveError as problem:
            note_problem(wish.case_id, {"page": str(problem)})


def problems_of(case_id: int) -> dict[str, str]:
    """Return what the last attempt on a case lacked, by field."""
    problems: dict[str, str] = st.session_state.get(state.PROBLEMS, {}).get(case_id, {})
    return problems


def note_problem(case_id: int | None, problems: dict[str, str]) -> None:
    """Remember what is wrong, to say so on the case."""
    if case_id is not None:
        st.session_state.setdefault(state.PROBLEMS, {})[case_id] = problems


def clear_problems(case_id: int) -> None:
    """Forget what was wrong: something changed since."""
    st.session_state.get(state.PROBLEMS, {}).pop(case_id, None)


def start(live: Live, filters: QueueFilters) -> None:
    """Begin a round on the queue's page: the case left open, else the first free one."""
    case = _left_open() or rounds.claim_next(live, rounds.current_round(filters))
    if case is None and st.session_state.pop(state.SKIPPED, None):
        case = rounds.claim_next(live, rounds.current_round(filters))
    if case is None:
        st.session_state[state.NOTICE] = "There is no free case under these filters."
        st.rerun()
    navigation.open_case(case.entity_type, case.entity_id, filters)


def _left_open() -> Case | None:
    held = leases.current()
    if held is None:
        return None
    case = services.store().cases.get(held.case_id)
    return case if case.lease_token == held.token else None


def _save(live: Live, wish: Wish) -> None:
    held = leases.current()
    if held is None or held.case_id != wish.case_id:
        return  # a second press: the first one saved it
    case = services.store().cases.get(held.case_id)
    shown_live = held.live or live
    fill_if_asked(case.id, explanations.explain(shown_live, case.entity_type, case.entity_id))
    seen = explanations.shown(shown_live, case.entity_type, case.entity_id)
    try:
        decision = services.store().decisions.decide(
            held.token,
            drafted(held.case_id),
            replace(seen, presentation=held.presentation),
        )
    except DecisionError as problem:
        note_problem(held.case_id, problem.problems)
        return
    _leave(held.case_id)
    drafts.forget(held.case_id)
    code = f" {decision.policy}" if decision.policy else ""
    _notice(f"{OUTCOMES[decision.outcome or 'cannot_tell']}{code} saved: {case.entity_id}")
    _go_next(live)


def drafted(case_id: int) -> Draft:
    """Return the draft as the store takes it."""
    typed = drafts.draft_of(case_id)
    outcome: Any = typed.outcome or ""
    if outcome != "violation":
        return Draft(outcome, reason=typed.reason)
    return Draft(outcome, typed.policy, typed.severity, typed.action, typed.reason)


def _skip(live: Live, wish: Wish) -> None:
    held = leases.current()
    if held is not None and held.case_id == wish.case_id:
        services.store().cases.skip(held.token)
        _leave(held.case_id)
    elif wish.case_id != _shown_case_id():
        return  # a second press
    if wish.case_id is not None:
        rounds.skip(wish.case_id)
    _go_next(live)


def _hold(live: Live, wish: Wish) -> None:
    held = _held(wish)
    services.store().cases.hold(held.token, wish.given["until"], wish.given["reason"])
    _leave(held.case_id)
    _notice("On hold")
    _go_next(live)


def _hand_over(live: Live, wish: Wish) -> None:
    held, to = _held(wish), wish.given["to"] or None
    cases = services.store().cases
    if wish.given["escalate"]:
        cases.escalate(held.token, wish.given["reason"], to)
    else:
        cases.assign(held.token, to, wish.given["reason"], services.reviewer())
    _leave(held.case_id)
    _notice(f"Handed to {to}" if to else "Escalated")
    _go_next(live)


def _take(live: Live, wish: Wish) -> None:
    if wish.case_id is not None:
        clear_problems(wish.case_id)
        leases.take(wish.case_id)


def _open(live: Live, wish: Wish) -> None:
    entity, entity_id = wish.given["entity"], wish.given["entity_id"]
    me = services.reviewer()
    services.store().cases.open_by_hand(entity, entity_id, me, wish.given["reason"])


def _previous(live: Live, wish: Wish) -> None:
    trail = trail_of()
    if len(trail) > 1:
        trail.pop()
        show(*trail[-1])


def _back(live: Live, wish: Wish) -> None:
    leases.let_go()
    navigation.open_queue(live, filters_of(live))


def _dialog(live: Live, wish: Wish) -> None:
    st.session_state[state.DIALOG] = (wish.given["kind"], wish.case_id)


DO: dict[str, Callable[[Live, Wish], None]] = {
    "save": _save,
    "skip": _skip,
    "hold": _hold,
    "hand_over": _hand_over,
    "take": _take,
    "open": _open,
    "previous": _previous,
    "back": _back,
    "dialog": _dialog,
}


def filters_of(live: Live) -> QueueFilters:
    """Return the filters of the queue that the case in the address was opened from."""
    entity = st.query_params.get(state.CASE_TYPE, "")
    chosen: EntityType = entity if entity in live.models else default_entity(live)  # type: ignore[assignment]
    return carried_filters(live, chosen)


def skip_key() -> str | None:
    """Return the key that skips a case; among everybody it goes to the neighbour instead."""
    live = services.live()
    return keys.SKIP if live is None or filters_of(live).view == "cases" else None


def trail_of() -> list[tuple[str, str]]:
    """Return the cases shown in this session, the present one last."""
    trail: list[tuple[str, str]] = st.session_state.setdefault(state.TRAIL, [])
    return trail


def show(entity: str, entity_id: str) -> None:
    """Let the address name another case; the page then draws it in the same run."""
    st.query_params.update({state.CASE_TYPE: entity, state.CASE_ID: entity_id})


def _go_next(live: Live) -> None:
    filters = filters_of(live)
    case = rounds.claim_next(live, rounds.current_round(filters))
    if case is not None:
        show(case.entity_type, case.entity_id)
        return
    said = st.session_state.get(state.NOTICE, "")
    st.session_state[state.NOTICE] = f"{said}. That was the last free case here.".lstrip(". ")
    navigation.open_queue(live, filters)


def _held(wish: Wish) -> leases.Held:
    held = leases.current()
    if held is None or held.case_id != wish.case_id:
        raise PortreeveError("The case is not yours any more, so nothing was changed.")
    return held


def _shown_case_id() -> int | None:
    shown: int | None = st.session_state.get(state.SHOWN)
    return shown


def _leave(case_id: int) -> None:
    leases.done()
    clear_problems(case_id)


def _notice(text: str) -> None:
    st.session_state[state.NOTICE] = text
