"""Overview: what needs attention now, and how the team keeps up."""

import streamlit as st

from pages._ui import overview
from pages._ui.frame import guarded, heading, require_live
from pages._ui.learning import show_prevalence
from pages._ui.monitoring import show_alerts_briefly
from pages._ui.team import show_team

live = require_live()
heading("Overview", overview.describe(live))
with guarded("look for alerts"):
    show_alerts_briefly(live)
with st.skeleton(height=110):
    overview.show_totals(live)
with guarded("estimate the prevalence"):
    show_prevalence(live)
with guarded("show the team's work"):
    show_team()
left, right = st.columns(2, gap="medium")
with left, st.skeleton(height=400):
    overview.show_top(live)
with right, st.skeleton(height=400):
    overview.show_new(live)
left, right = st.columns(2, gap="medium")
with left, st.skeleton(height=300):
    overview.show_movers(live)
with right, st.skeleton(height=300):
    overview.show_freshness(live)
