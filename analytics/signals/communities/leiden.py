"""Leiden for the constant Potts model, without chance: equal graphs have equal communities.

The libraries at hand either draw from a generator that no seed reaches (scikit-network 0.33 from
C's `rand`: two runs on one graph differed) or carry a licence that Portreeve cannot take.
"""

from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.integer[Any]]
# Gains smaller than this are rounding, and rounding must not move anybody to and fro.
LEAST_GAIN = 1e-9


def leiden(adjacency: sparse.csr_matrix, resolution: float) -> Ints:
    """Label the nodes so that Σ over pairs of one community of (weight − resolution) is large.

    Traag, Waltman and van Eck (2019), "From Louvain to Leiden: guaranteeing well-connected
    communities", with the refinement that always takes the largest gain (their θ → 0): nodes move
    while that gains; each community is refined from single nodes; the graph of the refined parts
    is solved in the same way; and all is repeated from the result until nothing changes.

    Args:
        adjacency: Symmetric weights, no self-loops, (n, n).
        resolution: Weight of a pair from which being together is a gain.

    Returns:
        Labels 0, 1, … in the order of first appearance, (n,).
    """
    graph = _Graph.of(adjacency)
    labels = list(range(graph.size))
    while True:
        improved = _improve(graph, labels, resolution)
        if improved == labels:
            return np.asarray(labels, dtype=np.int64)
        labels = improved


def _improve(graph: "_Graph", labels: list[int], resolution: float) -> list[int]:
    """One run of Leiden from the communities given."""
    membership = list(range(graph.size))
    while True:
        labels = _move(graph, labels, resolution)
        refined = _numbered(_refine(graph, labels, resolution))
        parts = max(refined, default=-1) + 1
        if parts == graph.size:
            return _numbered([labels[part] for part in membership])
        membership = [refined[part] for part in membership]
        of_part = dict(zip(refined, labels, strict=True))
        labels = _numbered([of_part[part] for part in range(parts)])
        graph = graph.merged(refined)


@dataclass(frozen=True)
class _Graph:
    """Neighbours of each node with weights, and how many original nodes it stands for."""

    near: list[list[tuple[int, float]]]
    count: list[int]

    @classmethod
    def of(cls, adjacency: sparse.csr_matrix) -> Self:
        adjacency = adjacency.tocsr().sorted_indices()
        start, to, weight = (
            part.tolist() for part in (adjacency.indptr, adjacency.indices, adjacency.data)
        )
        size = adjacency.shape[0]
        rows = [list(zip(to[a:b], weight[a:b], strict=True)) for a, b in pairwise(start)]
        return cls([[p for p in row if p[0] != i] for i, row in enumerate(rows)], [1] * size)

    @property
    def size(self) -> int:
        return len(self.near)

    def merged(self, parts: list[int]) -> "_Graph":
        size = max(parts) + 1
        near: list[dict[int, float]] = [{} for _ in range(size)]
        count = [0] * size
        for node, part in enumerate(parts):
            count[part] += self.count[node]
            for other, weight in self.near[node]:
                if parts[other] != part:
                    near[part][parts[other]] = near[part].get(parts[other], 0.0) + weight
        return _Graph([sorted(row.items()) for row in near], count)

    def pull(self, node: int, labels: list[int]) -> dict[int, float]:
        """Weight between a node and each community around it."""
        found: dict[int, float] = {}
        for other, weight in self.near[node]:
            found[labels[other]] = found.get(labels[other], 0.0) + weight
        return found


def _move(graph: _Graph, labels: list[int], resolution: float) -> list[int]:
    """Move nodes to where they gain most, until nobody gains."""
    labels = list(labels)
    count = [0] * graph.size
    for node, label in enumerate(labels):
        count[label] += graph.count[node]
    free = [label for label in range(graph.size) if not count[label]]
    queue, queued = deque(range(graph.size)), [True] * graph.size
    while queue:
        node = queue.popleft()
        queued[node] = False
        own, size = labels[node], graph.count[node]
        pull = graph.pull(node, labels)
        stay = pull.get(own, 0.0) - resolution * size * (count[own] - size)
        best, target = max(stay, 0.0), own if stay >= 0 else -1
        for label in sorted(pull):
            gain = pull[label] - resolution * size * count[label]
            if label != own and gain > best + LEAST_GAIN:
                best, target = gain, label
        if target == own or best - stay <= LEAST_GAIN:
            continue
        target = free.pop() if target == -1 else target
        count[own] -= size
        count[target] += size
        labels[node] = target
        if not count[own]:
            free.append(own)
        for other, _ in graph.near[node]:
            if labels[other] != target and not queued[other]:
                queue.append(other)
                queued[other] = True
    return labels


def _refine(graph: _Graph, labels: list[int], resolution: float) -> list[int]:
    """Split each community into well-connected parts, built from single nodes."""
    total = [0] * graph.size
    for node, label in enumerate(labels):
        total[label] += graph.count[node]
    part, count = list(range(graph.size)), list(graph.count)
    # Weight between each part and the rest of its community.
    cut = [sum(w for other, w in graph.near[node] if labels[other] == labels[node])
           for node in range(graph.size)]  # fmt: skip
    is_single = [True] * graph.size
    for node, label in enumerate(labels):
        size = graph.count[node]
        if not is_single[node] or cut[node] < resolution * size * (total[label] - size):
            continue
        pull: dict[int, float] = {}
        for other, weight in graph.near[node]:
            if labels[other] == label:
                pull[part[other]] = pull.get(part[other], 0.0) + weight
        best, target = LEAST_GAIN, node
        for other, weight in sorted(pull.items()):
            rest = total[label] - count[other]
            gain = weight - resolution * size * count[other]
            if gain > best and cut[other] >= resolution * count[other] * rest:
                best, target = gain, other
        if target != node:
            part[node] = target
            count[target] += size
            count[node] -= size
            cut[target] += cut[node] - 2 * pull[target]
            is_single[node] = is_single[target] = False
    return part


def _numbered(labels: list[int]) -> list[int]:
    """The same labels as 0, 1, … in the order of first appearance."""
    number: dict[int, int] = {}
    return [number.setdefault(label, len(number)) for label in labels]
