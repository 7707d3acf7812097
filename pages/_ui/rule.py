"""One rule: what it says, what it would have done, whom it hits, and what became of it."""

import streamlit as st

from analytics.columns import EntityType
from analytics.errors import PortreeveError
from analytics.review.rules import NEXT, Rule
from analytics.review.store import Live
from analytics.rules.definition import Definition, Expression
from analytics.rules.words import definition_words
from pages._ui import evaluated, services
from pages._ui.frame import guarded, show_problem
from pages._ui.rule_figures import show_backtest, show_hits
from pages._ui.rules import STATE_ICONS, STATE_NAMES
from pages._ui.text import plain, sentence
from pages._ui.words import policy_name

MOVES = {
    "draft": ("Back to draft", ":material/edit_note:"),
    "shadow": ("Put in shadow", ":material/visibility:"),
    "live": ("Make live", ":material/bolt:"),
    "retired": ("Retire", ":material/archive:"),
}


def show_rule(live: Live, rule: Rule) -> None:
    """Show one rule below the list."""
    icon = STATE_ICONS[rule.state]
    st.subheader(f"{icon} {plain(rule.name, 120)}, version {rule.version}", anchor=False)
    left, right = st.columns([5, 3], gap="medium")
    with left, guarded("show this rule"):
        show_definition(live, rule.entity_type, rule.definition)
        if rule.policy:
            st.caption(f"Points to {plain(policy_name(rule.policy))}")
        found = evaluated.backtest(live, rule.entity_type, rule.definition, skip=rule)
        show_backtest(found, services.currency(live))
        show_hits(live, rule.entity_type, rule.definition, key=f"rule-hits-{rule.id}")
    with right:
        _show_history(rule)
        if services.is_live(live):
            _offer_states(rule)


def show_definition(live: Live, entity: EntityType, definition: Definition) -> None:
    """Show what a rule says."""
    if isinstance(definition, Expression):
        st.code(definition.sql, language="sql", wrap_lines=True)
        return
    specs = services.workbench().rules.features(live, entity)
    st.markdown(sentence(definition_words(definition, specs, services.currency(live))))


def _show_history(rule: Rule) -> None:
    st.markdown(f"**State: {STATE_NAMES[rule.state].lower()}**")
    for event in services.store().rules.events(rule.id):
        st.caption(
            f"{event.at:%d %b %Y, %H:%M} UTC · {plain(event.actor, 60)} · "
            f"{STATE_NAMES[event.state].lower()}: {plain(event.reason, 300)}"
        )


def _offer_states(rule: Rule) -> None:
    if not NEXT[rule.state]:
        st.caption("A retired rule stays as it is. Write a new version to use it again.")
        return
    with st.form(f"rule-states-{rule.id}", border=True):
        reason = st.text_area(
            "Reason", key=f"rule-reason-{rule.id}", height=68, max_chars=2_000,
            placeholder="Needed for every change of state",
        )  # fmt: skip
        with st.container(horizontal=True):
            pressed = [
                name
                for name in NEXT[rule.state]
                if st.form_submit_button(
                    MOVES[name][0], key=f"rule-{name}-{rule.id}", icon=MOVES[name][1]
                )
            ]
    for name in pressed:
        try:
            services.store().rules.move(rule.id, name, services.reviewer(), reason)
        except PortreeveError as problem:
            show_problem(problem)
            return
        st.session_state.pop(f"rule-reason-{rule.id}", None)
        st.rerun()
