"""Labels: decisions in doubt, judgements that differ, agreement of reviewers, weak labels."""

import streamlit as st

from pages._ui import label_agreement, labels, weak_labels
from pages._ui.frame import guarded, heading, require_live
from pages._ui.job_status import show_job

live = require_live()
heading(
    "Labels",
    "What the models learn from: decisions in doubt, second reviews, agreement, weak labels",
)
show_job()
labels.require_lead()
entity = labels.choose_entity(live)
bodies = {
    "To settle": labels.show_unsettled,
    "Agreement": label_agreement.show_agreement,
    "Check": labels.show_check,
    "Golden cases": label_agreement.show_golden,
    "Weak labels": weak_labels.show_weak_labels,
}
tabs = st.tabs(list(bodies), key="labels-part", bind="query-params")
for tab, (name, body) in zip(tabs, bodies.items(), strict=True):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"):
            body(entity)
