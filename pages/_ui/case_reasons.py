"""Why it ranks here: each reason as a sentence, with the rows behind it one click away."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import formats
from analytics.review.store import Live
from pages._ui import services, tables
from pages._ui.case_rows import show_rows
from pages._ui.frame import empty, guarded
from pages._ui.text import plain, sentence
from pages._ui.words import family_name

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.explain.render import Reason


RAISES = {"quality": "the risk of bad quality", "violation": "the risk of a violation"}


def show_reasons(live: Live, case: "CaseExplanation") -> None:
    """Show the reasons, strongest first."""
    st.subheader("Why it ranks here", anchor=False)
    st.markdown(sentence(case.why_ranked))
    with guarded("show the rules that fire"):
        _show_rules(live, case)
    if not case.reasons:
        empty("Nothing about it is worse than what is normal for its peers.")
    for reason in case.reasons:
        _show_reason(live, case, reason)


def _show_rules(live: Live, case: "CaseExplanation") -> None:
    """Show the live rules that the entity meets, each with the values that meet it."""
    identity = case.identity
    fired = services.workbench().rules.firing(
        live, identity.entity, identity.entity_id, services.currency(live)
    )
    for rule, told in fired:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f":material/rule: {sentence(told)}")
            points = f" · may point to {plain(rule.policy)}" if rule.policy else ""
            st.caption(f"A rule by {plain(rule.author, 60)}: {plain(rule.reason, 200)}{points}")


@st.fragment
def _show_reason(live: Live, case: "CaseExplanation", reason: "Reason") -> None:
    with guarded("show this reason"), st.container(border=True, gap="xsmall"):
        st.markdown(f"**{sentence(reason.claim)}.** {sentence(_full_stop(reason.comparison))}")
        points = f" · may point to {plain(', '.join(reason.policies))}" if reason.policies else ""
        drives = RAISES[reason.target]
        st.caption(f"{plain(family_name(reason.family))} · raises {drives}{points}")
        if reason.evidence:
            _offer_rows(live, case, reason)


def _offer_rows(live: Live, case: "CaseExplanation", reason: "Reason") -> None:
    identity = case.identity
    label = "Rows behind it"
    if reason.evidence_rows is not None:
        label = f"{formats.plural(reason.evidence_rows, 'row')} behind it"
    rows = st.expander(
        label,
        key=f"rows-{identity.entity}-{identity.entity_id}-{reason.feature}",
        icon=":material/table_rows:",
        type="compact",
        on_change="rerun",
    )
    if not rows.open:
        return
    with rows, st.skeleton(height=200):
        from analytics.explain.evidence import evidence_rows

        found = evidence_rows(
            services.warehouse(),
            live.snapshot_id,
            identity.entity,
            identity.entity_id,
            reason.feature,
            limit=tables.PAGE_ROWS,
        )
        show_rows(found, services.currency(live), alt=f"Rows behind: {reason.label}")
        if len(found) == tables.PAGE_ROWS:
            st.caption(f"The newest {tables.PAGE_ROWS} are shown.")


def _full_stop(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
