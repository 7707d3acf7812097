"""Correcting a decision, or overturning it after an appeal. Both add a row and change none."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics.errors import DecisionError, PortreeveError
from analytics.review.types import OUTCOMES, Decision, Draft
from pages._ui import services
from pages._ui.frame import show_problem
from pages._ui.text import plain
from pages._ui.words import OUTCOMES as OUTCOME_NAMES
from pages._ui.words import action_name, policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def offer_amending(case: "CaseExplanation", decision: Decision) -> None:
    """Offer to correct the last decision, or to overturn it because an appeal was granted."""
    with st.expander("Correct or overturn it", icon=":material/edit:", type="compact"):
        _show_correction(case, decision)
        _show_overturn(decision)


def _show_correction(case: "CaseExplanation", decision: Decision) -> None:
    taxonomy = services.workbench().taxonomy
    codes = [policy.code for policy in taxonomy.of(case.identity.entity)]
    levels = list(taxonomy.severity_levels)
    with st.form(f"correct-{decision.id}", border=True):
        outcomes = [outcome for outcome in OUTCOMES if outcome != "cannot_tell"]
        outcome: Any = st.segmented_control(
            "Outcome", outcomes, format_func=lambda o: OUTCOME_NAMES[o],
            default=decision.outcome if decision.outcome in outcomes else None,
        )  # fmt: skip
        policy = st.selectbox(
            "Policy", codes, format_func=policy_name,
            index=codes.index(decision.policy) if decision.policy in codes else None,
            placeholder="Only for a violation",
        )  # fmt: skip
        severity = st.selectbox(
            "Severity", levels, format_func=str.capitalize,
            index=levels.index(decision.severity or taxonomy.default_severity),
        )  # fmt: skip
        action = st.selectbox(
            "Action", taxonomy.actions, format_func=action_name,
            index=taxonomy.actions.index(decision.action) if decision.action else None,
            placeholder="None",
        )  # fmt: skip
        reason = st.text_area("Why is it corrected?", max_chars=2_000, height=80)
        if st.form_submit_button("Correct the decision", icon=":material/edit:"):
            draft = Draft(outcome, reason=reason)
            if outcome == "violation":
                draft = replace(draft, policy=policy, severity=severity, action=action)
            _amend(decision, draft, reason)


def _show_overturn(decision: Decision) -> None:
    with st.form(f"overturn-{decision.id}", border=True):
        reason = st.text_area("Why is it overturned?", max_chars=2_000, height=80)
        if st.form_submit_button("Overturn: the appeal is granted", icon=":material/undo:"):
            _amend(decision, None, reason)


def _amend(decision: Decision, draft: Draft | None, reason: str) -> None:
    decisions, me = services.store().decisions, services.reviewer()
    try:
        if draft is None:
            decisions.overturn(decision.id, me, reason)
        else:
            decisions.correct(decision.id, draft, me, reason)
    except DecisionError as problem:
        st.error(plain(" ".join(problem.problems.values()), None), icon=":material/error:")
    except PortreeveError as problem:
        show_problem(problem)
    else:
        st.rerun()
