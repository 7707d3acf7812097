"""Case: the evidence about one merchant, product or creator, before the score."""

import streamlit as st

from pages._ui.case import require_case, show_way
from pages._ui.case_header import show_header
from pages._ui.case_panel import show_panel
from pages._ui.case_reasons import show_reasons
from pages._ui.case_tabs import show_tabs
from pages._ui.frame import require_live

live = require_live()
case = require_case(live)
show_way(live, case)
show_header(case)
evidence, panel = st.columns([2, 1], gap="medium")
with evidence:
    show_reasons(live, case)
with panel:
    show_panel(live, case)
show_tabs(live, case)
