"""Names that rings keep from snapshot to snapshot, however they grow, shrink, split or merge."""

import hashlib
from typing import Final, cast

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.errors import InputError
from analytics.signals.communities.finder import BUYER, RING

NAME_LENGTH: Final = 10
_KEY: Final = [ENTITY_TYPE, ENTITY_ID]


def name_rings(members: pd.DataFrame, previous: pd.DataFrame | None = None) -> pd.DataFrame:
    """Name each ring after the earlier one that it continues, else anew.

    Pairs of a ring and an earlier one are taken by the number of members in common, then by the
    share of all members of both (Jaccard), then by name; each gives and takes one name. So of a
    ring that split the largest part keeps the name, and where rings merged the largest gives it.
    Only members in common count, never numbers or order, so equal input gives equal names.
    A new name is made of the members, so it does not depend on the order of rings either.

    Args:
        members: ring (a number or a text), entity_type, entity_id, as of `RingFinder.members_`.
        previous: The same of the snapshot before, whose ring is the name.

    Returns:
        One row per ring: ring, name, previous (the name continued, missing for a new ring),
        previous_size, joined (members new to it), left (members it lost), merged_from, split_from
        (lists of earlier names of some of its members: of rings that are gone, and that go on).

    Raises:
        InputError: An entity stands in two rings.
    """
    members = _operators(members, "found")
    earlier = _operators(previous, "earlier") if previous is not None else members.iloc[:0]
    sizes = members.groupby(RING).size()
    earlier_sizes = earlier.groupby(RING).size()
    overlap = _overlaps(members, earlier, sizes, earlier_sizes)
    continued = _match(overlap)
    rows = []
    taken = set(earlier_sizes.index)
    for key, group in members.groupby(RING):
        ring = cast("int | str", key)
        old = continued.get(ring)
        name = old if old is not None else _new_name(group, taken)
        taken.add(name)
        near = overlap[overlap[RING] == ring]
        rows.append({RING: ring, "name": name} | _history(ring, old, near, sizes, earlier_sizes,
                                                         continued))  # fmt: skip
    columns = ["ring", "name", "previous", "previous_size", "joined", "left", "merged_from",
               "split_from"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _operators(members: pd.DataFrame, which: str) -> pd.DataFrame:
    """Without buyers, who come and go."""
    missing = [name for name in (RING, *_KEY) if name not in members.columns]
    if missing:
        raise InputError(f"The {which} rings lack the column {missing[0]}.")
    members = members.loc[members[ENTITY_TYPE] != BUYER, [RING, *_KEY]].drop_duplicates()
    twice = members[members.duplicated(_KEY)]
    if len(twice):
        kind, name = twice.iloc[0][_KEY]
        raise InputError(f"The {kind} {name} stands in two of the {which} rings.")
    return members


def _overlaps(
    members: pd.DataFrame, earlier: pd.DataFrame, sizes: pd.Series, earlier_sizes: pd.Series
) -> pd.DataFrame:
    both = members.merge(earlier.rename(columns={RING: "old"}), on=_KEY)
    overlap = both.groupby([RING, "old"]).size().reset_index(name="shared")
    both_sizes = overlap[RING].map(sizes).astype(float) + overlap["old"].map(earlier_sizes).astype(
        float
    )
    union = both_sizes - overlap["shared"]
    overlap["jaccard"] = overlap["shared"] / union
    first = members.sort_values(_KEY).drop_duplicates(RING)
    overlap = overlap.merge(first, on=RING)
    order = ["shared", "jaccard", "old", *_KEY]
    ascending = [False, False, True, True, True]
    return overlap.sort_values(order, ascending=ascending, ignore_index=True)


def _match(overlap: pd.DataFrame) -> dict[int | str, str]:
    continued: dict[int | str, str] = {}
    given: set[str] = set()
    for ring, old in zip(overlap[RING], overlap["old"], strict=True):
        if ring not in continued and old not in given:
            continued[ring] = old
            given.add(old)
    return continued


def _new_name(group: pd.DataFrame, taken: set[str]) -> str:
    members = sorted(f"{kind}:{name}" for kind, name in zip(*(group[k] for k in _KEY), strict=True))
    text = "\0".join(members)
    while True:
        name = "ring-" + hashlib.blake2b(text.encode(), digest_size=16).hexdigest()[:NAME_LENGTH]
        if name not in taken:
            return name
        text += "\0again"


def _history(
    ring: int | str,
    old: str | None,
    near: pd.DataFrame,
    sizes: pd.Series,
    earlier_sizes: pd.Series,
    continued: dict[int | str, str],
) -> dict[str, object]:
    kept = int(near.loc[near["old"] == old, "shared"].sum())
    others = [name for name in near["old"] if name != old]
    alive = set(continued.values())
    return {
        "previous": old,
        "previous_size": int(earlier_sizes[old]) if old is not None else 0,
        "joined": int(sizes[ring]) - kept,
        "left": int(earlier_sizes[old]) - kept if old is not None else 0,
        "merged_from": [name for name in others if name not in alive],
        "split_from": [name for name in others if name in alive],
    }
