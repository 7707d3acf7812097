"""The blind second review: which case is in hand, and the form that judges it."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import formats
from analytics.errors import DecisionError, NotFoundError, PortreeveError
from analytics.review.second_types import BlindCase
from analytics.review.store import Live
from analytics.review.types import OUTCOMES, Draft
from pages._ui import services, state
from pages._ui.explanations import explain
from pages._ui.frame import empty, heading, show_problem
from pages._ui.text import plain
from pages._ui.words import OUTCOMES as OUTCOME_NAMES
from pages._ui.words import policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

WHAT = (
    "A share of all decisions is judged a second time by somebody who does not know the first "
    "judgement. Where the two differ, a lead says which one stands."
)


def require_blind_case(live: Live) -> tuple[BlindCase, Live, "CaseExplanation"]:
    """Return the case in hand with the snapshot of its first judgement, or offer one and stop."""
    look: BlindCase | None = st.session_state.get(state.SECOND)
    if look is None:
        _offer_next()
        st.stop()
    shown = _snapshot_of(live, look)
    try:
        return look, shown, explain(shown, look.entity_type, look.entity_id)
    except NotFoundError as error:
        heading("Second review")
        show_problem(error)
        st.button("Put it away", on_click=_forget, icon=":material/close:")
        st.stop()


def _offer_next() -> None:
    heading("Second review", WHAT)
    if notice := st.session_state.pop(state.NOTICE, None):
        st.toast(plain(notice, None), icon=":material/check_circle:")
    waiting = services.store().second_looks.waiting(services.reviewer())
    if waiting == 0:
        empty(
            "Nothing waits for you. You never get a case about somebody whom you judged yourself.",
            icon=":material/check_circle:",
        )
        return
    st.markdown(f"**{formats.plural(waiting, 'case')}** can be judged by you.")
    st.button(
        "Take the next case", type="primary", icon=":material/play_arrow:", key="second-next",
        on_click=_take,
    )  # fmt: skip


def show_second_form(look: BlindCase) -> None:
    """Show the form: outcome, policy and reason; who is hit by what stays with the first one."""
    taxonomy = services.workbench().taxonomy
    codes = [policy.code for policy in taxonomy.of(look.entity_type)]
    with st.form(f"second-{look.look_id}", border=True):
        st.subheader("Your judgement", anchor=False)
        outcome: Any = st.segmented_control(
            "Outcome", OUTCOMES, format_func=lambda o: OUTCOME_NAMES[o], key="second-outcome"
        )
        policy = st.selectbox(
            "Policy", codes, format_func=policy_name, index=None, key="second-policy",
            placeholder="Only for a violation",
        )  # fmt: skip
        reason = st.text_area(
            "Reason (required)", max_chars=2_000, height=92, key="second-reason",
            placeholder="What in the evidence decides it?",
        )  # fmt: skip
        pressed = st.form_submit_button(
            "Save and next", type="primary", icon=":material/done_all:", width="stretch"
        )
    st.caption("You are not told how it was judged before. It is yours for an hour.")
    if pressed:
        said: Any = outcome or ""
        _answer(look, Draft(said, policy if outcome == "violation" else None, reason=reason))


def _answer(look: BlindCase, draft: Draft) -> None:
    try:
        services.store().second_looks.answer(look.look_id, services.reviewer(), draft)
    except DecisionError as problem:
        st.error(plain(" ".join(problem.problems.values()), None), icon=":material/error:")
    except PortreeveError as problem:
        show_problem(problem)
        st.button("Put it away", on_click=_forget, icon=":material/close:")
    else:
        st.session_state[state.NOTICE] = "Saved."
        _take()
        st.rerun()


def _take() -> None:
    st.session_state[state.SECOND] = services.store().second_looks.next(services.reviewer())


def _forget() -> None:
    st.session_state.pop(state.SECOND, None)


def _snapshot_of(live: Live, look: BlindCase) -> Live:
    """Return the snapshot that the first reviewer saw, or what is shown where that is gone."""
    if look.snapshot_id in (None, live.snapshot_id):
        return live
    try:
        return services.workbench().look_at(look.snapshot_id or "")
    except NotFoundError:
        return live
