"""Rules suggested from what the model missed, for a person to keep as drafts."""

from typing import TYPE_CHECKING

import streamlit as st

from analytics import formats
from analytics.columns import EntityType
from analytics.errors import PortreeveError, TooFewLabelsError
from analytics.review.store import Live
from analytics.rules.words import definition_words
from pages._ui import services, state
from pages._ui.frame import empty, show_problem
from pages._ui.text import plain, sentence
from pages._ui.words import ENTITIES

if TYPE_CHECKING:
    from analytics.rules.suggest import Suggestion

LONGEST_NAME = 80


def show_suggestions(live: Live, entity: EntityType) -> None:
    """Show what short trees find among violations that the model had put below the capacity."""
    st.caption(
        f"From decided {ENTITIES[entity].lower()} that the model had put below the capacity: short "
        "trees tell violations from what was cleared. Two thirds of the cases make the rules, the "
        "others judge them. Nothing fires before you keep a rule and move it on."
    )
    try:
        found = services.suggested_rules(live, entity)
    except TooFewLabelsError as error:
        empty(
            f"{plain(error.message, None)} {plain(error.hint, None)}", icon=":material/hourglass:"
        )
        return
    if not found:
        empty("No short rule tells the missed violations from what was cleared.")
    for number, suggestion in enumerate(found):
        _show_suggestion(live, entity, suggestion, f"{entity}-{number}")


def _show_suggestion(live: Live, entity: EntityType, found: "Suggestion", key: str) -> None:
    sources = services.case_sources(live)
    told = definition_words(found.definition, sources.declarations(entity).specs, sources.currency)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{sentence(told)}**")
        st.markdown(sentence(found.summary()))
        if not found.is_better:
            st.caption(":material/warning: On held-out cases it may be no better than no rule.")
        st.caption(f"Made from {formats.plural(found.hits, 'hit')}, {found.missed:,} in violation.")
        _offer_draft(live, entity, found, told, key)


def _offer_draft(live: Live, entity: EntityType, found: "Suggestion", told: str, key: str) -> None:
    with (
        st.expander("Keep as a draft", key=f"keep-{key}", icon=":material/add:", type="compact"),
        st.form(f"suggestion-{key}", border=False),
    ):
        name = st.text_input("Name", value=told[:LONGEST_NAME], key=f"name-{key}", max_chars=200)
        reason = st.text_input(
            "Reason", key=f"reason-{key}", max_chars=2_000,
            placeholder="Why these cases are worth a look",
        )  # fmt: skip
        if not st.form_submit_button("Keep as a draft", key=f"draft-{key}", type="primary"):
            return
        try:
            kept = services.workbench().rules.add(
                live, entity, name, found.definition, services.reviewer(), reason
            )
        except PortreeveError as problem:
            show_problem(problem)
            return
    st.session_state[state.NOTICE] = f"Kept {kept.label} as a draft."
    st.rerun()
