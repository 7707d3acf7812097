"""Risk in a graph: features of nodes made from their edges, and a model of any labelled graph."""

from analytics.signals.graph.evaluation import GraphReport, evaluate_graph, score_graph
from analytics.signals.graph.graph import Graph, make_graph
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.model import GraphRiskModel
from analytics.signals.graph.neighbours import NeighbourAggregates
from analytics.signals.graph.structure import StructureFeatures

__all__ = [
    "Graph",
    "GraphReport",
    "GraphRiskModel",
    "LabelFeatures",
    "NeighbourAggregates",
    "StructureFeatures",
    "evaluate_graph",
    "make_graph",
    "score_graph",
]
