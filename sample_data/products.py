"""The products: what each merchant lists, at which price, and what is wrong with it."""

from dataclasses import dataclass

import numpy as np

from sample_data.catalogue import FAMOUS, read_catalogue
from sample_data.harm import (
    PRODUCT_HARMS,
    PRODUCT_LOOK_ALIKES,
    LookAlike,
    ProductHarm,
    Scheme,
)
from sample_data.merchants import Merchants
from sample_data.plan import DAY, NEVER, PRODUCTS_PER_MERCHANT, Plan, pick, ranges


@dataclass
class Products:
    """One row a product, those of a merchant together and sorted by when they were listed.

    Attributes:
        first: For each merchant the number of its first product, and one more at the end.
        price: Price in cents at the start, before changes.
        weight: Running sum of popularity over all products, for drawing.
        badness: Latent badness of the product itself.
        delisted: When the platform took it down, NEVER for most.
        title_key: Products with equal keys have equal titles.
    """

    merchant: np.ndarray
    first: np.ndarray
    category: np.ndarray
    noun: np.ndarray
    brand: np.ndarray
    price: np.ndarray
    listed: np.ndarray
    popularity: np.ndarray
    weight: np.ndarray
    badness: np.ndarray
    title_key: np.ndarray
    harm: np.ndarray
    look_alike: np.ndarray
    since: np.ndarray
    delisted: np.ndarray

    def __len__(self) -> int:
        return len(self.merchant)

    def has(self, kind: ProductHarm) -> np.ndarray:
        """Whether each product harms in this way."""
        return self.harm == int(kind)


def make_products(plan: Plan, merchants: Merchants) -> Products:
    """Draw the catalogue of every merchant."""
    rng = plan.rng("products")
    catalogue = read_catalogue()
    owner, first = _owners(rng, merchants)
    count = len(owner)
    category = np.where(
        rng.random(count) < 0.85,
        merchants.category[owner],
        rng.integers(0, len(catalogue.categories), count),
    )
    noun = category * catalogue.nouns_per_category + _skewed(
        rng, count, catalogue.nouns_per_category
    )
    popularity = np.exp(rng.normal(0, 1.3, count))
    products = Products(
        merchant=owner,
        first=first,
        category=category,
        noun=noun,
        brand=_brands(rng, category),
        price=np.zeros(count, dtype=np.int64),
        listed=_listed(plan, rng, merchants, owner, first),
        popularity=popularity,
        weight=np.zeros(count + 1),
        badness=rng.normal(0, 0.7, count),
        title_key=np.arange(count) * 2 + 1,
        harm=np.zeros(count, dtype=np.int8),
        look_alike=np.zeros(count, dtype=np.int8),
        since=np.full(count, NEVER),
        delisted=np.full(count, NEVER),
    )
    _copy_twins(merchants, products)
    _plant(plan, merchants, products)
    _price(rng, merchants, products)
    products.weight[1:] = np.cumsum(products.popularity)
    return products


def _owners(rng: np.random.Generator, m: Merchants) -> tuple[np.ndarray, np.ndarray]:
    size = np.exp(rng.normal(0, 0.8, len(m))) * (m.volume / m.volume.mean()) ** 0.35
    size *= PRODUCTS_PER_MERCHANT / size.mean()
    counts = np.maximum(1, np.round(size)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(counts)])
    return np.repeat(np.arange(len(m)), counts), first


def _skewed(rng: np.random.Generator, count: int, options: int) -> np.ndarray:
    return (rng.random(count) ** 1.4 * options).astype(np.int64)


def _brands(rng: np.random.Generator, category: np.ndarray) -> np.ndarray:
    """A third of the products carry a famous brand; every category knows ten of the others."""
    others = len(read_catalogue().brands) - FAMOUS
    ordinary = FAMOUS + (category * 7 + rng.integers(0, 10, len(category))) % others
    famous = (category * 3 + rng.integers(0, 3, len(category))) % FAMOUS
    return np.where(rng.random(len(category)) < 0.2, famous, ordinary)


def _listed(
    plan: Plan, rng: np.random.Generator, m: Merchants, owner: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """The first product comes with the shop, the others until shortly before the end."""
    opens = m.registered[owner] + 600
    last = np.minimum(m.closed[owner], plan.stop - DAY // 2)
    listed = rng.uniform(opens, np.maximum(opens + 60, last))
    early = rng.random(len(owner)) < 0.45
    window = np.minimum(opens + 20 * DAY, np.maximum(opens + 60, last))
    listed = np.where(early, rng.uniform(opens, window), listed)
    listed[first[:-1]] = opens[first[:-1]]
    order = np.lexsort((listed, owner))
    return listed[order].astype(np.int64)


def _copy_twins(m: Merchants, p: Products) -> None:
    """Who comes back after a ban brings the same goods, under mostly the same titles."""
    for shop in np.flatnonzero(m.twin >= 0):
        old = np.arange(p.first[m.twin[shop]], p.first[m.twin[shop] + 1])
        new = np.arange(p.first[shop], p.first[shop + 1])
        source = old[np.arange(len(new)) % len(old)]
        same = pick(10, new, 3) < 7
        for column in (p.category, p.noun, p.brand):
            column[new] = column[source]
        p.title_key[new[same]] = p.title_key[source[same]]


def _plant(plan: Plan, m: Merchants, p: Products) -> None:
    rng = plan.rng("product harm")
    owner_scheme = m.scheme[p.merchant]
    in_ring = owner_scheme == Scheme.COUNTERFEIT_RING
    fake = in_ring & (rng.random(len(p)) < 0.6)
    fake |= (owner_scheme == Scheme.BANNED) & (rng.random(len(p)) < 0.15)
    p.harm[fake] = ProductHarm.COUNTERFEIT
    free = rng.permutation(np.flatnonzero((owner_scheme == 0) & (m.look_alike[p.merchant] == 0)))
    for harm, share in PRODUCT_HARMS.items():
        free = _give(plan, p, p.harm, int(harm), free, share)
    for kind, share in PRODUCT_LOOK_ALIKES.items():
        free = _give(plan, p, p.look_alike, int(kind), free, share)
    p.look_alike[m.looks(LookAlike.RESELLER)[p.merchant]] = LookAlike.RESELLER
    _start(plan, rng, m, p)
    _ring_titles(m, p)
    _look(rng, m, p)
    _delist(plan, rng, p)


def _give(
    plan: Plan, p: Products, column: np.ndarray, code: int, free: np.ndarray, share: float
) -> np.ndarray:
    """Hand a code to its share of the free products; claims need a category that makes any."""
    wanted = max(1, round(share * len(p)))
    suits = np.ones(len(free), dtype=bool)
    if (column is p.harm and code == ProductHarm.CLAIMS) or (
        column is p.look_alike and code == LookAlike.FAIR_CLAIMS
    ):
        suits = read_catalogue().has_claims[p.category[free]]
    chosen = free[suits][:wanted]
    column[chosen] = code
    return free[~np.isin(free, chosen)]


def _start(plan: Plan, rng: np.random.Generator, m: Merchants, p: Products) -> None:
    """Most bad listings are bad from their first day; some turn bad when they have a name."""
    later = rng.uniform(p.listed, np.maximum(p.listed + 60, plan.stop - 20 * DAY))
    turns = rng.random(len(p)) < 0.4
    discount = p.has(ProductHarm.FALSE_DISCOUNT)
    begin = np.where(turns | discount, np.maximum(later, plan.start), p.listed)
    ring = m.scheme[p.merchant] == Scheme.COUNTERFEIT_RING
    begin = np.where(ring, np.maximum(p.listed, m.since[p.merchant]), begin)
    p.since[:] = np.where(p.harm > 0, np.maximum(begin, p.listed), NEVER)


def _ring_titles(m: Merchants, p: Products) -> None:
    """A ring lists the same goods in several of its shops; spam repeats itself within one."""
    ring = p.has(ProductHarm.COUNTERFEIT) & (m.group[p.merchant] >= 0)
    shared = ring & (pick(10, np.arange(len(p)), 5) < 6)
    group = m.group[p.merchant]
    item = group * 1_000 + pick(9, np.arange(len(p)), 6)
    p.title_key[shared] = item[shared] * 2
    p.noun[shared] = (
        p.category[shared] * read_catalogue().nouns_per_category
        + pick(read_catalogue().nouns_per_category, item, 7)[shared]
    )
    spam = p.has(ProductHarm.SPAM)
    p.title_key[spam] = p.merchant[spam] * 2 + (1 << 40)


def _look(rng: np.random.Generator, m: Merchants, p: Products) -> None:
    """Fakes carry famous brands; resellers do so lawfully."""
    famous = p.has(ProductHarm.COUNTERFEIT) | p.has(ProductHarm.KNOCK_OFF)
    famous |= p.look_alike == LookAlike.RESELLER
    brand = (p.category * 3 + rng.integers(0, 3, len(p))) % FAMOUS
    p.brand[famous] = brand[famous]
    p.badness[p.has(ProductHarm.NOT_DESCRIBED)] += 1.9
    p.badness[p.has(ProductHarm.COUNTERFEIT)] += 0.9
    p.badness[p.has(ProductHarm.CLAIMS)] += 0.7
    p.badness[p.has(ProductHarm.KNOCK_OFF)] += 0.4
    p.popularity[p.harm > 0] *= 1.5


def _price(rng: np.random.Generator, m: Merchants, p: Products) -> None:
    catalogue = read_catalogue()
    noun_level = np.exp(0.5 * (pick(1000, p.noun, 9) / 500 - 1))
    price = catalogue.prices[p.category] * noun_level * m.price_level[p.merchant]
    price *= np.exp(rng.normal(0, 0.6, len(p)) * catalogue.spreads[p.category])
    price *= np.where(p.brand < FAMOUS, 2.4, 1.0)
    price *= np.where(p.has(ProductHarm.COUNTERFEIT), rng.uniform(0.25, 0.75, len(p)), 1.0)
    price *= np.where(p.has(ProductHarm.KNOCK_OFF), rng.uniform(0.3, 0.6, len(p)), 1.0)
    price *= np.where(p.look_alike == LookAlike.RESELLER, rng.uniform(0.6, 0.95, len(p)), 1.0)
    p.price[:] = np.round(np.maximum(price, 0.8) * 100)


def product_spans(p: Products, merchants: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products of some merchants, and for each its position within the merchant."""
    counts = p.first[merchants + 1] - p.first[merchants]
    within = ranges(counts)
    return np.repeat(p.first[merchants], counts) + within, within


def _delist(plan: Plan, rng: np.random.Generator, p: Products) -> None:
    """Some listings are taken down, more of the bad; never the first one of a shop."""
    harmful = p.harm > 0
    first = np.maximum(np.where(harmful, p.since, p.listed) + 15 * DAY, plan.start)
    at = rng.uniform(first, np.maximum(first + 60, plan.stop - DAY))
    hit = (rng.random(len(p)) < np.where(harmful, 0.12, 0.006)) & (at < plan.stop - DAY)
    hit[p.first[:-1]] = False
    p.delisted[hit] = at[hit]
