"""The top of the case's right column: the decision form, or why there is none."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import formats
from analytics.review.store import Live
from analytics.review.types import Case
from pages._ui import actions, drafts, keys, leases, services
from pages._ui.amending import offer_amending
from pages._ui.decision_dialogs import show_dialog
from pages._ui.decision_panel import show_form
from pages._ui.frame import guarded
from pages._ui.leases import Standing
from pages._ui.text import plain
from pages._ui.words import OUTCOMES, policy_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def show_decision(live: Live, case: "CaseExplanation", standing: Standing) -> None:
    """Show the form where the case is this session's, and else what can be done instead."""
    if standing.relation == "mine" and standing.held is not None:
        show_form(live, case, standing.held)
        _keep_alive(standing.held)
        show_dialog(case, standing.held)
        return
    with st.container(border=True, gap="small"):
        st.subheader("Decision", anchor=False)
        SHOW[standing.relation](case, standing)
        if standing.case is not None:
            for problem in actions.problems_of(standing.case.id).values():
                st.error(plain(problem, None), icon=":material/error:")


@st.fragment(run_every=leases.BEAT_S)
def _keep_alive(held: leases.Held) -> None:
    """Tell the store that the page is open, and notice when the case was lost."""
    with guarded("keep the case yours"):
        ends = leases.renew(held, interaction=False)
        if ends is None:
            st.rerun()
        elif ends <= leases.now():
            minutes = services.settings().lease_idle_minutes
            st.warning(
                f"You did nothing here for {formats.plural(minutes, 'minute')}: others may take "
                "the case now. Any key keeps it.",
                icon=":material/timer:",
            )
        else:
            st.caption(f":material/lock: Yours since {held.since:%H:%M} UTC")


def _say_none(case: "CaseExplanation", standing: Standing) -> None:
    st.caption(f"No case about this {case.identity.entity} is open. Open one to decide on it.")
    _offer_opening(case)
    _offer_next(None)


def _offer_opening(case: "CaseExplanation") -> None:
    identity = case.identity
    with st.form("open-case", border=False):
        reason = st.text_input("Why look at it?", max_chars=500, key="open-reason")
        pressed = st.form_submit_button("Open a case", icon=":material/create_new_folder:")
    if pressed and not reason.strip():
        st.error("Say why.", icon=":material/error:")
    elif pressed:
        given = {"entity": identity.entity, "entity_id": identity.entity_id, "reason": reason}
        actions.ask("open", None, **given)
        st.rerun()


def _say_other(case: "CaseExplanation", standing: Standing) -> None:
    found, problem = standing.case, standing.problem
    if found is None or problem is None:
        return
    holder = found.holder(leases.now())
    who = plain(holder or problem.holder or "Somebody else")
    if holder is not None:
        since = found.lease_last_interaction_at
        active = f", active at {since:%H:%M} UTC" if since else ""
        st.info(f"{who} is working on this case{active}. You can read it.", icon=":material/lock:")
    else:
        st.info(f"This case is assigned to {who}.", icon=":material/person:")
        _offer(found, "Take it over")
    _offer_next(found)


def _say_elsewhere(case: "CaseExplanation", standing: Standing) -> None:
    if standing.case is None:
        return
    st.info(
        "You have this case open in another tab. Go on there, or take it over: the other tab then "
        "says so, and nothing you typed there is lost.",
        icon=":material/tab:",
    )
    _offer(standing.case, "Take it over here")
    _offer_next(standing.case)


def _say_lost(case: "CaseExplanation", standing: Standing) -> None:
    found, problem = standing.case, standing.problem
    if found is None or problem is None:
        return
    said = "You took this case over in another tab. Nothing was saved here."
    if problem.holder != services.reviewer():
        said = str(problem)
    st.warning(plain(said, None), icon=":material/lock_open:")
    _show_kept(found.id)
    if found.closed_at is None and found.holder(leases.now()) in (None, services.reviewer()):
        _offer(found, "Take it again")
    _offer_next(found)


def _say_closed(case: "CaseExplanation", standing: Standing) -> None:
    if standing.case is None:
        return
    identity = case.identity
    decision = services.store().decisions.last(identity.entity, identity.entity_id)
    if decision is not None:
        policy = f", {policy_name(decision.policy)}" if decision.policy else ""
        outcome = OUTCOMES.get(decision.outcome or "", "Overturned")
        st.markdown(f"**{outcome}{plain(policy)}**")
        st.caption(f"By {plain(decision.reviewer)}, {formats.time(decision.decided_at)}")
        st.text(decision.reason)
        offer_amending(case, decision)
    else:
        st.markdown("**Overturned**")
    until = standing.case.closed_until
    if until is not None:
        st.caption(f"Closed until {formats.date(until)}, unless newer data raise its harm.")
    _show_kept(standing.case.id)
    _offer_next(standing.case)
    with st.expander("Open a new case", icon=":material/create_new_folder:", type="compact"):
        _offer_opening(case)


def _show_kept(case_id: int) -> None:
    """Show what was typed and not saved, to be copied or used again."""
    typed = drafts.draft_of(case_id)
    if typed.reason.strip():
        st.caption("What you had typed is kept:")
        st.code(typed.reason, language=None, wrap_lines=True)


def _offer(case: Case, label: str) -> None:
    st.button(
        label,
        key=f"take-{case.id}",
        icon=":material/back_hand:",
        shortcut=keys.TAKE,
        on_click=actions.ask,
        args=("take", case.id),
    )


def _offer_next(case: Case | None) -> None:
    st.button(
        "Next case",
        key="skip",
        icon=":material/keyboard_arrow_down:",
        type="primary",
        shortcut=actions.skip_key(),
        on_click=actions.ask,
        args=("skip", case and case.id),
    )


def _say_past(case: "CaseExplanation", standing: Standing) -> None:
    st.caption("This is an earlier snapshot: decisions are made on what is live.")


SHOW = {
    "past": _say_past,
    "none": _say_none,
    "other": _say_other,
    "elsewhere": _say_elsewhere,
    "lost": _say_lost,
    "closed": _say_closed,
}
