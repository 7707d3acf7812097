"""Case: the evidence about one merchant, product or creator, before the score, and the decision."""

import streamlit as st

from pages._ui.case import finish, require_case, show_way, stand
from pages._ui.case_header import show_header
from pages._ui.case_panel import show_panel
from pages._ui.case_reasons import show_reasons
from pages._ui.case_tabs import show_tabs
from pages._ui.decision import show_decision
from pages._ui.frame import require_live

live = require_live()
case = require_case(live)
standing = stand(live, case)
show_way(live, case, standing)
evidence, panel = st.columns([5, 3], gap="medium")
with evidence:
    show_header(case)
with panel:
    show_decision(live, case, standing)
if standing.is_score_first:
    with evidence:
        show_panel(live, case)
with evidence:
    show_reasons(live, case)
if not standing.is_score_first:
    with panel:
        show_panel(live, case)
show_tabs(live, case)
finish(live, case, standing)
