"""Reasons in ready words, from the case's own evidence, for those who decide without typing."""

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import drafts, services, state
from pages._ui.drafts import Typed
from pages._ui.text import clean

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation

NOTHING_FOUND = "Nothing in the evidence shown breaks a policy."
NOT_ENOUGH = "The evidence shown is not enough to decide."
LONGEST = 2_000


def ask_fill(case_id: int) -> None:
    """Note that a ready reason is wanted: which one depends on keys that arrive with this one."""
    st.session_state[state.FILL] = case_id


def fill_if_asked(case_id: int, case: "CaseExplanation") -> None:
    """Add the next ready reason that the text does not hold yet, if it was asked for."""
    if st.session_state.get(state.FILL) != case_id:
        return
    del st.session_state[state.FILL]
    typed = drafts.draft_of(case_id)
    text = typed.reason
    for sentence in ready_reasons(case, typed):
        if sentence not in text:
            text = f"{text.rstrip()} {sentence}".strip()[:LONGEST]
            break
    drafts.set_reason(case_id, text)
    st.session_state.get(state.PROBLEMS, {}).pop(case_id, None)


def ready_reasons(case: "CaseExplanation", typed: Typed) -> list[str]:
    """Return sentences for the outcome that is chosen, the fitting ones first."""
    if typed.outcome == "no_violation":
        return [NOTHING_FOUND]
    if typed.outcome == "cannot_tell":
        return [NOT_ENOUGH]
    points = [r for r in case.reasons if typed.policy in r.policies]
    rest = [r for r in case.reasons if typed.policy not in r.policies]
    claims = [f"{clean(reason.claim).rstrip('.')}." for reason in (*points, *rest)]
    return claims or [f"{_policy_name(typed.policy)}."]


def _policy_name(code: str | None) -> str:
    taxonomy = services.workbench().taxonomy
    names = {policy.code: policy.name for policy in taxonomy.policies}
    return names.get(code or "", "See the evidence")
