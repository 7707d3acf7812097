"""Incidents: what changed suddenly, since when, how surely, and what happened just before."""

import streamlit as st

from pages._ui.export import offer_incidents
from pages._ui.frame import heading, require_live
from pages._ui.incident import show_incident
from pages._ui.incident_list import choose_incident, require_incidents, show_filters

live = require_live()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    title = st.container(gap=None, width="content")
    actions = st.container(horizontal=True, width="content")
with title:
    heading("Incidents", "What changed suddenly, beyond chance, and what happened just before")
require_incidents(live)
filters = show_filters()
with actions:
    offer_incidents(live, filters)
chosen = choose_incident(live, filters)
if chosen is not None:
    show_incident(live, chosen)
