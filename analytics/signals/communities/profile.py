"""What a ring is: its size, what holds it together, what it costs, how suspicious it is."""

from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import relations
from analytics.columns import ENTITY_ID, ENTITY_TYPE, KNOWN_AT, POLICY_HARM
from analytics.errors import InputError
from analytics.signals.communities.checks import ENDS
from analytics.signals.communities.finder import BUYER, RING, pair_weights

_KEY: Final = [ENTITY_TYPE, ENTITY_ID]
OPEN_SHARE: Final = 0.25
BASE_RISK: Final = 0.05
RISK, EXPOSURE = "risk", "exposure"
CONFIRMED: Final = {"violation": 1.0, "no_violation": 0.0}


def profile_rings(
    members: pd.DataFrame,
    edges: pd.DataFrame,
    as_of: datetime,
    *,
    entities: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    names: pd.DataFrame | None = None,
    base_risk: float = BASE_RISK,
) -> pd.DataFrame:
    """Describe and score each ring, the most suspicious first.

    Args:
        members: As of `RingFinder.members_`.
        edges: As of `RingFinder.edges_`.
        as_of: Naive UTC; decisions after it are not looked at.
        entities: entity_type, entity_id and, where known, `risk` (probability of a violation),
            `policy_harm` and `exposure` (money), `known_at`.
        decisions: entity_type, entity_id, outcome, decided_at, as in `past_decisions`.
        names: As of `name_rings`.
        base_risk: Risk of an entity of which nothing is known.

    Returns:
        One row per ring: ring, size (sellers, creators, products), buyers, cohesion (mean weight
        over its pairs), hidden_cohesion (the same without what is shown openly), corroborated
        (share of the tied pairs that have two kinds of tie), density (share of
        pairs tied), expected_density (what the numbers of ties would give at random), kinds (list
        of relation, pairs, values, rarest), oldest_tie, newest_tie, age_days, decided, confirmed,
        confirmed_share, mean_risk, exposure, expected_harm, youngest_days, score, rank; with names
        also name, previous_size, growth, merged_from, split_from.

    Raises:
        InputError: A frame lacks its key columns.
    """
    sellers = members[members[ENTITY_TYPE] != BUYER]
    inside = inner_edges(members, edges)
    profile = sellers.groupby(RING).size().to_frame("size")
    buyers = members[members[ENTITY_TYPE] == BUYER].groupby(RING).size()
    profile["buyers"] = buyers.reindex(profile.index, fill_value=0)
    profile = profile.join(_cohesion(sellers, inside, edges, profile["size"]))
    profile = profile.join(_held_by(inside))
    profile = profile.join(_times(inside, as_of))
    profile = profile.join(_risk(sellers, entities, decisions, as_of, base_risk))
    profile["score"] = _score(profile)
    profile = profile.drop(columns="smoothed_risk").reset_index()
    if names is not None:
        profile = _grown(profile, names)
    profile = profile.sort_values(["score", "size", RING], ascending=[False, False, True])
    return profile.assign(rank=np.arange(1, len(profile) + 1)).reset_index(drop=True)


def _score(profile: pd.DataFrame) -> pd.Series:
    """Geometric mean of how surely they are one and how risky they are, between 0 and 1.

    One kind of value in common may be chance (a public terminal, a telephone sold on); two seldom
    are, so pairs with a second kind count double. What is shown openly counts a quarter.
    """
    hidden, shown = profile["hidden_cohesion"], profile["cohesion"] - profile["hidden_cohesion"]
    control = (hidden + OPEN_SHARE * shown) * (1 + profile["corroborated"]) / 2
    return (control * profile["smoothed_risk"]) ** 0.5


def inner_edges(members: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """The edges whose two ends stand in the same ring, with that ring."""
    where = members.set_index(_KEY)[RING]
    ends = [
        where.reindex(pd.MultiIndex.from_frame(edges[[f"{end}_type", f"{end}_id"]])).to_numpy()
        for end in ("src", "dst")
    ]
    same = ends[0] == ends[1]  # a missing ring is NaN and equals nothing
    return edges[same].assign(ring=ends[0][same].astype(np.int64))


def _cohesion(
    sellers: pd.DataFrame, inside: pd.DataFrame, edges: pd.DataFrame, size: pd.Series
) -> pd.DataFrame:
    pairs = size * (size - 1) / 2
    own = inside[(inside["src_type"] != BUYER) & (inside["dst_type"] != BUYER)]
    hidden = own[~own["relation"].isin(relations.OPEN)]
    found = pd.DataFrame(index=size.index)
    for column, used in (("cohesion", own), ("hidden_cohesion", hidden)):
        tied = _pairs_of(used)
        found[column] = (tied.groupby(RING)["weight"].sum() / pairs).fillna(0.0)
    kinds = own.groupby([RING, *ENDS])["relation"].nunique()
    found["corroborated"] = (kinds > 1).groupby(RING).mean()
    found["density"] = (_pairs_of(own).groupby(RING).size() / pairs).fillna(0.0)
    found["expected_density"] = _expected(sellers, edges) / pairs
    return found


def _pairs_of(inside: pd.DataFrame) -> pd.DataFrame:
    rings = inside[[*ENDS, RING]].drop_duplicates(list(ENDS))
    return pair_weights(inside).merge(rings, on=list(ENDS))


def _expected(sellers: pd.DataFrame, edges: pd.DataFrame) -> pd.Series:
    """Pairs tied by chance, if each had its number of ties with others at random.

    Chung and Lu (2002), "Connected components in random graphs with given expected degree
    sequences": d₁ d₂ / Σ d for a pair, summed over the pairs of the ring.
    """
    own = edges[(edges["src_type"] != BUYER) & (edges["dst_type"] != BUYER)]
    pairs = own[list(ENDS)].drop_duplicates()
    ends = pd.concat(
        pairs[[f"{end}_type", f"{end}_id"]].set_axis(_KEY, axis=1) for end in ("src", "dst")
    )
    degree = ends.groupby(_KEY).size().rename("degree").reset_index()
    tied = sellers.merge(degree, how="left", on=_KEY).fillna({"degree": 0})
    sums = tied.assign(square=tied["degree"] ** 2).groupby(RING)[["degree", "square"]].sum()
    return (sums["degree"] ** 2 - sums["square"]) / (2 * max(len(ends), 1))


def _held_by(inside: pd.DataFrame) -> pd.DataFrame:
    """Per ring the kinds that hold it, the strongest first."""
    grouped = inside.groupby([RING, "relation"])
    kinds = grouped.agg(pairs=("weight", "size"), weight=("weight", "sum")).reset_index()
    if "value" in inside.columns:
        counts = grouped.agg(values=("value", "nunique"), rarest=("sharers", "min")).reset_index()
        kinds = kinds.merge(counts, on=[RING, "relation"])
    kinds = kinds.sort_values([RING, "weight", "relation"], ascending=[True, False, True])
    rows = kinds.drop(columns=[RING, "weight"]).to_dict("records")
    listed: dict[int, list[Any]] = {}
    for ring, row in zip(kinds[RING], rows, strict=True):
        listed.setdefault(int(ring), []).append(row)
    return pd.DataFrame({"kinds": pd.Series(listed, dtype=object)})


def _times(inside: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    if "first_seen" not in inside.columns:
        inside = inside.assign(first_seen=pd.Series(pd.NaT, index=inside.index))
    first = pd.to_datetime(inside["first_seen"]).groupby(inside[RING])
    times = pd.DataFrame({"oldest_tie": first.min(), "newest_tie": first.max()})
    times["age_days"] = (pd.Timestamp(as_of) - times["oldest_tie"]).dt.days
    return times


def _risk(
    sellers: pd.DataFrame,
    entities: pd.DataFrame | None,
    decisions: pd.DataFrame | None,
    as_of: datetime,
    base: float,
) -> pd.DataFrame:
    known = sellers[[RING, *_KEY]]
    given = _checked(entities, "entities", ())
    known = known.merge(given.drop_duplicates(_KEY), how="left", on=_KEY)
    for column in (RISK, POLICY_HARM, EXPOSURE):
        known[column] = known[column].astype(float) if column in known.columns else np.nan
    known = known.merge(last_decisions(decisions, as_of), how="left", on=_KEY)
    sure = known["confirmed"].fillna(known[RISK]).fillna(base)
    grouped = known.assign(sure=sure).groupby(RING)
    found = grouped.agg(
        decided=("confirmed", "count"),
        confirmed=("confirmed", "sum"),
        confirmed_share=("confirmed", "mean"),
        mean_risk=(RISK, "mean"),
    )
    found["exposure"] = grouped[EXPOSURE].sum(min_count=1)
    found["expected_harm"] = grouped[POLICY_HARM].sum(min_count=1)
    if KNOWN_AT in known.columns:
        age = pd.Timestamp(as_of) - pd.to_datetime(known[KNOWN_AT])
        found["youngest_days"] = age.dt.days.groupby(known[RING]).min()
    # One more member of whom nothing is known, so that a pair needs more than a ring of ten.
    found["smoothed_risk"] = (grouped["sure"].sum() + base) / (grouped.size() + 1)
    return found


def last_decisions(decisions: pd.DataFrame | None, as_of: datetime) -> pd.DataFrame:
    """The last decision of each entity by the as-of: confirmed 1 or 0; "cannot tell" is none."""
    rows = _checked(decisions, "decisions", ("outcome", "decided_at"))
    rows = rows[pd.to_datetime(rows["decided_at"]) <= pd.Timestamp(as_of)]
    rows = rows.sort_values("decided_at", kind="stable").drop_duplicates(_KEY, keep="last")
    confirmed = rows["outcome"].map(CONFIRMED).astype(float)
    return rows[_KEY].assign(confirmed=confirmed).dropna()


def _checked(frame: pd.DataFrame | None, what: str, more: tuple[str, ...]) -> pd.DataFrame:
    columns = [*_KEY, *more]
    if frame is None:
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"The {what} lack the column {missing[0]}.")
    return frame


def _grown(profile: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    told = names[[RING, "name", "previous_size", "merged_from", "split_from"]]
    profile = profile.merge(told, how="left", on=RING, validate="one_to_one")
    return profile.assign(growth=profile["size"] - profile["previous_size"])
