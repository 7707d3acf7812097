"""Overview: what needs attention now."""

import streamlit as st

from pages._ui import overview
from pages._ui.frame import heading, require_live

live = require_live()
heading("Overview", overview.describe(live))
with st.skeleton(height=110):
    overview.show_totals(live)
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
