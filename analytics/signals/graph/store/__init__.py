"""Typed edges between everything that a marketplace names, in files that answer one hop at once."""

from analytics.signals.graph.store.edges import CAP, make_edges
from analytics.signals.graph.store.read import GraphStore
from analytics.signals.graph.store.write import EdgeTotals, write_store

__all__ = ["CAP", "EdgeTotals", "GraphStore", "make_edges", "write_store"]
