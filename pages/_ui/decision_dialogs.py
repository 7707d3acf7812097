"""Dialogs of the decision: opening one moves the focus into it, so that it needs no mouse."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import actions, drafts, keys, leases, services, state
from pages._ui.text import plain

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

HOLD_DAYS = 3
MOST_DAYS = 365


def show_dialog(case: "CaseExplanation", held: leases.Held) -> None:
    """Open the dialog that a key asked for; the next run of the page closes it."""
    kind, case_id = st.session_state.pop(state.DIALOG, (None, None))
    if case_id == held.case_id and kind in DIALOGS:
        DIALOGS[kind](held.case_id, case)


@st.dialog("Reason in your own words", on_dismiss="rerun")
def _ask_reason(case_id: int, case: "CaseExplanation") -> None:
    key = f"own-{case_id}"
    with st.form("own-reason", border=False):
        st.text_area(
            "Reason", drafts.draft_of(case_id).reason, key=key, max_chars=2_000, height=160
        )
        if st.form_submit_button(
            "Use it", type="primary", on_click=_use_reason, args=(case_id, key)
        ):
            st.rerun()


def _use_reason(case_id: int, key: str) -> None:
    drafts.set_reason(case_id, st.session_state[key])
    actions.clear_problems(case_id)


@st.dialog("Put the case on hold", on_dismiss="rerun")
def _ask_hold(case_id: int, case: "CaseExplanation") -> None:
    today = leases.now().date()
    with st.form("hold-case", border=False):
        reason = st.text_area("What is it waiting for?", key=f"hold-{case_id}", max_chars=2_000)
        until: date | None = st.date_input(
            "Until",
            today + timedelta(days=HOLD_DAYS),
            min_value=today + timedelta(days=1),
            max_value=today + timedelta(days=MOST_DAYS),
            help="It comes back at the beginning of this day (UTC).",
        )
        pressed = st.form_submit_button("Hold and go on", type="primary")
    if pressed and _has(reason) and until is not None:
        moment = datetime.combine(until, time())
        actions.ask("hold", case_id, until=moment, reason=reason)
        st.rerun()


@st.dialog("Hand the case over", on_dismiss="rerun")
def _ask_hand_over(case_id: int, case: "CaseExplanation") -> None:
    with st.form("hand-over-case", border=False):
        reason = st.text_area("Why?", key=f"hand-{case_id}", max_chars=2_000)
        to = st.text_input(
            "To whom", key=f"to-{case_id}", max_chars=200, placeholder="Empty: anybody, escalated"
        )
        escalate = st.toggle("Escalate", value=True, help="Marks it as one that needs a lead.")
        pressed = st.form_submit_button("Hand over and go on", type="primary")
    if pressed and _has(reason):
        is_escalated = escalate or not to.strip()
        actions.ask("hand_over", case_id, to=to.strip(), reason=reason, escalate=is_escalated)
        st.rerun()


@st.dialog("Keys", on_dismiss="rerun")
def _list_keys(case_id: int, case: "CaseExplanation") -> None:
    taxonomy = services.workbench().taxonomy
    described = keys.described(taxonomy.of(case.identity.entity), taxonomy.actions)
    st.table({f"`{key}`": plain(what) for key, what in described}, border="horizontal")


def _has(reason: str) -> bool:
    if reason.strip():
        return True
    st.error(plain("Say why."), icon=":material/error:")
    return False


DIALOGS = {
    "reason": _ask_reason,
    "hold": _ask_hold,
    "hand_over": _ask_hand_over,
    "keys": _list_keys,
}
