"""Deals schemes and groups out over a population."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

from sample_data.harm import Share
from sample_data.plan import NONE


class Planting:
    """Who got what, in which group; nobody gets two things from the same planting.

    Attributes:
        code: What each member got, 0 for nothing.
        group: Number of its group, `NONE` without one.
    """

    def __init__(self, free: np.ndarray, rng: np.random.Generator, first_group: int = 0) -> None:
        self.code = np.zeros(len(free), dtype=np.int8)
        self.group = np.full(len(free), NONE, dtype=np.int64)
        self.next_group = first_group
        self._rng = rng
        self._pool = rng.permutation(np.flatnonzero(free))
        self._population = len(free)

    def deal(self, shares: Mapping[IntEnum, Share]) -> None:
        """Give every code to about its share of the population, in groups of its sizes."""
        for code, share in shares.items():
            wanted = max(share.smallest, round(share.share * self._population))
            while wanted >= share.smallest and len(self._pool) >= share.smallest:
                size = int(self._rng.integers(share.smallest, share.largest + 1))
                wanted -= self._give(int(code), min(size, wanted))

    def _give(self, code: int, size: int) -> int:
        members, self._pool = self._pool[:size], self._pool[size:]
        self.code[members] = code
        self.group[members] = self.next_group
        self.next_group += 1
        return size
