"""Rules: conditions that a person wrote, tried on the data, in shadow, live or retired."""

import streamlit as st

from pages._ui.frame import guarded, heading, require_live
from pages._ui.rule import show_rule
from pages._ui.rule_builder import show_builder
from pages._ui.rule_suggestions import show_suggestions
from pages._ui.rules import choose_entity, choose_rule

live = require_live()
heading("Rules", "Conditions beside the model: tried on the data, then in shadow, then live")
entity = choose_entity(live)
listed, builder, suggested = st.tabs(
    ["Rules", "New rule", "Suggested"], key="rules-tab", on_change="rerun"
)
if listed.open:
    with listed:
        chosen = choose_rule(live, entity)
        if chosen is not None:
            show_rule(live, chosen)
if builder.open:
    with builder:
        show_builder(live, entity)
if suggested.open:
    with suggested, guarded("suggest rules"), st.skeleton(height=240):
        show_suggestions(live, entity)
