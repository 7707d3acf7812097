"""Queue: cases to review, or everybody who was scored, ranked by expected harm, and why."""

import streamlit as st

from pages._ui import services
from pages._ui.case_list import describe_cases, find_cases, offer_start, show_cases, show_notice
from pages._ui.export import offer_exports
from pages._ui.filters import show_filters
from pages._ui.frame import heading, require_live
from pages._ui.queue_table import describe_totals, show_queue

live = require_live()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    summary = st.container(gap=None, width="content")
    actions = st.container(horizontal=True, width="content")
show_notice()
entity, filters = show_filters(live)
if filters.view == "cases":
    cases = find_cases(live, filters)
    with summary:
        heading("Queue", describe_cases(cases, filters))
    with actions:
        offer_start(live, filters)
        offer_exports(live, entity, filters)
    show_cases(live, filters, cases)
else:
    totals = services.warehouse().counts(live.snapshot_id, live.models, filters)
    with summary:
        heading("Queue", describe_totals(totals, live))
    with actions:
        offer_exports(live, entity, filters)
    show_queue(live, filters, int(totals["entities"].sum()))
