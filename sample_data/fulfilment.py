"""What becomes of order lines: dispatch, delivery, cancellation, refund, rating."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from sample_data.bursts import Kind
from sample_data.harm import LookAlike, ProductHarm, Scheme
from sample_data.lines import Lines, Market
from sample_data.plan import DAY, HOUR, MONTHS, NONE, sigmoid

CANCELLED_BY: Final = ("seller", "buyer", "platform")
SELLER, BUYER, PLATFORM = range(3)
REASONS: Final = (
    "cancelled",
    "changed_mind",
    "damaged",
    "defective",
    "wrong_item",
    "not_as_described",
    "not_received",
    "empty_parcel",
    "counterfeit",
    "arrived_late",
    "missing_parts",
    "other",
)
(
    CANCELLED,
    CHANGED,
    DAMAGED,
    DEFECTIVE,
    WRONG,
    NOT_DESCRIBED,
    MISSING,
    EMPTY,
    FAKE,
    LATE,
    PARTS,
    OTHER,
) = range(12)


@dataclass
class Fate:
    """What became of each line; `NONE` where something never happened or is not yet known.

    Attributes:
        trouble: How bad the buyer takes it, added to the log-odds of a bad rating.
        active: Whether the merchant's scheme touched the line.
        lost: Whether the buyer got nothing of worth, whatever tracking says.
    """

    ship_by: np.ndarray
    shipped: np.ndarray
    deliver_by: np.ndarray
    delivered: np.ndarray
    cancelled: np.ndarray
    cancelled_by: np.ndarray
    refunded: np.ndarray
    refund_share: np.ndarray
    reason: np.ndarray
    trouble: np.ndarray
    active: np.ndarray
    lost: np.ndarray


@dataclass(frozen=True)
class _Context:
    lines: Lines
    badness: np.ndarray
    item: np.ndarray
    active: np.ndarray

    def of(self, market: Market, *schemes: Scheme) -> np.ndarray:
        """Lines that a scheme touches."""
        return self.active & market.merchants.has(*schemes)[self.lines.merchant]


def fulfil(market: Market, rng: np.random.Generator, lines: Lines) -> Fate:
    """Play every line to the end of the history."""
    count = len(lines)
    context = _context(market, rng, lines)
    fate = _dispatch(market, rng, context)
    _cancel(market, rng, context, fate)
    _bust(market, rng, context, fate)
    _ban(market, context, fate)
    _refund(market, rng, context, fate)
    fate.trouble += _trouble(market, rng, context, fate)
    _forget_future(market.plan.stop, fate)
    assert len(fate.shipped) == count
    return fate


def _context(market: Market, rng: np.random.Generator, lines: Lines) -> _Context:
    m, p, plan = market.merchants, market.products, market.plan
    month = np.clip((lines.placed - plan.start) // (30 * DAY), 0, MONTHS - 1)
    active = lines.placed >= m.since[lines.merchant]
    return _Context(
        lines=lines,
        badness=m.quality[lines.merchant, month].astype(float),
        item=p.badness[lines.product],
        active=active & (rng.random(len(lines)) < m.intensity[lines.merchant]),
    )


def _dispatch(market: Market, rng: np.random.Generator, context: _Context) -> Fate:
    m, lines = market.merchants, context.lines
    count, who = len(lines), lines.merchant
    promise = m.handling_days[who] * DAY
    slowness = -0.9 + 0.24 * context.badness
    slowness += 1.1 * context.of(market, Scheme.LATE_DISPATCH)
    slowness += 0.4 * m.looks(LookAlike.HONEST_LATE)[who]
    slowness += 1.25 * _shocked(market, rng, lines, "late_dispatch")
    handling = promise * np.exp(slowness + rng.normal(0, 0.5, count))
    transit = DAY * np.exp(rng.normal(1.2, 0.42, count))
    quick = context.of(market, Scheme.EMPTY_PARCEL)
    quick |= np.isin(lines.kind, [Kind.BRUSHING]) & (rng.random(count) < 0.6)
    handling = np.where(quick, rng.uniform(1, 9, count) * HOUR, handling)
    transit = np.where(quick, rng.uniform(0.5, 1.9, count) * DAY, transit)
    shipped = lines.placed + np.maximum(handling, 900).astype(np.int64)
    lost = rng.random(count) < sigmoid(-5.2 + 0.5 * context.badness)
    ship_by = lines.placed + promise
    return Fate(
        ship_by=ship_by,
        shipped=shipped,
        deliver_by=ship_by + (6 + who % 4) * DAY,
        delivered=np.where(lost, NONE, shipped + transit.astype(np.int64)),
        cancelled=np.full(count, NONE),
        cancelled_by=np.full(count, NONE),
        refunded=np.full(count, NONE),
        refund_share=np.ones(count),
        reason=np.full(count, NONE),
        trouble=np.zeros(count),
        active=context.active,
        lost=lost | (context.of(market, Scheme.EMPTY_PARCEL) & (rng.random(count) < 0.75)),
    )


def _shocked(market: Market, rng: np.random.Generator, lines: Lines, kind: str) -> np.ndarray:
    hit = market.shocks.hits(lines.merchant, lines.placed, kind)
    return hit & (rng.random(len(lines)) < market.shocks.size_of(lines.merchant))


def _cancel(market: Market, rng: np.random.Generator, context: _Context, fate: Fate) -> None:
    lines, count = context.lines, len(context.lines)
    diverted = context.of(market, Scheme.DIVERSION)
    by_seller = rng.random(count) < sigmoid(-4.8 + 0.75 * context.badness) + 0.1 * diverted
    by_buyer = rng.random(count) < 0.02 + 0.1 * diverted + 0.06 * (lines.kind == Kind.VOUCHER)
    side = np.where(by_seller, SELLER, np.where(by_buyer, BUYER, NONE))
    side[(side == NONE) & (rng.random(count) < 0.0015)] = PLATFORM
    side[np.isin(lines.kind, [Kind.BRUSHING, Kind.BOUGHT_REVIEW])] = NONE
    handling = fate.shipped - lines.placed
    wait = np.minimum(handling * rng.uniform(0.05, 0.95, count), 6 * DAY)
    _strike(fate, side != NONE, lines.placed + wait.astype(np.int64), side)


def _strike(fate: Fate, rows: np.ndarray, at: np.ndarray, side: np.ndarray) -> None:
    """Cancel lines: nothing is shipped, the money goes back within hours."""
    fate.cancelled[rows] = at[rows]
    fate.cancelled_by[rows] = side[rows]
    fate.shipped[rows] = fate.delivered[rows] = NONE
    fate.refunded[rows] = at[rows] + 2 * HOUR
    fate.reason[rows] = CANCELLED
    fate.lost[rows] = False


def _bust(market: Market, rng: np.random.Generator, context: _Context, fate: Fate) -> None:
    """A bust-out does not deliver: most lines wait until the platform cancels them."""
    lines, count = context.lines, len(context.lines)
    open_line = context.of(market, Scheme.BUST_OUT) & (fate.cancelled == NONE)
    waits = open_line & (rng.random(count) < 0.8)
    at = lines.placed + (rng.uniform(12, 24, count) * DAY).astype(np.int64)
    _strike(fate, waits, at, np.full(count, PLATFORM))
    fate.lost[open_line & ~waits] = True


def _ban(market: Market, context: _Context, fate: Fate) -> None:
    """When a shop is banned, what it has not shipped is cancelled."""
    banned = market.merchants.has(Scheme.BANNED)[context.lines.merchant]
    moment = market.merchants.closed[context.lines.merchant]
    unshipped = banned & (fate.cancelled == NONE) & (fate.shipped > moment)
    _strike(fate, unshipped, moment + HOUR, np.full(len(moment), PLATFORM))


def _refund(market: Market, rng: np.random.Generator, context: _Context, fate: Fate) -> None:
    count, kind = len(context.lines), context.lines.kind
    chance = sigmoid(-3.7 + 0.6 * context.badness + 0.8 * context.item)
    chance += 0.22 * context.of(market, Scheme.FAULTY_RETURNS)
    chance += 0.5 * _shocked(market, rng, context.lines, "refund_wave")
    chance = np.where(fate.lost, 0.75, chance)
    chance = np.where(kind == Kind.VOUCHER, 0.5, chance)
    chance = np.where(kind == Kind.OWN_SHOWCASE, 0.4, chance)
    chance = np.where(np.isin(kind, [Kind.BRUSHING, Kind.BOUGHT_REVIEW]), 0.003, chance)
    hit = (fate.cancelled == NONE) & (rng.random(count) < chance)
    base = np.where(fate.delivered == NONE, fate.deliver_by, fate.delivered)
    wait = DAY * np.where(
        kind == Kind.OWN_SHOWCASE, rng.uniform(7, 16, count), rng.gamma(1.8, 3.2, count)
    )
    fate.refunded[hit] = (base + wait.astype(np.int64) + HOUR)[hit]
    fate.reason[hit] = _reasons(market, rng, context, fate)[hit]
    partial = hit & (rng.random(count) < 0.15)
    fate.refund_share[partial] = rng.uniform(0.2, 0.8, count)[partial]


def _reasons(market: Market, rng: np.random.Generator, context: _Context, fate: Fate) -> np.ndarray:
    count, kind = len(context.lines), context.lines.kind
    ordinary = rng.choice(
        [CHANGED, DAMAGED, DEFECTIVE, WRONG, NOT_DESCRIBED, LATE, PARTS, OTHER],
        count,
        p=[0.36, 0.13, 0.15, 0.07, 0.14, 0.07, 0.04, 0.04],
    )
    harm = market.products.harm[context.lines.product]
    u = rng.random(count)
    reason = ordinary
    reason = np.where((harm == ProductHarm.COUNTERFEIT) & (u < 0.45), FAKE, reason)
    reason = np.where((harm == ProductHarm.NOT_DESCRIBED) & (u < 0.6), NOT_DESCRIBED, reason)
    faulty = context.of(market, Scheme.FAULTY_RETURNS) & (u < 0.75)
    reason = np.where(faulty, np.where(u < 0.45, DEFECTIVE, WRONG), reason)
    empty = context.of(market, Scheme.EMPTY_PARCEL) & (u < 0.6)
    reason = np.where(fate.lost, np.where(empty, EMPTY, MISSING), reason)
    friends = np.isin(kind, [Kind.VOUCHER, Kind.OWN_SHOWCASE])
    return np.where(friends & (u < 0.85), CHANGED, reason)


def _trouble(market: Market, rng: np.random.Generator, context: _Context, fate: Fate) -> np.ndarray:
    """Log-odds of a bad rating."""
    late = (fate.delivered > fate.deliver_by) | (fate.delivered == NONE)
    faulty = (fate.reason > CHANGED) & ~np.isin(fate.reason, [LATE, OTHER])
    return (
        -2.75
        + 0.75 * context.badness
        + 0.75 * context.item
        + 1.3 * late
        + 2.2 * faulty
        + 3.2 * fate.lost
        + 4.0 * _shocked(market, rng, context.lines, "rating_slump")
    )


def _forget_future(stop: int, fate: Fate) -> None:
    """What happens after the end is not in the files."""
    for moment in (fate.shipped, fate.delivered, fate.cancelled, fate.refunded):
        moment[moment >= stop] = NONE
    fate.cancelled_by[fate.cancelled == NONE] = NONE
    fate.reason[fate.refunded == NONE] = NONE
