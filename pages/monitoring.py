"""Monitoring: what drifted, whether probabilities come true, whom errors hit, and capacity."""

import streamlit as st

from pages._ui import monitoring
from pages._ui.frame import guarded, heading, require_live
from pages._ui.monitoring_capacity import show_capacity
from pages._ui.monitoring_drift import show_drift
from pages._ui.monitoring_fairness import show_fairness
from pages._ui.monitoring_outcomes import show_order, show_outcomes

live = require_live()
heading("Monitoring", "What moved since an earlier snapshot, and whether the models still hold")
entity = monitoring.choose_entity(live)
bodies = {
    "Alerts": lambda: monitoring.show_alerts(live, entity),
    "Drift": lambda: show_drift(live, entity),
    "Verdicts": lambda: show_outcomes(live, entity),
    "Fairness": lambda: show_fairness(live, entity),
    "Capacity": lambda: show_capacity(live, entity),
    "Order of the case page": show_order,
}
for tab, (name, body) in zip(
    st.tabs(list(bodies), key="section-watched", bind="query-params"), bodies.items(), strict=True
):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"), st.skeleton(height=360):
            body()
