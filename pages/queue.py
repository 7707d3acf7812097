"""Queue: everybody ranked by expected harm, and why."""

import streamlit as st

from pages._ui import services
from pages._ui.export import offer_export
from pages._ui.filters import show_filters
from pages._ui.frame import heading, require_live
from pages._ui.queue_table import describe_totals, show_queue

live = require_live()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    summary = st.container(gap=None, width="content")
    actions = st.container(width="content")
entity, filters = show_filters(live)
totals = services.warehouse().counts(live.snapshot_id, live.models, filters)
with summary:
    heading("Queue", describe_totals(totals, live))
with actions:
    offer_export(live, entity)
show_queue(live, filters, int(totals["entities"].sum()))
