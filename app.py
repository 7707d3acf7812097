"""The dashboard: navigation around the pages. Start it with `portreeve serve`."""

import streamlit as st

from pages._ui.site import ASSETS, PAGES

page = st.navigation(PAGES)
st.set_page_config(
    page_title="Portreeve",
    page_icon=str(ASSETS / "mark.svg"),
    layout="wide",
    initial_sidebar_state=220,
)
st.logo(str(ASSETS / "logo.svg"), icon_image=str(ASSETS / "mark.svg"), size="large")

from pages._ui import services  # noqa: E402  (navigation first, see pages/_ui/site.py)
from pages._ui.frame import guarded  # noqa: E402
from pages._ui.navigation import show_standing  # noqa: E402
from pages._ui.scheduled import start_due  # noqa: E402
from pages._ui.sign_in import is_let_in  # noqa: E402

let_in = False
with guarded("check who you are"):
    let_in = is_let_in()
if not let_in:
    st.stop()
with guarded():
    show_standing()
with guarded():
    page.run()
with guarded():
    services.prepare()
with guarded():
    start_due()
