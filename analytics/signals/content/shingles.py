"""Texts as sets of hashed character n-grams, and MinHash signatures of such sets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from analytics.signals.content.plain_text import MAX_CHARS, plain_letters

Hashes = NDArray[np.uint64]

_SIGNS = re.compile(r"[\W_]+")
_BASE = np.uint64(0x100000001B3)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PAIRS = 50_000
_CHUNK = 4_000_000  # hashes taken through one permutation at a time


@dataclass(frozen=True)
class ShingleSets:
    """Sets of hashes, one after the other: set k is `hashes[starts[k]:starts[k + 1]]`, sorted."""

    hashes: Hashes
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of distinct n-grams of each text; 0 for a text without letters or digits."""
        return np.diff(self.starts)

    def take(self, rows: NDArray[np.int64]) -> "ShingleSets":
        """Return some of the sets."""
        pieces = [self.hashes[self.starts[row] : self.starts[row + 1]] for row in rows]
        starts = np.concatenate([[0], np.cumsum(self.sizes[rows])]).astype(np.int64)
        return ShingleSets(np.concatenate([np.empty(0, np.uint64), *pieces]), starts)


def letters_only(text: object) -> str:
    """Return a text's plain letters and digits, without what stands between them.

    Spaces and signs are what a copy changes first, and a change there is no other product.
    """
    return _SIGNS.sub("", plain_letters(text[:MAX_CHARS])) if isinstance(text, str) else ""


def shingle_sets(texts: Sequence[object], length: int) -> ShingleSets:
    """Hash every run of `length` letters; a shorter text counts as one run."""
    sets = [_hashed(letters_only(text), length) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(each) for each in sets])]).astype(np.int64)
    return ShingleSets(np.concatenate(sets) if sets else np.empty(0, np.uint64), starts)


def signatures(sets: ShingleSets, permutations: int, seed: int) -> NDArray[np.uint32]:
    """Return MinHash signatures, sets × permutations; an empty set has only zeros.

    Two sets agree at a position with the probability of their Jaccard similarity (Broder 1997).
    """
    generator = np.random.default_rng(seed)
    factors = generator.integers(0, 2**63, permutations, dtype=np.uint64) * 2 + 1
    shifts = generator.integers(0, 2**63, permutations, dtype=np.uint64)
    made = np.zeros((len(sets), permutations), dtype=np.uint32)
    full = np.flatnonzero(sets.sizes)
    for rows in _chunks(full, sets.sizes):
        first, last = sets.starts[rows[0]], sets.starts[rows[-1] + 1]
        hashes = sets.hashes[first:last]
        for k in range(permutations):
            permuted = ((hashes * factors[k] + shifts[k]) >> np.uint64(32)).astype(np.uint32)
            made[rows, k] = np.minimum.reduceat(permuted, sets.starts[rows] - first)
    return made


def likely(
    marks: NDArray[np.uint32], left: NDArray[np.int64], right: NDArray[np.int64], least: float
) -> NDArray[np.bool_]:
    """Tell which pairs of rows of signatures may have a Jaccard similarity of `least` or more.

    The share of positions that agree estimates it; who is ruled out lies five standard errors
    below, which happens to fewer than one in a million that should not be.
    """
    places = marks.shape[1]
    slack = 5 * np.sqrt(max(least * (1 - least), 1 / places) / places)
    found = np.empty(len(left), dtype=bool)
    for at in range(0, len(left), _PAIRS):
        part = slice(at, at + _PAIRS)
        agreeing = (marks[left[part]] == marks[right[part]]).mean(axis=1)
        found[part] = agreeing >= least - slack
    return found


def jaccard(
    sets: ShingleSets, left: NDArray[np.int64], right: NDArray[np.int64], chunk: int = _PAIRS
) -> NDArray[np.float64]:
    """Return the exact Jaccard similarity of pairs of sets."""
    used, place = np.unique(np.concatenate([left, right]), return_inverse=True)
    sets = sets.take(used)
    left, right = np.split(place.astype(np.int64), 2)
    _, codes = np.unique(sets.hashes, return_inverse=True)
    table = sp.csr_matrix(
        (np.ones(len(codes), np.int32), codes, sets.starts),
        shape=(len(sets), int(codes.max(initial=-1)) + 1),
    )
    shared = np.empty(len(left), dtype=np.float64)
    for at in range(0, len(left), chunk):
        part = slice(at, at + chunk)
        product = table[left[part]].multiply(table[right[part]])
        shared[part] = np.asarray(product.sum(axis=1)).ravel()
    return shared / np.maximum(sets.sizes[left] + sets.sizes[right] - shared, 1)


def _hashed(letters: str, length: int) -> Hashes:
    if not letters:
        return np.empty(0, np.uint64)
    codes = np.frombuffer(letters.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    count = max(len(codes) - length + 1, 1)
    rolled = np.zeros(count, dtype=np.uint64)
    for k in range(min(length, len(codes))):
        rolled = rolled * _BASE + codes[k : k + count]
    mixed = rolled * _MIX
    mixed ^= mixed >> np.uint64(29)
    mixed.sort()  # np.unique would hash: six times as slow on so few
    return mixed[np.concatenate([[True], mixed[1:] != mixed[:-1]])]


def _chunks(rows: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    if not len(rows):
        return []
    part = np.cumsum(sizes[rows]) // _CHUNK
    return np.split(rows, np.flatnonzero(np.diff(part)) + 1)
