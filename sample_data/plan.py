"""How large a sample marketplace is, when it ends, and where its randomness comes from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zlib import crc32

import numpy as np

DAY: Final = 86_400
HOUR: Final = 3_600
DAYS: Final = 365
MONTHS: Final = 13
NEVER: Final = np.iinfo(np.int64).max // 4
NONE: Final = -1

DEFAULT_END: Final = datetime(2026, 11, 1)

PRODUCTS_PER_MERCHANT: Final = 25_000 / 3_000
CREATORS_PER_MERCHANT: Final = 2_000 / 3_000
LINES_PER_MERCHANT: Final = 250_000 / 3_000


@dataclass(frozen=True)
class Plan:
    """What a run makes: the same plan gives the same files, byte by byte.

    Attributes:
        merchants: Number of merchants; everything else grows with it.
        seed: Seed of all randomness.
        end: Last moment of the marketplace, naive UTC; its history is the 365 days before.
        with_decisions: Whether to write the table of past decisions.
        chunk_lines: Order lines held in memory at once, about.
    """

    merchants: int = 3_000
    seed: int = 0
    end: datetime = DEFAULT_END
    with_decisions: bool = True
    chunk_lines: int = 500_000

    @property
    def stop(self) -> int:
        """End in seconds since 1970."""
        return int(self.end.replace(tzinfo=UTC).timestamp())

    @property
    def start(self) -> int:
        """Start of the history in seconds since 1970."""
        return self.stop - DAYS * DAY

    @property
    def creators(self) -> int:
        """Number of creators."""
        return max(2, round(self.merchants * CREATORS_PER_MERCHANT))

    @property
    def lines(self) -> float:
        """Order lines expected."""
        return self.merchants * LINES_PER_MERCHANT

    @property
    def buyers(self) -> int:
        """Size of the population of buyers."""
        return max(200, round(self.lines * 0.32))

    def rng(self, stage: str, part: int = 0) -> np.random.Generator:
        """Randomness of one part of one stage, independent of all the others."""
        return np.random.default_rng([self.seed, crc32(stage.encode()), part])


def mix(*keys: np.ndarray | int) -> np.ndarray:
    """Hash integers into 64 well-mixed bits (splitmix64), element by element."""
    state: np.ndarray = np.array(0x9E3779B97F4A7C15, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            state = (np.asarray(key).astype(np.uint64) ^ state) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.atleast_1d(state)


def pick(count: int, *keys: np.ndarray | int) -> np.ndarray:
    """Choose one of `count` for each key, always the same for the same key."""
    return (mix(*keys) % np.uint64(count)).astype(np.int64)


def uniform(*keys: np.ndarray | int) -> np.ndarray:
    """A number in [0, 1) for each key, always the same for the same key."""
    return (mix(*keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    return 1.0 / (1.0 + np.exp(-x))


def ranges(counts: np.ndarray) -> np.ndarray:
    """0…n−1 for each count n, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)
