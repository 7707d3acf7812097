"""Orders beyond the ordinary: waves of fake orders, bust-outs, and honest peaks."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from sample_data.contents import Showcase
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, LookAlike, Scheme
from sample_data.merchants import Merchants
from sample_data.plan import DAY, DAYS, NONE, Plan, mix
from sample_data.products import Products
from sample_data.shocks import Shocks


class Kind(IntEnum):
    """Where an order line comes from."""

    ORGANIC = 0
    SHOWN = 1
    BRUSHING = 2
    BUST_OUT = 3
    PEAK = 4
    VOUCHER = 5
    OWN_SHOWCASE = 6
    BOUGHT_REVIEW = 7


@dataclass
class Bursts:
    """Windows of additional order lines, sorted by merchant.

    Attributes:
        lines: Order lines expected in the window.
        show: Row of the showcase that they come through, `NONE` without.
        pool: Key of a closed circle of buyers, `NONE` for the public.
        pool_size: Buyers in it.
    """

    merchant: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    lines: np.ndarray
    kind: np.ndarray
    product: np.ndarray
    show: np.ndarray
    pool: np.ndarray
    pool_size: np.ndarray

    def rows(self, first: int, last: int) -> slice:
        """Rows of the merchants from `first` up to but not `last`."""
        low, high = np.searchsorted(self.merchant, [first, last])
        return slice(int(low), int(high))


class _Collected:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.parts: list[Bursts] = []

    def add(
        self,
        kind: Kind,
        merchant: np.ndarray,
        start: np.ndarray,
        days: np.ndarray,
        lines: np.ndarray,
        *,
        product: np.ndarray | None = None,
        show: np.ndarray | None = None,
        pool: np.ndarray | None = None,
        pool_size: np.ndarray | None = None,
    ) -> None:
        count = len(merchant)
        nothing = np.full(count, NONE)
        self.parts.append(
            Bursts(
                merchant=merchant,
                start=start.astype(np.int64),
                stop=np.minimum(start + days * DAY, self.plan.stop).astype(np.int64),
                lines=lines,
                kind=np.full(count, int(kind)),
                product=nothing if product is None else product,
                show=nothing if show is None else show,
                pool=nothing if pool is None else pool,
                pool_size=np.ones(count) if pool_size is None else pool_size,
            )
        )

    def sorted(self) -> Bursts:
        columns = {
            f.name: np.concatenate([getattr(part, f.name) for part in self.parts])
            for f in fields(Bursts)
        }
        keep = (columns["start"] < columns["stop"]) & (columns["lines"] > 0)
        order = np.flatnonzero(keep)[np.argsort(columns["merchant"][keep], kind="stable")]
        return Bursts(**{name: column[order] for name, column in columns.items()})


def pool_member(pool: np.ndarray, member: np.ndarray, buyers: int) -> np.ndarray:
    """Buyer that is the n-th member of a closed circle; most buy elsewhere, too."""
    return (mix(pool, member, 43) % np.uint64(buyers)).astype(np.int64)


def make_bursts(
    plan: Plan, m: Merchants, p: Products, c: Creators, shocks: Shocks, showcase: Showcase
) -> Bursts:
    """All windows of additional orders."""
    rng, found = plan.rng("bursts"), _Collected(plan)
    _brushing(plan, rng, m, p, found)
    _bought_reviews(plan, rng, m, found)
    _bust_outs(rng, m, found)
    _vouchers(plan, rng, m, found)
    _honest_peaks(plan, rng, m, found)
    _shock_peaks(plan, m, shocks, found)
    _own_showcases(rng, p, c, showcase, plan, found)
    return found.sorted()


def _circles(m: Merchants, who: np.ndarray) -> np.ndarray:
    """Key of the circle of buyers: one for each truth group."""
    return m.group[who] + 1_000_003


def _brushing(
    plan: Plan, rng: np.random.Generator, m: Merchants, p: Products, found: _Collected
) -> None:
    """Waves of a few days, on the shop's first two products."""
    shops = np.flatnonzero(m.has(Scheme.BRUSHING))
    who = np.repeat(shops, rng.integers(2, 8, len(shops)))
    begin = np.maximum(m.since[who], plan.start)
    start = rng.uniform(begin, plan.stop - 3 * DAY)
    lines = np.maximum(8, m.volume[who] * rng.uniform(0.04, 0.2, len(who))) * m.intensity[who]
    product = np.minimum(p.first[who] + rng.integers(0, 2, len(who)), p.first[who + 1] - 1)
    product = np.where(rng.random(len(who)) < 0.35, NONE, product)
    found.add(
        Kind.BRUSHING,
        who,
        start,
        rng.uniform(1.5, 9, len(who)),
        lines,
        product=product,
        pool=_circles(m, who),
        pool_size=np.maximum(6, m.volume[who] * 0.09),
    )


def _bought_reviews(plan: Plan, rng: np.random.Generator, m: Merchants, found: _Collected) -> None:
    shops = np.flatnonzero(m.has(Scheme.REVIEW_MANIPULATION))
    who = np.repeat(shops, rng.integers(1, 4, len(shops)))
    begin = np.maximum(m.since[who], plan.start)
    start = rng.uniform(begin, plan.stop - 5 * DAY)
    lines = np.maximum(6, 0.1 * m.volume[who]) * rng.uniform(0.4, 1.2, len(who))
    found.add(
        Kind.BOUGHT_REVIEW,
        who,
        start,
        rng.uniform(8, 40, len(who)),
        lines,
        pool=_circles(m, who),
        pool_size=np.maximum(10, lines * 1.5),
    )


def _bust_outs(rng: np.random.Generator, m: Merchants, found: _Collected) -> None:
    who = np.flatnonzero(m.has(Scheme.BUST_OUT))
    lines = rng.uniform(40, 260, len(who))
    found.add(Kind.BUST_OUT, who, m.since[who], rng.uniform(6, 24, len(who)), lines)


def _vouchers(plan: Plan, rng: np.random.Generator, m: Merchants, found: _Collected) -> None:
    shops = np.flatnonzero(m.has(Scheme.VOUCHER_ABUSE))
    who = np.repeat(shops, rng.integers(2, 6, len(shops)))
    start = rng.uniform(np.maximum(m.since[who], plan.start), plan.stop - 3 * DAY)
    found.add(
        Kind.VOUCHER,
        who,
        start,
        rng.uniform(1, 6, len(who)),
        np.maximum(10, 0.12 * m.volume[who]),
        pool=_circles(m, who),
        pool_size=np.full(len(who), 14),
    )


def _honest_peaks(plan: Plan, rng: np.random.Generator, m: Merchants, found: _Collected) -> None:
    peaks = np.flatnonzero(m.looks(LookAlike.SEASONAL_BURST))
    first = np.maximum(m.registered[peaks] + DAY, plan.start)
    start = rng.uniform(first, np.maximum(first + 60, plan.stop - 12 * DAY))
    lines = np.maximum(m.volume[peaks], 40) * rng.uniform(0.4, 1.2, len(peaks))
    found.add(Kind.PEAK, peaks, start, rng.uniform(8, 28, len(peaks)), lines)
    shops = np.flatnonzero(m.looks(LookAlike.GENEROUS_PROMOTION))
    who = np.repeat(shops, 3)
    first = np.maximum(m.registered[who] + DAY, plan.start)
    start = rng.uniform(first, np.maximum(first + 60, plan.stop - 4 * DAY))
    lines = np.maximum(m.volume[who], 30) * rng.uniform(0.08, 0.3, len(who))
    found.add(Kind.PEAK, who, start, rng.uniform(2, 6, len(who)), lines)
    campaign = np.flatnonzero(m.looks(LookAlike.REVIEW_CAMPAIGN))
    first = np.maximum(m.registered[campaign] + DAY, plan.start)
    start = rng.uniform(first, np.maximum(first + 60, plan.stop - 20 * DAY))
    found.add(Kind.PEAK, campaign, start, np.full(len(campaign), 20), 0.15 * m.volume[campaign])


def _shock_peaks(plan: Plan, m: Merchants, shocks: Shocks, found: _Collected) -> None:
    everyone = np.arange(len(m))
    start, stop = shocks.window(everyone, "order_burst")
    hit = np.flatnonzero(start < stop)
    days = (stop - start)[hit] / DAY
    lines = (shocks.size[hit] - 1) * m.volume[hit] * days / DAYS
    found.add(Kind.PEAK, hit, start[hit], days, lines)
    for i, category in enumerate(shocks.categories):
        begin, end = shocks.category_start[i], shocks.category_stop[i]
        who = np.flatnonzero((m.category == category) & (m.registered < begin) & (m.closed > end))
        days = np.full(len(who), (end - begin) / DAY)
        lines = (shocks.category_size[i] - 1) * m.volume[who] * days / DAYS
        found.add(Kind.PEAK, who, np.full(len(who), begin), days, lines)


def _own_showcases(
    rng: np.random.Generator,
    p: Products,
    c: Creators,
    showcase: Showcase,
    plan: Plan,
    found: _Collected,
) -> None:
    """Orders that creators place themselves, through friends, on what they show."""
    shown = showcase.shown.astype(np.int64) + plan.start
    able = c.has(CreatorHarm.OWN_SHOWCASE)[showcase.creator]
    able &= shown >= c.since[showcase.creator]
    able &= shown < plan.stop - 2 * DAY
    rows = np.flatnonzero(able & (rng.random(len(able)) < 0.35))
    creator = showcase.creator[rows].astype(np.int64)
    found.add(
        Kind.OWN_SHOWCASE,
        p.merchant[showcase.product[rows]],
        shown[rows],
        rng.uniform(1, 6, len(rows)),
        rng.uniform(1, 9, len(rows)) * c.intensity[creator],
        product=showcase.product[rows].astype(np.int64),
        show=rows,
        pool=creator + 7_000_003,
        pool_size=np.full(len(rows), 9),
    )
