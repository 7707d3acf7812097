"""The creators: who they are, whom they reach, what they do to look bigger."""

from dataclasses import dataclass

import numpy as np

from sample_data.catalogue import read_catalogue
from sample_data.harm import CREATOR_HARMS, CREATOR_LOOK_ALIKES, CreatorHarm, LookAlike
from sample_data.plan import DAY, DAYS, NEVER, NONE, Plan
from sample_data.planting import Planting


@dataclass
class Creators:
    """One row a creator, in numpy arrays.

    Attributes:
        reach: Followers that really watch; `followers` counts bought ones too.
        niche: Category each mostly shows; `second` is shown a quarter of the time.
        contents: Videos and livestreams in the year.
        conversion: How well an audience buys, 1 on average.
        engagement: Likes for each view.
    """

    joined: np.ndarray
    country: np.ndarray
    reach: np.ndarray
    followers: np.ndarray
    niche: np.ndarray
    second: np.ndarray
    contents: np.ndarray
    conversion: np.ndarray
    engagement: np.ndarray
    live_share: np.ndarray
    harm: np.ndarray
    look_alike: np.ndarray
    group: np.ndarray
    agency: np.ndarray
    since: np.ndarray
    intensity: np.ndarray
    groups: int

    def __len__(self) -> int:
        return len(self.joined)

    def has(self, kind: CreatorHarm) -> np.ndarray:
        """Whether each creator harms in this way."""
        return self.harm == int(kind)

    @property
    def language(self) -> np.ndarray:
        """Language each creator speaks."""
        return read_catalogue().country_language[self.country]


def make_creators(plan: Plan, first_group: int) -> Creators:
    """Draw the population; truth groups are numbered from `first_group`."""
    rng, count = plan.rng("creators"), plan.creators
    catalogue = read_catalogue()
    joined = plan.stop - np.clip(rng.gamma(1.5, 400, count), 8, 2_500) * DAY
    planted = Planting(joined < plan.stop - 40 * DAY, rng, first_group)
    planted.deal(CREATOR_HARMS)
    innocent = Planting(planted.code == 0, rng, planted.next_group)
    innocent.deal(CREATOR_LOOK_ALIKES)
    reach = np.exp(rng.normal(7.6, 1.5, count)) * (1 + 0.3 * rng.pareto(1.8, count))
    bots = planted.code == CreatorHarm.BOTS
    bought = np.where(bots, rng.uniform(1.2, 9, count), rng.uniform(1.0, 1.35, count))
    harmful = planted.code > 0
    is_agency = innocent.code == LookAlike.AGENCY
    return Creators(
        joined=joined.astype(np.int64),
        country=rng.choice(len(catalogue.countries), count, p=catalogue.country_shares),
        reach=reach,
        followers=(reach * bought).astype(np.int64),
        niche=rng.choice(len(catalogue.categories), count, p=catalogue.shares),
        second=rng.choice(len(catalogue.categories), count, p=catalogue.shares),
        contents=_content_counts(plan, rng, joined, harmful),
        conversion=np.exp(rng.normal(0, 0.6, count)),
        engagement=0.06 * np.exp(rng.normal(0, 0.45, count)),
        live_share=_live_share(rng, planted.code),
        harm=planted.code,
        look_alike=innocent.code,
        group=np.where(harmful, planted.group, np.where(is_agency, innocent.group, NONE)),
        agency=np.where(is_agency, innocent.group, NONE),
        since=_since(plan, rng, joined, harmful),
        intensity=rng.beta(4, 2, count) * 0.95,
        groups=innocent.next_group,
    )


def _content_counts(
    plan: Plan, rng: np.random.Generator, joined: np.ndarray, harmful: np.ndarray
) -> np.ndarray:
    raw = np.exp(rng.normal(0, 1.0, len(joined)))
    active = np.minimum(plan.stop - joined, DAYS * DAY) / (DAYS * DAY)
    counts = np.round(25 * raw / raw.mean() * active)
    return np.clip(np.where(harmful, np.maximum(counts, 6), counts), 0, 600).astype(np.int64)


def _live_share(rng: np.random.Generator, harm: np.ndarray) -> np.ndarray:
    share = rng.beta(1.2, 3.5, len(harm))
    live = np.isin(harm, [CreatorHarm.LOOPED_LIVE, CreatorHarm.GAMBLING])
    return np.where(live, np.maximum(share, 0.55), share)


def _since(
    plan: Plan, rng: np.random.Generator, joined: np.ndarray, harmful: np.ndarray
) -> np.ndarray:
    first = np.maximum(joined + 3 * DAY, plan.start)
    later = rng.uniform(first, np.maximum(first + DAY, plan.stop - 30 * DAY))
    begin = np.where(rng.random(len(joined)) < 0.45, first, later)
    return np.where(harmful, begin, NEVER).astype(np.int64)
