"""Explore: find anybody, and see how risk spreads."""

import streamlit as st

from pages._ui import explore
from pages._ui.frame import guarded, heading, require_live

live = require_live()
heading("Explore", "Find anybody by name or id, and see how risk spreads over groups")
explore.show_search(live)
view = explore.choose_view(live)
bodies = {
    "Slices": explore.show_slices,
    "Scatter": explore.show_scatter,
    "Distribution": explore.show_distribution,
}
for tab, (name, body) in zip(
    st.tabs(list(bodies), key="chart", bind="query-params"), bodies.items(), strict=True
):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"), st.skeleton(height=420):
            body(view)
