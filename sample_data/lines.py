"""Who orders what from whom when: the order lines of some merchants, before anything is shipped."""

from dataclasses import dataclass, fields

import numpy as np

from sample_data.bursts import Bursts, Kind, pool_member
from sample_data.catalogue import Clock
from sample_data.contents import Showcase
from sample_data.merchants import Merchants
from sample_data.plan import DAY, HOUR, NONE, Plan, mix
from sample_data.products import Products
from sample_data.shocks import Shocks

SECOND_LINE = 0.1


@dataclass
class Lines:
    """Order lines, sorted by merchant, time and order.

    Attributes:
        show: Row of the showcase that sold it, `NONE` without.
        order: Number of the order.
        line_no: Number of the line within it, from 1.
    """

    merchant: np.ndarray
    product: np.ndarray
    show: np.ndarray
    kind: np.ndarray
    placed: np.ndarray
    buyer: np.ndarray
    order: np.ndarray
    line_no: np.ndarray

    def __len__(self) -> int:
        return len(self.merchant)


@dataclass(frozen=True)
class Market:
    """Everything that order lines are drawn from."""

    plan: Plan
    merchants: Merchants
    products: Products
    showcase: Showcase
    shocks: Shocks
    bursts: Bursts
    clock: Clock


def expected_lines(market: Market) -> np.ndarray:
    """Order lines expected of each merchant."""
    m = market.merchants
    share = _active_share(market, np.arange(len(m)))
    total = m.volume * share
    shown = np.bincount(
        market.products.merchant[market.showcase.product], market.showcase.expected, len(m)
    )
    bursts = np.bincount(market.bursts.merchant, market.bursts.lines, len(m))
    return total + shown + bursts


def _active_share(market: Market, who: np.ndarray) -> np.ndarray:
    m, plan = market.merchants, market.plan
    first = np.maximum(m.registered[who] + HOUR, plan.start)
    last = np.minimum(m.closed[who], plan.stop)
    clock, category = market.clock, m.category[who]
    return np.maximum(clock.share(category, last) - clock.share(category, first), 0)


def draw_lines(
    market: Market, rng: np.random.Generator, first: int, last: int, first_order: int
) -> Lines:
    """The lines of the merchants from `first` up to but not `last`."""
    parts = [
        _organic(market, rng, first, last),
        _shown(market, rng, first, last),
        _burst(market, rng, first, last),
    ]
    lines = Lines(
        **{f.name: np.concatenate([getattr(x, f.name) for x in parts]) for f in fields(Lines)}
    )
    _choose_products(market, rng, lines)
    return _number(market.plan, lines, first_order)


def _organic(market: Market, rng: np.random.Generator, first: int, last: int) -> Lines:
    m, plan = market.merchants, market.plan
    who = np.arange(first, last)
    counts = rng.poisson(m.volume[who] * _active_share(market, who))
    merchant = np.repeat(who, counts)
    opens = np.maximum(m.registered[merchant] + HOUR, plan.start)
    closes = np.minimum(m.closed[merchant], plan.stop)
    u = rng.random(len(merchant))
    placed = market.clock.between(m.category[merchant], opens, closes, u)
    placed = np.clip(placed, opens, np.maximum(opens, closes - 1))
    stopped = market.shocks.hits(merchant, placed, "order_stop")
    keep = ~(stopped & (rng.random(len(merchant)) < market.shocks.size_of(merchant)))
    keep &= m.sells(merchant, placed)
    merchant, placed = merchant[keep], placed[keep]
    lines = _lines(merchant, placed, Kind.ORGANIC, _public(market, rng, merchant))
    _add_second_lines(rng, lines)
    return lines


def _lines(merchant: np.ndarray, placed: np.ndarray, kind: int, buyer: np.ndarray) -> Lines:
    count = len(merchant)
    return Lines(
        merchant=merchant,
        product=np.full(count, NONE),
        show=np.full(count, NONE),
        kind=np.full(count, int(kind)),
        placed=placed,
        buyer=buyer,
        order=np.ones(count, dtype=np.int64),
        line_no=np.ones(count, dtype=np.int64),
    )


def _public(market: Market, rng: np.random.Generator, merchant: np.ndarray) -> np.ndarray:
    """Buyers at large, some much busier than others, and each shop's regulars."""
    m, buyers = market.merchants, market.plan.buyers
    count = len(merchant)
    anyone = mix((rng.random(count) ** 1.5 * buyers).astype(np.int64), 41)
    circle = 3 + 0.15 * m.volume[merchant]
    regular = mix(merchant, (rng.random(count) ** 2 * circle).astype(np.int64), 42)
    loyal = rng.random(count) < m.loyalty[merchant]
    return (np.where(loyal, regular, anyone) % np.uint64(buyers)).astype(np.int64)


def _add_second_lines(rng: np.random.Generator, lines: Lines) -> None:
    """A tenth of the lines belongs to the order of the line before."""
    count = len(lines)
    if not count:
        return
    follows = rng.random(count) < SECOND_LINE
    follows[0] = False
    follows[1:] &= lines.merchant[1:] == lines.merchant[:-1]
    leader = np.maximum.accumulate(np.where(follows, 0, np.arange(count)))
    lines.placed[:] = lines.placed[leader]
    lines.buyer[:] = lines.buyer[leader]
    lines.line_no[:] = np.arange(count) - leader + 1


def _shown(market: Market, rng: np.random.Generator, first: int, last: int) -> Lines:
    """Orders follow a show within hours or days."""
    p, show, plan = market.products, market.showcase, market.plan
    span = show.rows(int(p.first[first]), int(p.first[last]))
    counts = rng.poisson(show.expected[span])
    row = np.repeat(np.arange(span.start, span.stop), counts)
    product = show.product[row].astype(np.int64)
    merchant = p.merchant[product]
    delay = rng.exponential(1.4 * DAY, len(row)) * rng.random(len(row))
    placed = show.shown[row].astype(np.int64) + plan.start + 30 + delay.astype(np.int64)
    lines = _lines(merchant, placed, Kind.SHOWN, _public(market, rng, merchant))
    lines.product[:], lines.show[:] = product, row
    return _within(market, lines)


def _within(market: Market, lines: Lines) -> Lines:
    """Only lines placed while the shop sells and before the end."""
    keep = lines.placed < market.plan.stop
    keep &= market.merchants.sells(lines.merchant, lines.placed)
    return Lines(**{f.name: getattr(lines, f.name)[keep] for f in fields(Lines)})


def _burst(market: Market, rng: np.random.Generator, first: int, last: int) -> Lines:
    b = market.bursts
    span = b.rows(first, last)
    counts = rng.poisson(b.lines[span])
    row = np.repeat(np.arange(span.start, span.stop), counts)
    merchant = b.merchant[row]
    category = market.merchants.category[merchant]
    placed = market.clock.between(category, b.start[row], b.stop[row], rng.random(len(row)))
    placed = np.clip(placed, b.start[row] + 30, np.maximum(b.start[row] + 30, b.stop[row] - 1))
    member = (rng.random(len(row)) * b.pool_size[row]).astype(np.int64)
    friend = pool_member(b.pool[row], member, market.plan.buyers)
    public = _public(market, rng, merchant)
    lines = _lines(merchant, placed, 0, np.where(b.pool[row] == NONE, public, friend))
    lines.kind[:], lines.product[:], lines.show[:] = b.kind[row], b.product[row], b.show[row]
    return _within(market, lines)


def _choose_products(market: Market, rng: np.random.Generator, lines: Lines) -> None:
    """By popularity among what the shop had listed by then."""
    p = market.products
    low = p.first[lines.merchant]
    listed = _listed_by(market, lines.merchant, lines.placed)
    too_early = (lines.product >= low + listed) & (lines.product != NONE)
    wanted = (lines.product == NONE) | too_early
    bottom, top = p.weight[low], p.weight[low + np.maximum(listed, 1)]
    place = np.searchsorted(p.weight, bottom + rng.random(len(lines)) * (top - bottom), "right") - 1
    place = np.clip(place, low, low + np.maximum(listed, 1) - 1)
    lines.product[wanted] = place[wanted]
    gone = lines.placed >= p.delisted[lines.product]
    lines.product[gone] = low[gone]


def _listed_by(market: Market, merchant: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """How many products each shop had listed by its moment."""
    p = market.products
    if not len(merchant):
        return np.zeros(0, dtype=np.int64)
    low, high = int(p.first[merchant.min()]), int(p.first[merchant.max() + 1])
    span = 1 << 33  # seconds, well beyond any date
    keys = p.merchant[low:high] * span + p.listed[low:high]
    place = np.searchsorted(keys, merchant * span + moment, side="right") + low
    return place - p.first[merchant]


def _number(plan: Plan, lines: Lines, first_order: int) -> Lines:
    """Sort, and number the orders in that order."""
    # A unique number for each order before sorting keeps its lines together.
    lines.order[:] = np.cumsum(lines.line_no == 1)
    by = np.lexsort((lines.line_no, lines.order, lines.placed, lines.merchant))
    done = Lines(**{f.name: getattr(lines, f.name)[by] for f in fields(Lines)})
    done.order[:] = first_order + np.cumsum(done.line_no == 1) - 1
    return done
