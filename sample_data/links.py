"""Devices, bank accounts, phones, addresses and licences, and who shares them with whom."""

from typing import Final

import numpy as np

from sample_data.arrow import Tables, digests, ids, named, times
from sample_data.bursts import Bursts, Kind, pool_member
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, LookAlike, Scheme
from sample_data.merchants import Merchants
from sample_data.plan import DAY, NONE, Plan, mix, ranges, uniform

LINK_KINDS: Final = ("device", "bank_account", "phone", "address", "licence")
DEVICE, BANK, PHONE, ADDRESS, LICENCE = range(5)
OWN, GROUP, WAREHOUSE, CAFE, AGENCY = range(5)


class _Links:
    """Collects links as integers: whose, of which kind, and a key for the value."""

    def __init__(self) -> None:
        self.owner: list[np.ndarray] = []
        self.kind: list[np.ndarray] = []
        self.value: list[np.ndarray] = []

    def add(self, owner: np.ndarray, kind: int, space: int, value: np.ndarray) -> None:
        self.owner.append(owner)
        self.kind.append(np.full(len(owner), kind))
        self.value.append(mix(value, kind, space, 91))

    def write(self, plan: Plan, tables: Tables, entity: str, opened: np.ndarray) -> None:
        """Write without doubles; what is shared may be seen later than the own."""
        owner, kind = np.concatenate(self.owner), np.concatenate(self.kind)
        value = np.concatenate(self.value)
        order = np.lexsort((value, kind, owner))
        owner, kind, value = owner[order], kind[order], value[order]
        new = np.ones(len(owner), dtype=bool)
        new[1:] = (owner[1:] != owner[:-1]) | (kind[1:] != kind[:-1]) | (value[1:] != value[:-1])
        owner, kind, value = owner[new], kind[new], value[new]
        room = np.maximum(plan.stop - opened[owner] - DAY, 3_600)
        late = np.where(uniform(owner, value, 92) < 0.6, 0.0, uniform(owner, value, 93) ** 2)
        first = opened[owner] + 300 + (late * np.minimum(room, 120 * DAY)).astype(np.int64)
        last = first + (uniform(owner, value, 94) * (plan.stop - first)).astype(np.int64)
        tables.write(
            "links",
            {
                "entity_type": named([entity], np.zeros(len(owner), dtype=np.int64)),
                "entity_id": ids(entity[0], owner),
                "kind": named(list(LINK_KINDS), kind),
                "value_hash": digests(value, plan.seed),
                "first_seen": times(first),
                "last_seen": times(last),
            },
        )


def write_links(plan: Plan, tables: Tables, m: Merchants, c: Creators, bursts: Bursts) -> None:
    """Write the links of merchants, creators and some buyers."""
    opened = np.full(plan.buyers, plan.start)
    _buyer_links(plan, m, bursts).write(plan, tables, "buyer", opened)
    _merchant_links(plan, m).write(plan, tables, "merchant", m.registered)
    _creator_links(plan, c).write(plan, tables, "creator", c.joined)


def _buyer_links(plan: Plan, m: Merchants, bursts: Bursts) -> _Links:
    """Devices of some buyers; circles of friends share a few, now and then with the shop."""
    links, everyone = _Links(), np.arange(plan.buyers)
    seen = everyone[uniform(everyone, 112, plan.seed) < 0.04]
    household = mix(seen // 2, 113).view(np.int64)
    at_home = uniform(seen, 114) < 0.25
    links.add(seen, DEVICE, OWN, np.where(at_home, household, seen + 2_000_000_000))
    row = np.flatnonzero((bursts.pool != NONE) & (bursts.kind != Kind.OWN_SHOWCASE))
    row = np.repeat(row, np.minimum(bursts.pool_size[row], 60).astype(np.int64))
    member = ranges(np.unique(row, return_counts=True)[1])
    friend = pool_member(bursts.pool[row], member, plan.buyers)
    known = uniform(friend, 115) < 0.3
    row, member, friend = row[known], member[known], friend[known]
    shop = uniform(friend, 116) < 0.25
    group = m.group[bursts.merchant[row]]
    links.add(friend[shop], DEVICE, GROUP, group[shop] * 4)
    phone = mix(bursts.pool[row], member // 3, 117).view(np.int64)
    links.add(friend[~shop], DEVICE, OWN, phone[~shop])
    return links


def _merchant_links(plan: Plan, m: Merchants) -> _Links:
    links, everyone = _Links(), np.arange(len(m))
    replaced = _shares_group(m, everyone)
    links.add(everyone, DEVICE, OWN, everyone)
    links.add(everyone[uniform(everyone, 101) < 0.35], DEVICE, OWN, _second(everyone, 101, 0.35))
    for kind in (BANK, PHONE):
        own = everyone[~replaced[:, kind]]
        links.add(own, kind, OWN, own)
    at_home = everyone[(m.warehouse < 0) & ~replaced[:, ADDRESS]]
    links.add(at_home, ADDRESS, OWN, at_home)
    stored = everyone[m.warehouse >= 0]
    links.add(stored, ADDRESS, WAREHOUSE, m.warehouse[stored])
    _licences(m, links)
    for kind in (DEVICE, BANK, PHONE, ADDRESS):
        shared = everyone[replaced[:, kind]]
        # A large ring has more than one device and account.
        branch = (uniform(shared, kind, 103) * 1.3).astype(np.int64)
        links.add(shared, kind, GROUP, m.group[shared] * 4 + branch)
    cafe = everyone[uniform(everyone, 104, plan.seed) < 0.015]
    links.add(cafe, DEVICE, CAFE, (uniform(cafe, 105) * max(1, len(cafe) // 3)).astype(np.int64))
    return links


def _second(everyone: np.ndarray, salt: int, share: float) -> np.ndarray:
    return everyone[uniform(everyone, salt) < share] + 500_000_000


def _shares_group(m: Merchants, everyone: np.ndarray) -> np.ndarray:
    """Which kinds of value each merchant has in common with its group."""
    ring = m.has(Scheme.COUNTERFEIT_RING)
    back = m.has(Scheme.BANNED, Scheme.RETURNED)
    family = m.looks(LookAlike.FAMILY_BUSINESS)
    brushing = m.has(Scheme.BRUSHING)
    chances = np.zeros((len(m), len(LINK_KINDS)))
    chances[ring] = [0.85, 0.75, 0.3, 0.25, 0]
    chances[back] = [0.75, 0.6, 0.35, 0.35, 0]
    chances[family] = [0.3, 0.65, 0.85, 0.75, 0]
    chances[brushing] = [0.35, 0.2, 0.1, 0.1, 0]
    shares = np.stack(
        [uniform(everyone, kind, 106) < chances[:, kind] for kind in range(len(LINK_KINDS))], axis=1
    )
    nothing = (ring | back) & ~shares[:, DEVICE] & ~shares[:, BANK]
    shares[nothing, DEVICE] = True
    return shares


def _licences(m: Merchants, links: _Links) -> None:
    """Most have one of their own; who has a false one has none, or somebody else's."""
    everyone = np.arange(len(m))
    false = m.has(Scheme.FALSE_LICENCE)
    u = uniform(everyone, 107)
    has_own = np.where(false, u < 0.2, u < np.where(m.is_new, 0.7, 0.93))
    links.add(everyone[has_own], LICENCE, OWN, everyone[has_own])
    borrowed = everyone[(false & (u >= 0.55)) | (u > 0.998)]
    links.add(borrowed, LICENCE, OWN, (uniform(borrowed, 108) * len(m)).astype(np.int64))


def _creator_links(plan: Plan, c: Creators) -> _Links:
    links, everyone = _Links(), np.arange(len(c))
    key = everyone + 1_000_000_000
    links.add(everyone, DEVICE, OWN, key)
    linked = c.has(CreatorHarm.LINKED)
    managed = c.agency != NONE
    for kind, agency_chance in ((DEVICE, 0.25), (BANK, 0.7), (PHONE, 0.3), (ADDRESS, 0.8)):
        u = uniform(everyone, kind, 109)
        together = linked & (u < (0.8 if kind in (DEVICE, PHONE) else 0.45))
        links.add(everyone[together], kind, GROUP, c.group[together])
        through_agency = managed & (u < agency_chance)
        links.add(everyone[through_agency], kind, AGENCY, c.agency[through_agency])
        if kind != DEVICE:
            own = ~(together | through_agency)
            links.add(everyone[own], kind, OWN, key[own])
    return links
