"""Videos and livestreams, and which products they show."""

from dataclasses import dataclass

import numpy as np

from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, LookAlike
from sample_data.plan import DAY, HOUR, Plan, mix, pick, ranges, uniform
from sample_data.products import Products

PALETTE = 30
VIDEO, LIVE = 0, 1
SHOWN_SHARE = 0.2  # of all order lines come through contents


@dataclass
class Contents:
    """Contents of some creators."""

    number: np.ndarray
    creator: np.ndarray
    kind: np.ndarray
    started: np.ndarray
    duration: np.ndarray
    is_active: np.ndarray
    real_views: np.ndarray
    text_key: np.ndarray
    special: np.ndarray


@dataclass
class Showcase:
    """Products shown in contents, sorted by product: where content-driven orders come from.

    `expected` holds the order lines expected of each row.
    """

    product: np.ndarray
    content: np.ndarray
    creator: np.ndarray
    shown: np.ndarray
    expected: np.ndarray

    def rows(self, first: int, last: int) -> slice:
        """Rows of the products from `first` up to but not `last`."""
        low, high = np.searchsorted(self.product, [first, last])
        return slice(int(low), int(high))


class Shelves:
    """Draws products of a category by popularity."""

    def __init__(self, products: Products, categories: int) -> None:
        self._order = np.argsort(products.category, kind="stable")
        weight = products.popularity[self._order] ** 0.8
        self._sums = np.concatenate([[0.0], np.cumsum(weight)])
        bounds = np.searchsorted(products.category[self._order], np.arange(categories + 1))
        self._low, self._high = self._sums[bounds[:-1]], self._sums[bounds[1:]]

    def draw(self, category: np.ndarray, share: np.ndarray) -> np.ndarray:
        """A product for each category and share in [0, 1)."""
        low, high = self._low[category], self._high[category]
        place = np.searchsorted(self._sums, low + share * (high - low), side="right") - 1
        return self._order[np.clip(place, 0, len(self._order) - 1)]


@dataclass(frozen=True)
class Scene:
    """What contents are drawn from."""

    plan: Plan
    creators: Creators
    products: Products
    shelves: Shelves


def chunks(sizes: np.ndarray, at_once: int) -> list[np.ndarray]:
    """Consecutive members whose sizes add up to about `at_once`."""
    part = np.cumsum(sizes) // at_once
    bounds = np.flatnonzero(np.diff(part)) + 1
    return np.split(np.arange(len(sizes)), bounds)


def make_contents(
    plan: Plan, rng: np.random.Generator, c: Creators, chunk: np.ndarray, first: int
) -> Contents:
    """Draw the contents of some creators, numbered from `first`."""
    who = np.repeat(chunk, c.contents[chunk])
    count = len(who)
    opens = np.maximum(c.joined[who], plan.start) + HOUR
    day = rng.uniform(opens, plan.stop - HOUR) // DAY * DAY
    evening = np.clip(rng.normal(19, 3, count), 7, 23.5) * HOUR
    started = np.clip(day + evening, opens, plan.stop - 600).astype(np.int64)
    kind = (rng.random(count) < c.live_share[who]).astype(np.int64)
    video = np.exp(rng.normal(3.6, 0.6, count))
    live = np.exp(rng.normal(8.6, 0.5, count))
    duration = np.where(kind == LIVE, live, video).astype(np.int64)
    is_active = (started >= c.since[who]) & (rng.random(count) < c.intensity[who])
    reach = c.reach[who] ** 0.8 * np.exp(rng.normal(0.4, 0.9, count))
    viral = (c.look_alike[who] == LookAlike.VIRAL) & (rng.random(count) < 0.12)
    contents = Contents(
        number=first + np.arange(count),
        creator=who,
        kind=kind,
        started=started,
        duration=duration,
        is_active=is_active,
        real_views=reach * np.where(viral, rng.uniform(8, 40, count), 1),
        text_key=mix(first + np.arange(count), plan.seed).view(np.int64),
        special=_special(rng, c.harm[who], is_active),
    )
    _loop(plan, c, contents)
    return contents


def _special(rng: np.random.Generator, harm: np.ndarray, is_active: np.ndarray) -> np.ndarray:
    """Which forbidden thing is said, if any; everybody slips now and then."""
    said = np.zeros(len(harm), dtype=np.int64)
    for code in (CreatorHarm.CLAIMS, CreatorHarm.DIVERSION, CreatorHarm.GAMBLING):
        said[(harm == code) & is_active] = int(code)
    slip = rng.random(len(harm))
    said[(said == 0) & (slip < 0.010)] = int(CreatorHarm.CLAIMS)
    said[(said == 0) & (slip > 0.993)] = int(CreatorHarm.DIVERSION)
    return said


def _loop(plan: Plan, c: Creators, contents: Contents) -> None:
    """Looped lives run the same tape; linked accounts share one; agencies share some scripts."""
    who = contents.creator
    tape = mix(who, contents.number % 2, 11, plan.seed).view(np.int64)
    looped = c.has(CreatorHarm.LOOPED_LIVE)[who] & contents.is_active & (contents.kind == LIVE)
    contents.text_key[looped] = tape[looped]
    length = 3_600 + pick(7_200, who, contents.number % 2)
    contents.duration[looped] = length[looped]
    shared = mix(c.group[who], contents.number % 5, 12, plan.seed).view(np.int64)
    copied = c.has(CreatorHarm.LINKED)[who] & contents.is_active
    copied |= (c.agency[who] >= 0) & (contents.number % 4 == 0)
    contents.text_key[copied] = shared[copied]


@dataclass
class Shown:
    """Which product is shown when; `row` is the content's place among the contents."""

    row: np.ndarray
    product: np.ndarray
    at: np.ndarray


def show_products(scene: Scene, rng: np.random.Generator, contents: Contents) -> Shown:
    """Products from each creator's own palette, so that creators come back to what they like."""
    p, stop = scene.products, scene.plan.stop
    live = contents.kind == LIVE
    counts = np.where(live, 2 + rng.poisson(3.5, len(live)), 1 + (rng.random(len(live)) < 0.2))
    row = np.repeat(np.arange(len(live)), counts)
    who = contents.creator[row]
    slot = (rng.random(len(row)) ** 1.7 * PALETTE).astype(np.int64)
    product = from_palette(scene, who, slot)
    at = contents.started[row] + contents.duration[row] * ranges(counts) // (counts[row] + 1)
    at = np.where(live[row], at, contents.started[row])
    at = np.minimum(at, stop - 1)
    pair = row * (len(p) + 1) + product
    keep = np.zeros(len(row), dtype=bool)
    keep[np.unique(pair, return_index=True)[1]] = True
    keep &= (p.listed[product] <= at) & (at < p.delisted[product])
    return Shown(row[keep], product[keep], at[keep])


def from_palette(scene: Scene, who: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """Product that stands at a place of each creator's palette."""
    c, seed = scene.creators, scene.plan.seed
    second = uniform(who, slot, 21, seed) < 0.25
    category = np.where(second, c.second[who], c.niche[who])
    return scene.shelves.draw(category, uniform(who, slot, 22, seed))


def sources_of_orders(scene: Scene, contents: Contents, shown: Shown) -> tuple[np.ndarray, ...]:
    """Columns of the showcase that some contents give; what is expected is not yet scaled."""
    c, p, plan = scene.creators, scene.products, scene.plan
    who = contents.creator[shown.row]
    appeal = p.popularity[shown.product] ** 0.5 / (p.price[shown.product] / 2_000) ** 0.25
    expected = contents.real_views[shown.row] ** 0.8 * c.conversion[who] * appeal
    return (
        shown.product.astype(np.int32),
        contents.number[shown.row].astype(np.int32),
        who.astype(np.int32),
        (shown.at - plan.start).astype(np.int32),
        expected.astype(np.float32),
    )


def make_showcase(plan: Plan, parts: list[tuple[np.ndarray, ...]]) -> Showcase:
    """Put the columns together, scaled to the share of orders that contents bring."""
    product, content, creator, shown, expected = (
        np.concatenate([part[i] for part in parts]) for i in range(5)
    )
    order = np.argsort(product, kind="stable")
    expected = np.minimum(expected, np.quantile(expected, 0.999)) if len(expected) else expected
    scale = SHOWN_SHARE * plan.lines / max(float(expected.sum(dtype=np.float64)), 1e-9)
    return Showcase(
        product[order], content[order], creator[order], shown[order], (expected * scale)[order]
    )
