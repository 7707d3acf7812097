"""Model: how good, how calibrated, what drives it, and whether a newer one is better."""

import streamlit as st

from pages._ui import model
from pages._ui.challenger import show_challenger
from pages._ui.export import offer_model_reports
from pages._ui.frame import guarded, heading, require_live
from pages._ui.job_status import show_job
from pages._ui.learning import show_learning
from pages._ui.promotion import show_promotion

live = require_live()
heading("Model", "How good the live models are on data they had not seen, and what drives them")
show_job()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    view = model.choose_view(live)
    offer_model_reports(live, view.entity)
model.show_summary(view)
bodies = {
    "Metrics": model.show_metrics,
    "Calibration": model.show_calibration,
    "Capacity": model.show_capacity,
    "Importance": model.show_importance,
    "Card": model.show_card,
    "Learning": lambda view: show_learning(view.live, view.entity),
    "Challenger": lambda view: show_challenger(view.live, view.entity),
    "Promotion": lambda view: show_promotion(view.live, view.entity),
}
for tab, (name, body) in zip(
    st.tabs(list(bodies), key="part", bind="query-params"), bodies.items(), strict=True
):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"), st.skeleton(height=360):
            body(view)
