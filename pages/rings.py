"""Rings: who belongs together by what they share, ranked by harm, and one decision on all."""

import streamlit as st

from pages._ui.export import offer_rings
from pages._ui.frame import heading, require_live
from pages._ui.ring import show_ring
from pages._ui.ring_list import choose_ring, require_rings, show_filters

live = require_live()
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
    title = st.container(gap=None, width="content")
    actions = st.container(horizontal=True, width="content")
with title:
    heading("Rings", "Merchants, creators and products that are tied by what they share")
require_rings(live)
filters = show_filters(live)
with actions:
    offer_rings(live, filters)
ring = choose_ring(live, filters)
if ring is not None:
    show_ring(live, ring)
