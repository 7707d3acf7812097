"""Behaviour incidents: sudden changes in daily series, with what happened before them."""

from analytics.signals.incidents.finder import ChangeFinder
from analytics.signals.incidents.incidents import Found, find_incidents
from analytics.signals.incidents.panel import Panel, lay_out

__all__ = ["ChangeFinder", "Found", "Panel", "find_incidents", "lay_out"]
