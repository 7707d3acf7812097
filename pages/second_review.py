"""Second review: cases that somebody else decided, judged again without knowing how."""

import streamlit as st

from pages._ui.case_header import show_header
from pages._ui.case_panel import show_panel
from pages._ui.case_reasons import show_reasons
from pages._ui.frame import require_live
from pages._ui.second_review import require_blind_case, show_second_form

live = require_live()
look, shown, case = require_blind_case(live)
evidence, panel = st.columns([5, 3], gap="medium")
with evidence:
    show_header(case)
with panel:
    show_second_form(look)
with evidence:
    show_reasons(shown, case)
with panel:
    show_panel(shown, case)
