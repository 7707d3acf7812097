"""Writes orders and their reviews, chunk by chunk of merchants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sample_data.arrow import Tables, blank, ids, money, named, times
from sample_data.bursts import Kind
from sample_data.fulfilment import (
    CANCELLED_BY,
    DEFECTIVE,
    EMPTY,
    FAKE,
    MISSING,
    NOT_DESCRIBED,
    REASONS,
    Fate,
)
from sample_data.harm import LookAlike, ProductHarm, Scheme
from sample_data.lines import Lines, Market
from sample_data.plan import DAY, HOUR, NONE, mix, sigmoid, uniform
from sample_data.prices import PriceHistory
from sample_data.text import Topic, write_texts

SECTIONS = (
    "positive",
    "neutral",
    "generic_bad",
    "late",
    "empty_parcel",
    "counterfeit",
    "not_described",
    "no_effect",
    "outside",
    "planted",
)
PLACES = {
    "positive": ["review.positive", "praise.*"],
    "generic_bad": ["review.generic_bad.0", "fault.*", "review.generic_bad.1"],
}


def write_orders(
    market: Market,
    rng: np.random.Generator,
    tables: Tables,
    lines: Lines,
    fate: Fate,
    prices: PriceHistory,
) -> None:
    """Write the order lines."""
    show = market.showcase
    shown = lines.show != NONE
    paid = _paid(rng, lines, prices)
    quantity = 1 + (rng.random(len(lines)) < 0.09) + (rng.random(len(lines)) < 0.03)
    freight = (rng.gamma(3, 90, len(lines)) + 0.02 * paid).astype(np.int64)
    freight[rng.random(len(lines)) < 0.35] = 0
    refund = np.round((paid * quantity + freight) * fate.refund_share).astype(np.int64)
    cancelled, refunded = fate.cancelled == NONE, fate.refunded == NONE
    creator = np.where(shown, show.creator[lines.show] if len(show.creator) else NONE, NONE)
    content = np.where(shown, show.content[lines.show] if len(show.content) else NONE, NONE)
    tables.write(
        "orders",
        {
            "order_id": ids("o", lines.order, 9),
            "line_no": pa.array(lines.line_no),
            "buyer_id": ids("b", lines.buyer),
            "merchant_id": ids("m", lines.merchant),
            "product_id": ids("p", lines.product),
            "creator_id": ids("c", creator),
            "content_id": ids("v", content),
            "placed_at": times(lines.placed),
            "quantity": pa.array(quantity),
            "price": money(paid),
            "freight": money(freight),
            "ship_by": times(fate.ship_by),
            "shipped_at": times(fate.shipped, fate.shipped == NONE),
            "deliver_by": times(fate.deliver_by),
            "delivered_at": times(fate.delivered, fate.delivered == NONE),
            "cancelled_at": times(fate.cancelled, cancelled),
            "cancelled_by": named(list(CANCELLED_BY), fate.cancelled_by),
            "refunded_at": times(fate.refunded, refunded),
            "refund_amount": money(refund, refunded),
            "refund_reason": named(list(REASONS), fate.reason),
        },
    )


def _paid(rng: np.random.Generator, lines: Lines, prices: PriceHistory) -> np.ndarray:
    """List price at that moment, less what a voucher takes off."""
    price = prices.price_at(lines.product, lines.placed)
    off = np.where(rng.random(len(lines)) < 0.12, rng.uniform(0.05, 0.2, len(lines)), 0)
    off = np.where(lines.kind == Kind.VOUCHER, rng.uniform(0.3, 0.6, len(lines)), off)
    return np.maximum(np.round(price * (1 - off)), 1).astype(np.int64)


@dataclass
class _Reviews:
    row: np.ndarray
    rating: np.ndarray
    at: np.ndarray
    section: np.ndarray


def write_reviews(
    market: Market,
    rng: np.random.Generator,
    tables: Tables,
    lines: Lines,
    fate: Fate,
    first_review: int,
) -> int:
    """Write the reviews of the lines; return how many."""
    reviews = _reviews(market, rng, lines, fate)
    row = reviews.row
    number = first_review + np.arange(len(row))
    topic = _topic(market, rng, lines, reviews, number)
    silent = rng.random(len(row)) < np.where(reviews.rating >= 3, 0.45, 0.2)
    tables.write(
        "reviews",
        {
            "review_id": ids("r", number, 9),
            "order_id": ids("o", lines.order[row], 9),
            "product_id": ids("p", lines.product[row]),
            "merchant_id": ids("m", lines.merchant[row]),
            "buyer_id": ids("b", lines.buyer[row]),
            "rating": pa.array(reviews.rating.astype(np.float64)),
            "title": _titles(topic, reviews.section, silent),
            "text": _texts(topic, reviews.section, silent),
            "created_at": times(reviews.at),
        },
    )
    return len(row)


def _reviews(market: Market, rng: np.random.Generator, lines: Lines, fate: Fate) -> _Reviews:
    count = len(lines)
    bad = rng.random(count) < sigmoid(fate.trouble)
    planted = _planted(market, rng, lines, fate)
    bad &= ~planted
    asks = market.merchants.looks(LookAlike.REVIEW_CAMPAIGN)[lines.merchant]
    chance = np.where(bad, 0.55, np.where(asks, 0.6, 0.36))
    chance = np.where(planted, 0.85, chance)
    chance = np.where(fate.cancelled != NONE, 0.12, chance)
    good = rng.choice([3, 4, 5], count, p=[0.09, 0.23, 0.68])
    rating = np.where(bad, rng.choice([1, 2], count, p=[0.68, 0.32]), good)
    rating = np.where(planted, np.where(rng.random(count) < 0.95, 5, 4), rating)
    at = _written(rng, lines, fate, planted)
    got = (fate.delivered != NONE) | bad
    row = np.flatnonzero((rng.random(count) < chance) & (at < market.plan.stop) & got)
    section = _sections(market, rng, lines, fate, rating, planted)
    return _Reviews(row, rating[row], at[row], section[row])


def _planted(market: Market, rng: np.random.Generator, lines: Lines, fate: Fate) -> np.ndarray:
    """Reviews that somebody was asked, or paid, to write."""
    u = rng.random(len(lines))
    planted = (lines.kind == Kind.BRUSHING) & (u < 0.75)
    planted |= (lines.kind == Kind.BOUGHT_REVIEW) & (u < 0.9)
    planted |= (lines.kind == Kind.OWN_SHOWCASE) & (u < 0.25)
    scheme = market.merchants.has(Scheme.REVIEW_MANIPULATION)[lines.merchant]
    return planted | (scheme & fate.active & (u < 0.3))


def _written(rng: np.random.Generator, lines: Lines, fate: Fate, planted: np.ndarray) -> np.ndarray:
    """Some days after delivery; planted ones mostly within hours; after a wait for nothing."""
    count = len(lines)
    wait = rng.gamma(1.3, 3.2, count) * DAY + 2 * HOUR
    hasty = planted & (rng.random(count) < 0.65)
    wait = np.where(hasty, rng.exponential(3, count) * HOUR + 300, wait)
    base = np.where(fate.delivered == NONE, fate.deliver_by, fate.delivered)
    base = np.where(fate.cancelled == NONE, base, fate.cancelled)
    return (base + wait).astype(np.int64)


def _sections(
    market: Market,
    rng: np.random.Generator,
    lines: Lines,
    fate: Fate,
    rating: np.ndarray,
    planted: np.ndarray,
) -> np.ndarray:
    """What each review is about; half of the unhappy stay general."""
    count = len(lines)
    specific = rng.random(count) < 0.6
    harm = market.products.harm[lines.product]
    late = (fate.delivered > fate.deliver_by) | (fate.shipped > fate.ship_by)
    section = np.full(count, SECTIONS.index("generic_bad"))
    for name, rows in (
        ("late", late),
        ("not_described", (fate.reason == NOT_DESCRIBED) | (harm == ProductHarm.NOT_DESCRIBED)),
        ("no_effect", harm == ProductHarm.CLAIMS),
        ("counterfeit", (fate.reason == FAKE) | (harm == ProductHarm.COUNTERFEIT)),
        ("empty_parcel", fate.lost | np.isin(fate.reason, [EMPTY, MISSING])),
        ("outside", market.merchants.has(Scheme.DIVERSION)[lines.merchant] & fate.active),
    ):
        section = np.where(rows & specific, SECTIONS.index(name), section)
    # A few complaints of every kind are about nothing in particular.
    stray = rng.random(count) < 0.04
    section = np.where(stray, rng.integers(2, 9, count), section)
    section = np.where((fate.reason == DEFECTIVE) & stray, SECTIONS.index("generic_bad"), section)
    section = np.where(rating == 3, SECTIONS.index("neutral"), section)
    section = np.where(rating > 3, SECTIONS.index("positive"), section)
    staged = planted & (rng.random(count) < 0.7)
    section = np.where(staged, SECTIONS.index("planted"), section)
    clumsy = (rating == 5) & (rng.random(count) < 0.02)
    return np.where(clumsy, SECTIONS.index("planted"), section)


def _topic(
    market: Market,
    rng: np.random.Generator,
    lines: Lines,
    reviews: _Reviews,
    number: np.ndarray,
) -> Topic:
    p, row = market.products, reviews.row
    language = market.merchants.language[lines.merchant[row]]
    abroad = rng.random(len(row)) < 0.08
    return Topic(
        language=np.where(abroad, 0, language),
        noun=p.noun[lines.product[row]],
        brand=p.brand[lines.product[row]],
        key=mix(number, market.plan.seed, 71).view(np.int64),
    )


def _titles(topic: Topic, section: np.ndarray, silent: np.ndarray) -> pa.Array:
    """A third of the texts has a title."""
    untitled = silent | (uniform(topic.key, 72) < 0.65)
    places = {name: [f"review.{name}.0"] for name in SECTIONS}
    return _write(topic, section, untitled, places, 700)


def _texts(topic: Topic, section: np.ndarray, silent: np.ndarray) -> pa.Array:
    places = {name: [f"review.{name}"] for name in SECTIONS} | PLACES
    return _write(topic, section, silent, places, 0)


def _write(
    topic: Topic,
    section: np.ndarray,
    silent: np.ndarray,
    places: Mapping[str, Sequence[str]],
    salt: int,
) -> pa.Array:
    parts, order = [pa.array([], pa.string())], [np.zeros(0, dtype=np.int64)]
    for code, name in enumerate(SECTIONS):
        rows = np.flatnonzero((section == code) & ~silent)
        parts.append(write_texts(topic.where(rows), places[name], salt))
        order.append(rows)
    place = np.zeros(len(section), dtype=np.int64)
    rows = np.concatenate(order)
    place[rows] = np.arange(len(rows))
    texts = pa.concat_arrays(parts)
    if not len(texts):
        return pa.nulls(len(section), pa.string())
    return blank(texts.take(pa.array(place)), silent)
