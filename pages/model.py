"""Model: how good, how calibrated, and what drives it."""

import streamlit as st

from pages._ui import model
from pages._ui.frame import guarded, heading, require_live

live = require_live()
heading("Model", "How good the live models are on data they had not seen, and what drives them")
view = model.choose_view(live)
model.show_summary(view)
bodies = {
    "Metrics": model.show_metrics,
    "Calibration": model.show_calibration,
    "Capacity": model.show_capacity,
    "Importance": model.show_importance,
    "Card": model.show_card,
}
for tab, (name, body) in zip(
    st.tabs(list(bodies), key="part", bind="query-params"), bodies.items(), strict=True
):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"), st.skeleton(height=360):
            body(view)
