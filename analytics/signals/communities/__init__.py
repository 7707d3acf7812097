"""Rings: who belongs together by what they share, what holds them, and how suspicious it is."""

from analytics.signals.communities.edges import EntityGraph, GraphOptions, read_graph
from analytics.signals.communities.finder import RingFinder
from analytics.signals.communities.names import name_rings
from analytics.signals.communities.profile import profile_rings

__all__ = [
    "EntityGraph",
    "GraphOptions",
    "RingFinder",
    "name_rings",
    "profile_rings",
    "read_graph",
]
