"""The merchants: who they are, how well they work, what they hide."""

from dataclasses import dataclass

import numpy as np

from sample_data.catalogue import read_catalogue
from sample_data.harm import (
    MERCHANT_LOOK_ALIKES,
    NEW_SHOP_DAYS,
    SCHEMES,
    WAREHOUSE_SHARE,
    LookAlike,
    Scheme,
)
from sample_data.plan import DAY, DAYS, HOUR, LINES_PER_MERCHANT, MONTHS, NEVER, NONE, Plan
from sample_data.planting import Planting


@dataclass
class Merchants:
    """One row a merchant, in numpy arrays.

    Attributes:
        quality: Latent badness by month, a persistent level that drifts (0 is ordinary, 1 a
            standard deviation worse).
        volume: Order lines expected a year, before anything planted.
        group: Number of the truth group, `NONE` for most.
        warehouse: Number of the shared warehouse, `NONE` for most.
        intensity: Share of its business that follows the scheme once it has begun.
        closed: When it stopped selling.
        suspended: When a suspension began, NEVER for most.
        reinstated: When it ended.
    """

    registered: np.ndarray
    country: np.ndarray
    region: np.ndarray
    category: np.ndarray
    volume: np.ndarray
    quality: np.ndarray
    price_level: np.ndarray
    handling_days: np.ndarray
    loyalty: np.ndarray
    scheme: np.ndarray
    look_alike: np.ndarray
    group: np.ndarray
    warehouse: np.ndarray
    since: np.ndarray
    intensity: np.ndarray
    closed: np.ndarray
    suspended: np.ndarray
    reinstated: np.ndarray
    is_new: np.ndarray
    twin: np.ndarray
    groups: int

    def __len__(self) -> int:
        return len(self.registered)

    def sells(self, merchant: np.ndarray, moment: np.ndarray) -> np.ndarray:
        """Whether each merchant's shop is open at its moment."""
        is_open = (moment >= self.registered[merchant] + HOUR) & (moment < self.closed[merchant])
        away = (moment >= self.suspended[merchant]) & (moment < self.reinstated[merchant])
        return is_open & ~away

    def has(self, *schemes: Scheme) -> np.ndarray:
        """Whether each merchant follows one of the schemes."""
        return np.isin(self.scheme, [int(s) for s in schemes])

    def looks(self, kind: LookAlike) -> np.ndarray:
        """Whether each merchant is such a look-alike."""
        return self.look_alike == int(kind)

    @property
    def language(self) -> np.ndarray:
        """Language each merchant writes in."""
        return read_catalogue().country_language[self.country]


def make_merchants(plan: Plan) -> Merchants:
    """Draw the population and plant its schemes."""
    rng, count = plan.rng("merchants"), plan.merchants
    catalogue = read_catalogue()
    country = rng.choice(len(catalogue.countries), count, p=catalogue.country_shares)
    volume = _volumes(rng, count)
    registered = _registered(plan, rng, count)
    planted = _plant(plan, registered, volume)
    return _with_schemes(
        plan,
        Merchants(
            registered=registered,
            country=country,
            region=catalogue.first_region[country]
            + (rng.random(count) ** 1.6 * catalogue.region_counts[country]).astype(np.int64),
            category=rng.choice(len(catalogue.categories), count, p=catalogue.shares),
            volume=volume,
            quality=_quality(rng, count),
            price_level=np.exp(rng.normal(0, 0.25, count)),
            handling_days=rng.choice([1, 2, 3, 5], count, p=[0.2, 0.4, 0.3, 0.1]),
            loyalty=rng.beta(1.5, 12, count),
            scheme=planted.code.copy(),
            look_alike=np.zeros(count, dtype=np.int8),
            group=planted.group,
            warehouse=np.full(count, NONE),
            since=np.full(count, NEVER),
            intensity=rng.beta(4, 2.5, count) * 0.9,
            closed=_closed(plan, rng, registered),
            suspended=np.full(count, NEVER),
            reinstated=np.full(count, NEVER),
            is_new=registered > plan.stop - NEW_SHOP_DAYS * DAY,
            twin=np.full(count, NONE),
            groups=planted.next_group,
        ),
    )


def _registered(plan: Plan, rng: np.random.Generator, count: int) -> np.ndarray:
    """Most shops are older than the history; a quarter opened within it, a few just now."""
    age = rng.gamma(1.6, 520, count)
    age = np.where(rng.random(count) < 0.14, rng.uniform(2, DAYS, count), age)
    return (plan.stop - np.clip(age, 2, 3_600) * DAY).astype(np.int64)


def _closed(plan: Plan, rng: np.random.Generator, registered: np.ndarray) -> np.ndarray:
    count = len(registered)
    moment = rng.uniform(np.maximum(registered + 60 * DAY, plan.start), plan.stop + 400 * DAY)
    return np.where(rng.random(count) < 0.25, moment, NEVER).astype(np.int64)


def _volumes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Lognormal with a Pareto tail, so that a percent of the shops sells a fifth of all."""
    raw = np.exp(rng.normal(0, 1.25, count)) * (1 + 0.25 * rng.pareto(2.2, count))
    return np.maximum(raw / raw.mean() * LINES_PER_MERCHANT * 0.97, 2.0)


def _quality(rng: np.random.Generator, count: int) -> np.ndarray:
    level = rng.normal(0, 1, count)
    drift = np.zeros((count, MONTHS), dtype=np.float32)
    state = rng.normal(0, 0.55, count)
    for month in range(MONTHS):
        drift[:, month] = state
        state = 0.88 * state + rng.normal(0, 0.26, count)
    # A few shops fall apart in the course of the year.
    decline = np.where(rng.random(count) < 0.05, rng.uniform(1, 2.6, count), 0)
    onset = rng.integers(1, MONTHS, count)
    falling = np.clip((np.arange(MONTHS)[None, :] - onset[:, None]) / 2, 0, 1)
    return (level[:, None] + drift + decline[:, None] * falling).astype(np.float32)


def _plant(plan: Plan, registered: np.ndarray, volume: np.ndarray) -> Planting:
    """Schemes go to shops that existed for a while and sell something, else nobody is harmed."""
    rng = plan.rng("schemes")
    old_enough = registered < plan.stop - 60 * DAY
    sells = volume > np.quantile(volume, 0.15)
    planted = Planting(old_enough & sells, rng)
    planted.deal(SCHEMES)
    return planted


def _with_schemes(plan: Plan, merchants: Merchants) -> Merchants:
    rng = plan.rng("scheme details")
    _start_schemes(plan, rng, merchants)
    _return_after_ban(plan, rng, merchants)
    _shape_schemes(plan, rng, merchants)
    _plant_look_alikes(plan, merchants)
    _share_warehouses(plan, merchants)
    _suspend(plan, merchants)
    return merchants


def _start_schemes(plan: Plan, rng: np.random.Generator, m: Merchants) -> None:
    """Harm starts somewhere in the year, for some long before the history begins."""
    harmful = m.scheme > 0
    first = np.maximum(m.registered + 14 * DAY, plan.start)
    begins = rng.uniform(first, np.maximum(first + DAY, plan.stop - 25 * DAY))
    always = rng.random(len(m)) < 0.3
    m.since[:] = np.where(harmful, np.where(always, m.registered, begins), NEVER)
    m.closed[harmful] = NEVER
    bust = m.has(Scheme.BUST_OUT)
    m.since[bust] = rng.uniform(first, np.maximum(first + DAY, plan.stop - 12 * DAY))[bust]


def _return_after_ban(plan: Plan, rng: np.random.Generator, m: Merchants) -> None:
    """The first of each such group is banned; the others open later, with its goods."""
    members = np.flatnonzero(m.has(Scheme.BANNED))
    for group in np.unique(m.group[members]):
        banned, *others = members[m.group[members] == group]
        m.registered[banned] = min(m.registered[banned], plan.start)
        m.since[banned] = plan.start + int(rng.uniform(5, 60) * DAY)
        m.closed[banned] = m.since[banned] + int(rng.uniform(40, 170) * DAY)
        for other in others:
            m.scheme[other] = Scheme.RETURNED
            m.registered[other] = m.closed[banned] + int(rng.uniform(2, 45) * DAY)
            m.since[other] = m.registered[other]
            m.twin[other] = banned
            m.category[other] = m.category[banned]
            m.country[other] = m.country[banned]
            m.region[other] = m.region[banned]


def _shape_schemes(plan: Plan, rng: np.random.Generator, m: Merchants) -> None:
    count = len(m)
    m.quality[m.has(Scheme.COUNTERFEIT_RING, Scheme.REVIEW_MANIPULATION)] += 0.5
    m.quality[m.has(Scheme.FAULTY_RETURNS)] += 0.9
    m.handling_days[m.has(Scheme.EMPTY_PARCEL)] = 2
    asleep = m.has(Scheme.BUST_OUT)
    m.intensity[asleep] = 0.6 + 0.4 * m.intensity[asleep]
    m.volume[asleep] = np.minimum(m.volume[asleep], rng.uniform(15, 60, count)[asleep])
    m.volume[m.has(Scheme.BANNED)] *= 1.5
    harmful = m.scheme > 0
    m.volume[harmful] = np.maximum(m.volume[harmful], 20)
    m.is_new &= ~harmful


def _plant_look_alikes(plan: Plan, m: Merchants) -> None:
    rng = plan.rng("look-alikes")
    planted = Planting(m.scheme == 0, rng, m.groups)
    planted.deal(MERCHANT_LOOK_ALIKES)
    m.look_alike[:] = planted.code
    family = planted.code == LookAlike.FAMILY_BUSINESS
    m.group[family] = planted.group[family]
    m.groups = planted.next_group
    m.look_alike[(m.look_alike == 0) & m.is_new] = LookAlike.NEW_SHOP
    m.volume[m.looks(LookAlike.NEW_SHOP)] *= 1.8
    m.loyalty[m.looks(LookAlike.FAN_CLUB)] = 0.65
    m.quality[m.looks(LookAlike.REVIEW_CAMPAIGN)] -= 0.5


def _share_warehouses(plan: Plan, m: Merchants) -> None:
    """Many shops, a few of them harmful like everywhere, ship from the same address."""
    rng = plan.rng("warehouses")
    pool = rng.permutation(len(m))[: round(WAREHOUSE_SHARE * len(m))]
    largest = max(4, min(3_000, len(m) // 40))
    number = 0
    while len(pool) >= 4:
        size = int(np.clip(np.exp(rng.normal(3.2, 1.0)), 4, largest))
        m.warehouse[pool[:size]] = number
        pool, number = pool[size:], number + 1
    honest = (m.scheme == 0) & (m.look_alike == 0) & (m.warehouse >= 0)
    m.look_alike[honest] = LookAlike.SHARED_WAREHOUSE


def _suspend(plan: Plan, m: Merchants) -> None:
    """Some shops, more of the harmful ones, were suspended for a while and came back."""
    rng, count = plan.rng("suspensions"), len(m)
    harmful = m.scheme > 0
    first = np.maximum(np.where(harmful, m.since, m.registered) + 25 * DAY, plan.start)
    at = rng.uniform(first, np.maximum(first + 60, plan.stop - DAY))
    chance = np.where(harmful, 0.1, 0.006 * np.exp(0.6 * m.quality[:, 6]))
    hit = (rng.random(count) < chance) & (at < np.minimum(m.closed, plan.stop) - DAY)
    m.suspended[hit] = at[hit]
    m.reinstated[hit] = (at + rng.uniform(5, 15, count) * DAY)[hit]
