"""PageRank, plain and personalised, for many restart distributions at once."""

import numpy as np

from analytics.signals.graph.graph import Floats, Matrix, transition

STEPS = 50
TOLERANCE = 1e-9


def pagerank(weights: Matrix, restart: Floats, *, damping: float = 0.85) -> Floats:
    """Return the share of time that a random walk with restarts spends at each node.

    Solves r = (1 − d) s + d Pᵀ r + d · (mass at dead ends) s by power iteration, for every column
    of `restart` by itself (Page et al. 1999; Haveliwala 2002).

    Args:
        weights: Symmetric weights, nodes × nodes.
        restart: Where walks begin, nodes × columns, ≥ 0; scaled here to sum to 1 per column.
            A column of zeros stays zero.
        damping: Chance of going on rather than beginning anew.
    """
    total = restart.sum(axis=0)
    start = np.divide(restart, total, out=np.zeros_like(restart, dtype=float), where=total > 0)
    step = transition(weights).T.tocsr()
    dead = np.diff(weights.indptr) == 0
    rank = start
    for _ in range(STEPS):
        lost = rank[dead].sum(axis=0)
        moved = (1 - damping + damping * lost) * start + damping * (step @ rank)
        change = np.abs(moved - rank).sum(axis=0).max(initial=0.0)
        rank = moved
        if change < TOLERANCE:
            break
    return rank
