"""The right column: what the models say, what would help, and the decision's place above both."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import formats
from analytics.review.store import Live
from pages._ui import services
from pages._ui.frame import guarded
from pages._ui.text import plain, sentence

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation


def show_panel(live: Live, case: "CaseExplanation") -> None:
    """Show the assessment beside the evidence. The decision form goes on top of it."""
    with st.container(border=True, gap="small"):
        st.subheader("Assessment", anchor=False)
        _show_scores(case)
        _show_harm(case)
    _show_advice(live, case)
    with st.expander("Limits of this assessment", icon=":material/info:", type="compact"):
        for note in case.notes:
            st.text(note)
        st.caption(f"Model {plain(case.scores.model_version)} · snapshot {plain(live.snapshot_id)}")


def _show_scores(case: "CaseExplanation") -> None:
    scores = case.scores
    with st.grid(2, min_column_width=110):
        st.metric(
            "Violation",
            formats.probability(scores.violation_probability),
            help="Probability that a reviewer would confirm a policy violation.",
        )
        low = scores.quality_status == "low_volume"
        st.metric(
            "Bad quality, 60 days",
            "Too few orders" if low else formats.probability(scores.quality_probability),
            help=plain(scores.quality_note, None),
        )
    if scores.violation_source == "prior":
        st.caption(f":material/science: {sentence(scores.violation_note)}")
    if low:
        st.caption(f":material/hourglass_empty: {sentence(scores.quality_note)}")


def _show_harm(case: "CaseExplanation") -> None:
    harm = case.harm
    unit = "" if harm.unit == "money" else " (severity)"
    st.markdown(f"**Expected harm{unit}: {plain(harm.print(harm.expected))}**")
    parts = [part for part in harm.parts if part.harm > 0]
    shown = parts[:4]
    for part in shown:
        code = f"{part.code} " if part.code and part.code != "other" else ""
        with st.container(gap=None):
            st.markdown(f"{plain(harm.print(part.harm))} · {plain(code + part.label)}")
            st.caption(sentence(part.sentence))
    if rest := parts[4:]:
        amount = harm.print(sum(part.harm for part in rest))
        st.caption(f"{plain(amount)} from {formats.plural(len(rest), 'smaller part')}")


@st.fragment
def _show_advice(live: Live, case: "CaseExplanation") -> None:
    identity = case.identity
    with guarded("say what would help"):
        box = st.expander(
            "What would help",
            key=f"advice-{identity.entity}-{identity.entity_id}",
            icon=":material/lightbulb:",
            on_change="rerun",
        )
        if box.open:
            with box, st.skeleton(height=120):
                _show_changes(live, case)


def _show_changes(live: Live, case: "CaseExplanation") -> None:
    from analytics.explain.case import advise

    identity = case.identity
    advice = advise(services.case_sources(live), identity.entity, identity.entity_id)
    st.markdown(sentence(advice.sentence))
    for change in advice.changes:
        st.markdown(f"- {sentence(change.sentence)}")
