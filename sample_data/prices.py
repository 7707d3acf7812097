"""How list prices moved: the history behind `price_changed` events and the prices paid."""

from dataclasses import dataclass

import numpy as np

from sample_data.harm import LookAlike, ProductHarm, Scheme
from sample_data.merchants import Merchants
from sample_data.plan import DAY, DAYS, Plan, uniform
from sample_data.products import Products
from sample_data.shocks import Shocks

SPAN = 2 * DAYS * DAY


@dataclass
class PriceHistory:
    """Price changes of the products from `first` on, sorted by product and time.

    Attributes:
        product: Number of the product.
        at: When it changed, seconds since 1970.
        old: Price in cents before.
        new: Price in cents after.
        crossed_out: Price in cents that a lower one is shown against, 0 without one.
    """

    first: int
    start: int
    base: np.ndarray
    product: np.ndarray
    at: np.ndarray
    old: np.ndarray
    new: np.ndarray
    crossed_out: np.ndarray

    def price_at(self, product: np.ndarray, moment: np.ndarray) -> np.ndarray:
        """Price in cents of each product at its moment."""
        keys = (self.product - self.first) * SPAN + (self.at - self.start)
        wanted = (product - self.first) * SPAN + np.clip(moment - self.start, 0, SPAN - 1)
        place = np.searchsorted(keys, wanted, side="right") - 1
        hit = place >= 0
        hit[hit] = self.product[place[hit]] == product[hit]
        price = self.base[product - self.first].copy()
        price[hit] = self.new[place[hit]]
        return price


@dataclass
class _Changes:
    product: list[np.ndarray]
    at: list[np.ndarray]
    factor: list[np.ndarray]

    def add(self, product: np.ndarray, at: np.ndarray, factor: np.ndarray) -> None:
        self.product.append(product)
        self.at.append(at.astype(np.int64))
        self.factor.append(factor)

    def pair(
        self, product: np.ndarray, at: np.ndarray, days: np.ndarray, factor: np.ndarray
    ) -> None:
        """Away from the base price and back again."""
        self.add(product, at, factor)
        self.add(product, at + days * DAY, np.ones(len(product)))


def make_prices(
    plan: Plan,
    rng: np.random.Generator,
    merchants: Merchants,
    products: Products,
    shocks: Shocks,
    first: int,
    last: int,
) -> PriceHistory:
    """Draw the price changes of the products from `first` up to but not `last`."""
    rows = np.arange(first, last)
    changes = _Changes([], [], [])
    _adjust(plan, rng, products, rows, changes)
    _promote(plan, rng, merchants, products, rows, changes)
    _false_discounts(plan, rng, products, rows, changes)
    _shocked(products, shocks, rows, changes)
    return _history(plan, rng, products, first, last, changes)


def _moments(
    plan: Plan, rng: np.random.Generator, products: Products, rows: np.ndarray
) -> np.ndarray:
    earliest = np.maximum(products.listed[rows] + DAY, plan.start)
    return rng.uniform(earliest, np.maximum(earliest + 60, plan.stop))


def _adjust(
    plan: Plan, rng: np.random.Generator, p: Products, rows: np.ndarray, changes: _Changes
) -> None:
    chosen = np.repeat(rows, rng.poisson(0.6, len(rows)))
    changes.add(chosen, _moments(plan, rng, p, chosen), np.exp(rng.normal(0, 0.09, len(chosen))))


def _promote(
    plan: Plan,
    rng: np.random.Generator,
    m: Merchants,
    p: Products,
    rows: np.ndarray,
    changes: _Changes,
) -> None:
    owner = p.merchant[rows]
    rate = np.where(m.looks(LookAlike.GENEROUS_PROMOTION)[owner], 3.0, 0.35)
    rate = np.where(p.look_alike[rows] == LookAlike.PRICE_TEST, 0.5, rate)
    chosen = np.repeat(rows, rng.poisson(rate))
    days = rng.uniform(2, 12, len(chosen))
    changes.pair(chosen, _moments(plan, rng, p, chosen), days, rng.uniform(0.6, 0.92, len(chosen)))
    tested = rows[p.look_alike[rows] == LookAlike.PRICE_TEST]
    days = rng.uniform(10, 40, len(tested))
    up = rng.uniform(1.2, 1.7, len(tested))
    changes.pair(tested, _moments(plan, rng, p, tested), days, up)
    bust = rows[m.has(Scheme.BUST_OUT)[owner]]
    cut = m.since[p.merchant[bust]] + rng.uniform(-2, 1, len(bust)) * DAY
    changes.add(bust, cut, rng.uniform(0.45, 0.75, len(bust)))


def _false_discounts(
    plan: Plan, rng: np.random.Generator, p: Products, rows: np.ndarray, changes: _Changes
) -> None:
    """Raised to a fancy price for some days, then "70 % off": back to where it was.

    The others hardly move the price and only invent what is crossed out.
    """
    chosen = rows[p.harm[rows] == ProductHarm.FALSE_DISCOUNT]
    invents = _invents(chosen)
    claims = np.repeat(chosen[invents], 2)
    at = rng.uniform(p.since[claims], np.maximum(p.since[claims] + DAY, plan.stop))
    days = rng.uniform(3, 20, len(claims))
    changes.pair(claims, at, days, rng.uniform(0.88, 0.97, len(claims)))
    chosen = chosen[~invents]
    for wave in range(3):
        some = chosen if wave == 0 else chosen[rng.random(len(chosen)) < 0.55]
        room = np.maximum(plan.stop - p.since[some] - 12 * DAY, DAY)
        at = p.since[some] + (0 if wave == 0 else 1) * rng.uniform(0, 1, len(some)) * room
        up = rng.uniform(1.6, 3.4, len(some))
        changes.pair(some, at, rng.uniform(2, 12, len(some)), up)


def _invents(product: np.ndarray) -> np.ndarray:
    return uniform(product, 111) < 0.45


def _shocked(p: Products, shocks: Shocks, rows: np.ndarray, changes: _Changes) -> None:
    begin, end = shocks.window(p.merchant[rows], "price_jump")
    hit = (begin < end) & (p.listed[rows] < begin)
    size = shocks.size_of(p.merchant[rows])
    changes.pair(rows[hit], begin[hit], (end - begin)[hit] / DAY, size[hit])


def _history(
    plan: Plan,
    rng: np.random.Generator,
    p: Products,
    first: int,
    last: int,
    changes: _Changes,
) -> PriceHistory:
    product = np.concatenate(changes.product)
    at = np.concatenate(changes.at)
    factor = np.concatenate(changes.factor)
    keep = (at >= np.maximum(p.listed[product] + 60, plan.start)) & (at < plan.stop)
    order = np.lexsort((at[keep], product[keep]))
    product, at, factor = product[keep][order], at[keep][order], factor[keep][order]
    new = np.maximum(np.round(p.price[product] * factor), 50).astype(np.int64)
    old = np.empty_like(new)
    old[1:] = new[:-1]
    is_first = np.ones(len(new), dtype=bool)
    is_first[1:] = product[1:] != product[:-1]
    old[is_first] = p.price[product[is_first]]
    moved = old != new
    product, at, old, new = product[moved], at[moved], old[moved], new[moved]
    crossed_out = _crossed_out(rng, p, product, at, old, new)
    return PriceHistory(first, plan.start, p.price[first:last], product, at, old, new, crossed_out)


def _crossed_out(
    rng: np.random.Generator,
    p: Products,
    product: np.ndarray,
    at: np.ndarray,
    old: np.ndarray,
    new: np.ndarray,
) -> np.ndarray:
    """What a lower price is shown against: the old one, by most; some honest shops exaggerate."""
    count = len(product)
    generous = rng.random(count) < 0.06
    factor = np.where(generous, rng.uniform(1.05, 1.45, count), 1.0)
    false = (p.harm[product] == ProductHarm.FALSE_DISCOUNT) & (at >= p.since[product])
    invents = false & _invents(product)
    factor = np.where(invents, rng.uniform(1.4, 3.2, count), factor)
    factor = np.where(false & ~invents, rng.uniform(1.0, 1.3, count), factor)
    shown = (new < 0.95 * old) | invents
    return np.where(shown & (new < old), np.round(old * factor), 0).astype(np.int64)
