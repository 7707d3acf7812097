"""Risk in a graph: features of nodes made from their edges, and a model of any labelled graph."""
