"""Rings: who belongs together by what they share, ranked by harm, and one decision on all."""

from pages._ui.frame import heading, require_live
from pages._ui.ring import show_ring
from pages._ui.ring_list import choose_ring, require_rings

live = require_live()
heading("Rings", "Merchants, creators and products tied by what they share; most harm first")
require_rings(live)
ring = choose_ring(live)
if ring is not None:
    show_ring(live, ring)
