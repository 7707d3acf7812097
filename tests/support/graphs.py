"""Generated graphs of which it is known what their edges carry."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class GraphFiles:
    """Where the nodes and edges of a generated graph stand, and its nodes."""

    nodes: Path
    edges: Path
    frame: pd.DataFrame


def write_graph(
    folder: Path,
    *,
    nodes: int = 600,
    degree: int = 8,
    homophily: float = 0.0,
    shuffle_labels: bool = False,
    seed: int = 0,
) -> GraphFiles:
    """Write a graph whose feature `x` tells of the label, as do neighbours if there is homophily.

    Args:
        folder: Where to.
        nodes: Number of nodes, three in ten of them positive.
        degree: Mean degree.
        homophily: Share of edges whose ends have the same label for certain.
        shuffle_labels: Whether labels are dealt anew after features and edges were made of them.
        seed: Seed of everything random.
    """
    rng = np.random.default_rng(seed)
    y = (rng.random(nodes) < 0.3).astype(int)
    src = rng.integers(0, nodes, nodes * degree // 2)
    dst = rng.integers(0, nodes, len(src))
    for label in (0, 1):
        same = (rng.random(len(src)) < homophily) & (y[src] == label)
        dst[same] = rng.choice(np.flatnonzero(y == label), int(same.sum()))
    x = y + rng.normal(0, 1.2, nodes)
    label = rng.permutation(y) if shuffle_labels else y
    split = np.array(["train", "train", "valid", "test"])[np.arange(nodes) % 4]
    frame = pd.DataFrame(
        {"node_id": [f"n{i}" for i in range(nodes)], "x": x, "z": rng.normal(size=nodes)}
    ).assign(label=label, split=split)
    files = GraphFiles(folder / "nodes.csv", folder / "edges.csv", frame)
    frame.to_csv(files.nodes, index=False)
    edges = pd.DataFrame({"src": [f"n{i}" for i in src], "dst": [f"n{i}" for i in dst]})
    edges.to_csv(files.edges, index=False)
    return files
