"""Path-dependent TreeSHAP of many rows by looking up decision patterns.

A row's contribution in a tree depends only on which way each split sends it. So the splits of a
subtree, and those on the path to it, make a pattern of bits; a table holds the contributions of
every pattern, and explaining a row is one look-up per subtree and feature. The idea is that of
WOODELF (Nadel and Wettenstein 2025). Here a table covers a whole subtree instead of a leaf, and
the Shapley weights of a leaf (Lundberg et al. 2020) are integrated instead of enumerated:

    s! (d - 1 - s)! / d! = ∫₀¹ tˢ (1 - t)ᵈ⁻¹⁻ˢ dt

so the contribution of feature f to a leaf of value v, reached through d features, is

    v (oᶠ - zᶠ) ∫₀¹ ∏ⱼ≠ᶠ (t oⱼ + (1 - t) zⱼ) dt

where oⱼ says whether the row follows the path wherever it asks for feature j, and zⱼ is the share
of training rows that do. The integrand is a polynomial of degree d - 1, which Gauss-Legendre
quadrature with ⌈d / 2⌉ points integrates exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.errors import GateError

SUBTREE_BITS: Final = 9  # tables of 512 patterns: larger ones leave the processor's cache
DEEPEST: Final = 12

Nodes = NDArray[Any]  # the structured array in which scikit-learn keeps a tree
Path = list[tuple[int, bool]]  # (split, whether the path goes left there) from the root down


@dataclass(frozen=True)
class Subtree:
    """Contributions by pattern.

    Attributes:
        splits: The splits that make the pattern; the first is its lowest bit.
        features: Column of each feature that they ask for.
        table: Contributions in log-odds, features × patterns.
    """

    splits: list[int]
    features: list[int]
    table: NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """One tree, ready for look-ups.

    Attributes:
        codes: Row of the coded values (see `PatternTables.coded`) that each split compares.
        cuts: Highest code that goes left, one a split.
        places: Value of each split's bit in each subtree's pattern, subtrees × splits.
        subtrees: Tables that cover all leaves, each leaf once.
    """

    codes: NDArray[np.intp]
    cuts: NDArray[np.uint8]
    places: NDArray[np.float32]
    subtrees: list[Subtree]


class PatternTables:
    """The tables of all trees of a binary `HistGradientBoostingClassifier`.

    Raises:
        GateError: A tree is deeper than `DEEPEST`.
    """

    def __init__(self, trees: Any) -> None:
        nodes = [iteration[0].nodes for iteration in trees._predictors]
        splits = np.concatenate([tree[~tree["is_leaf"].astype(bool)] for tree in nodes])
        self.thresholds = [
            np.unique(splits["num_threshold"][splits["feature_idx"] == feature])
            for feature in range(trees.n_features_in_)
        ]
        self.trees = [self._compiled(tree) for tree in nodes if len(tree) > 1]

    def _compiled(self, nodes: Nodes) -> Tree:
        if nodes["depth"].max() > DEEPEST:
            raise GateError(f"a tree has {nodes['depth'].max()} levels, more than {DEEPEST}")
        splits = _splits(nodes, 0)
        subtrees = list(_subtrees(nodes, 0, []))
        places = np.zeros((len(subtrees), len(splits)), dtype=np.float32)
        for row, subtree in enumerate(subtrees):
            columns = [splits.index(split) for split in subtree.splits]
            places[row, columns] = 2.0 ** np.arange(len(columns))
        features, missing_left = nodes["feature_idx"][splits], nodes["missing_go_to_left"][splits]
        cuts = [
            np.searchsorted(self.thresholds[feature], threshold)
            for feature, threshold in zip(features, nodes["num_threshold"][splits], strict=True)
        ]
        return Tree(
            features + missing_left * len(self.thresholds),
            np.array(cuts, dtype=np.uint8)[:, None],
            places,
            subtrees,
        )

    def contributions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return contributions to the raw log-odds, in the shape of `values` (rows × features)."""
        coded = self.coded(values)
        phi = np.zeros(values.shape[::-1])
        part = np.empty(len(values))
        for tree in self.trees:
            goes_left = (coded[tree.codes] <= tree.cuts).astype(np.float32)
            patterns = (tree.places @ goes_left).astype(np.intp)
            for subtree, pattern in zip(tree.subtrees, patterns, strict=True):
                for feature, by_pattern in zip(subtree.features, subtree.table, strict=True):
                    # "clip" skips the check of the bounds, and with it a copy of `part`.
                    np.take(by_pattern, pattern, out=part, mode="clip")
                    phi[feature] += part
        return phi.T

    def coded(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return how many thresholds lie below each value, 2 × features rows × rows of `values`.

        A gap lies above all thresholds in the first half and below all in the second, for splits
        that send gaps right or left. A feature has at most 255 bins, so a byte holds the count.
        """
        count = len(self.thresholds)
        codes = np.empty((2 * count, len(values)), dtype=np.uint8)
        for feature, thresholds in enumerate(self.thresholds):
            column = values[:, feature]
            codes[feature] = np.searchsorted(thresholds, column)
            codes[feature + count] = np.where(np.isnan(column), 0, codes[feature])
        return codes


def _splits(nodes: Nodes, node: int) -> list[int]:
    """Return the splits at and below a node."""
    if nodes["is_leaf"][node]:
        return []
    return [node, *_splits(nodes, nodes["left"][node]), *_splits(nodes, nodes["right"][node])]


def _leaves(nodes: Nodes, node: int, path: Path) -> Iterator[tuple[int, Path]]:
    """Yield the leaves at and below a node, each with the path to it."""
    if nodes["is_leaf"][node]:
        yield node, path
        return
    yield from _leaves(nodes, nodes["left"][node], [*path, (node, True)])
    yield from _leaves(nodes, nodes["right"][node], [*path, (node, False)])


def _subtrees(nodes: Nodes, node: int, path: Path) -> Iterator[Subtree]:
    """Yield the largest subtrees whose patterns fit `SUBTREE_BITS`."""
    splits = [split for split, _ in path] + _splits(nodes, node)
    if len(splits) <= SUBTREE_BITS or nodes["is_leaf"][node]:
        yield _subtree(nodes, splits, list(_leaves(nodes, node, path)))
        return
    yield from _subtrees(nodes, nodes["left"][node], [*path, (node, True)])
    yield from _subtrees(nodes, nodes["right"][node], [*path, (node, False)])


def _subtree(nodes: Nodes, splits: list[int], leaves: list[tuple[int, Path]]) -> Subtree:
    features = list(dict.fromkeys(nodes["feature_idx"][splits].tolist()))
    bits = _bits(len(splits))
    table = np.zeros((len(features), bits.shape[1]))
    for leaf, path in leaves:
        asked, phi = _leaf(nodes, leaf, path)
        of_path = bits[[splits.index(split) for split, _ in path]]
        of_leaf = (of_path << np.arange(len(path))[:, None]).sum(axis=0)
        table[[features.index(feature) for feature in asked]] += phi[:, of_leaf]
    return Subtree(splits, features, table)


def _leaf(nodes: Nodes, leaf: int, path: Path) -> tuple[list[int], NDArray[np.float64]]:
    """Return a leaf's features and their contributions, features × patterns of its own path."""
    asked = nodes["feature_idx"][[split for split, _ in path]].tolist()
    features = list(dict.fromkeys(asked))
    bits = _bits(len(path))
    follows = np.ones((len(features), bits.shape[1]), dtype=bool)
    share = np.ones((len(features), 1))
    below = [*[split for split, _ in path[1:]], leaf]
    for bit, (split, left), child, feature in zip(bits, path, below, asked, strict=True):
        row = features.index(feature)
        follows[row] &= bit == left
        share[row] *= nodes["count"][child] / nodes["count"][split]
    points, weights = _quadrature(len(features))
    factors = share[:, :, None] * (1 - points) + follows[:, :, None] * points
    others = factors.prod(axis=0) / factors  # never 0: a child has training rows
    return features, nodes["value"][leaf] * (follows - share) * (others @ weights)


@lru_cache(maxsize=DEEPEST + 1)
def _bits(count: int) -> NDArray[np.intp]:
    """Return all patterns of so many bits, bits × patterns."""
    return (np.arange(2**count)[None, :] >> np.arange(count)[:, None]) & 1


@lru_cache(maxsize=DEEPEST + 1)
def _quadrature(degree: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points and weights on [0, 1], exact for polynomials below a degree."""
    points, weights = np.polynomial.legendre.leggauss((degree + 1) // 2)
    return (points + 1) / 2, weights / 2
