"""Sudden changes of behaviour with a known start, planted on shops that are large enough."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from sample_data.arrow import ids, named, times
from sample_data.catalogue import read_catalogue
from sample_data.harm import LookAlike
from sample_data.merchants import Merchants
from sample_data.plan import DAY, Plan

SHOCK_KINDS: Final = (
    "order_burst",
    "order_stop",
    "late_dispatch",
    "refund_wave",
    "rating_slump",
    "price_jump",
)
# The larger the shop, the sooner a few in a hundred show: the largest get what shows slowest.
BY_VOLUME: Final = (
    "rating_slump",
    "refund_wave",
    "order_stop",
    "late_dispatch",
    "price_jump",
    "order_burst",
)
SLOW: Final = ("refund_wave", "rating_slump")
SHARE: Final = 0.025
LEAST_VOLUME: Final = 500


@dataclass
class Shocks:
    """At most one shock a merchant, and a few of whole categories.

    Attributes:
        kind: For each merchant an index into `SHOCK_KINDS`, −1 without a shock.
        size: Factor of the orders or the price, or the share of lines hit.
    """

    kind: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    size: np.ndarray
    categories: np.ndarray
    category_start: np.ndarray
    category_stop: np.ndarray
    category_size: np.ndarray

    def window(self, merchant: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
        """Start and end of the shocks of a kind; an empty window where there is none."""
        hit = self.kind[merchant] == SHOCK_KINDS.index(kind)
        return np.where(hit, self.start[merchant], 0), np.where(hit, self.stop[merchant], 0)

    def hits(self, merchant: np.ndarray, moment: np.ndarray, kind: str) -> np.ndarray:
        """Whether a shock of the kind is on."""
        start, stop = self.window(merchant, kind)
        return (moment >= start) & (moment < stop)

    def size_of(self, merchant: np.ndarray) -> np.ndarray:
        """Size of each merchant's shock."""
        return self.size[merchant]

    def table(self) -> pa.Table:
        """The shocks, as they are written beside the truth."""
        hit = np.flatnonzero(self.kind >= 0)
        names = read_catalogue().categories
        entity = pa.concat_arrays([ids("m", hit), named(names, self.categories)])
        kinds = [SHOCK_KINDS[k] for k in self.kind[hit]] + ["order_burst"] * len(self.categories)
        return pa.table(
            {
                "entity_type": ["merchant"] * len(hit) + ["category"] * len(self.categories),
                "entity_id": entity,
                "kind": pa.array(kinds, pa.string()),
                "started_at": times(np.concatenate([self.start[hit], self.category_start])),
                "ended_at": times(np.concatenate([self.stop[hit], self.category_stop])),
                "size": np.concatenate([self.size[hit], self.category_size]),
            }
        )


def make_shocks(plan: Plan, m: Merchants) -> Shocks:
    """Plant the shocks on honest shops that sell through the whole history.

    Refunds and ratings come days after the orders that they are about, so these shocks last longer.
    """
    rng, count = plan.rng("shocks"), len(m)
    ordinary = (m.scheme == 0) & np.isin(m.look_alike, [0, LookAlike.SHARED_WAREHOUSE])
    steady = (m.registered < plan.start) & (m.closed >= plan.stop)
    able = np.flatnonzero(ordinary & steady & (m.volume >= LEAST_VOLUME))
    chosen = rng.permutation(able)[: round(SHARE * count)]
    chosen = chosen[np.argsort(-m.volume[chosen], kind="stable")]
    kind = np.full(count, -1)
    for name, part in zip(BY_VOLUME, np.array_split(chosen, len(BY_VOLUME)), strict=True):
        kind[part] = SHOCK_KINDS.index(name)
    start = (plan.start + rng.integers(75, 320, count) * DAY).astype(np.int64)
    is_slow = np.isin(kind, [SHOCK_KINDS.index(name) for name in SLOW])
    days = rng.integers(10, 25, count) + np.where(is_slow, 14, 0)
    size = np.array([5.0, 0.95, 0.8, 0.8, 0.75, 1.6])[kind] * rng.uniform(0.9, 1.25, count)
    return Shocks(
        kind=kind,
        start=start,
        stop=start + days * DAY,
        size=np.where(np.isin(kind, [1, 2, 3, 4]), np.minimum(size, 0.97), size),
        **_category_shocks(plan, rng),
    )


def _category_shocks(plan: Plan, rng: np.random.Generator) -> dict[str, np.ndarray]:
    categories = rng.permutation(len(read_catalogue().categories))[:3]
    start = plan.start + rng.integers(75, 330, 3) * DAY
    return {
        "categories": categories,
        "category_start": start,
        "category_stop": start + rng.integers(4, 8, 3) * DAY,
        "category_size": rng.uniform(2.5, 3.5, 3),
    }
