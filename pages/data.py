"""Data: snapshots, tables, rejects, what is missing, and bringing in more."""

import streamlit as st

from pages._ui import data, state
from pages._ui.frame import guarded, heading
from pages._ui.ingest import show_ingest
from pages._ui.job_status import show_job

heading("Data", "What was read, what was rejected, what is missing and what that switches off")
show_job()
report = data.require_dataset()
data.show_totals(report)
bodies = {
    "Snapshots": data.show_snapshots,
    "Tables": lambda: data.show_tables(report),
    "Rejects": lambda: data.show_rejects(report),
    "Signals": lambda: data.show_signals(report),
    "Missing": lambda: data.show_missing(report),
    "Bring in data": show_ingest,
}
for tab, (name, body) in zip(
    st.tabs(list(bodies), key=state.SECTION, bind="query-params"), bodies.items(), strict=True
):
    if tab.open:
        with tab, guarded(f"show {name.lower()}"), st.skeleton(height=300):
            body()
