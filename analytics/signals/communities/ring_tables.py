"""What the pages read of rings, and how a ring keeps its name from snapshot to snapshot."""

from typing import Final

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE
from analytics.signals.communities.checks import ENDS
from analytics.signals.communities.family import MEMBERS, Tables
from analytics.signals.communities.finder import BUYER, RING
from analytics.signals.communities.found import KEY, FoundRings, both_ways
from analytics.signals.communities.names import name_rings
from analytics.signals.communities.profile import inner_edges, profile_rings

RINGS: Final = "rings"
VALUES: Final = "values"
EDGES: Final = "edges"
COMMON: Final = "common"
_CHANGES: Final = ("previous_size", "joined", "left", "merged_from", "split_from")
_OF_SCORES: Final = ("rank", "mean_risk", "exposure", "expected_harm")  # joined when read
_MEMBER: Final = ("tie", "hidden_tie", "joined_at", "rarest", "confirmed")
_EDGE: Final = ("relation", "value", "sharers", "weight", "first_seen", "last_seen")


def ring_tables(found: FoundRings) -> Tables:
    """Return the tables by name.

    Returns:
        rings: ring (its name), what `profile_rings` tells without scores (kinds: the relations,
            strongest first), and what became of it since the snapshot before (see `name_rings`;
            earlier names joined by commas).
        members: ring, entity_type, entity_id, tie, hidden_tie, joined_at, rarest, confirmed,
            merchant_id (who sells it, of a product); of buyers only the first four.
        values: ring, relation, value (missing where two have no one value in common), holders
            (of anybody), members (of the ring), pairs, weight, first_seen, last_seen.
        edges: entity_type, entity_id, other_type, other_id, then relation, value, sharers, weight,
            first_seen, last_seen, ring (missing where they stand in no ring together); each tie
            from both its ends, by the first.
        common: kind, value_hash, sharers of the values that too many share to link anybody.
    """
    names = name_rings(found.members)
    profile = profile_rings(
        found.members, found.edges, found.as_of, decisions=found.decisions, names=names
    )
    called = names.set_index(RING)["name"]
    own = found.sellers[[RING, *KEY, *_MEMBER]]
    buyers = found.members[found.members[ENTITY_TYPE] == BUYER]
    members = pd.concat([own, buyers], ignore_index=True)
    is_product = members[ENTITY_TYPE] == "product"
    sold_by = members[ENTITY_ID].map(found.sold_by).where(is_product).astype("str")
    return {
        RINGS: _rings(profile, names),
        MEMBERS: members.assign(ring=members[RING].map(called), merchant_id=sold_by),
        VALUES: _values(found).assign(ring=lambda rows: rows[RING].map(called)),
        EDGES: _edges(found).assign(ring=lambda rows: rows[RING].map(called)),
        COMMON: found.graph.common,
    }


def _rings(profile: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    told = profile.drop(columns=[*_OF_SCORES, *_CHANGES, "growth"], errors="ignore")
    kinds = told["kinds"].map(lambda rows: [row["relation"] for row in rows])
    told = told.assign(kinds=kinds, ring=told["name"]).drop(columns="name")
    return _changed(told, names.assign(ring=names["name"]))


def _changed(rings: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    lists = {name: names[name].map(", ".join) for name in ("merged_from", "split_from")}
    changes = names[[RING, *_CHANGES]].assign(**lists).set_index(RING)
    return rings.drop(columns=list(_CHANGES), errors="ignore").join(changes, on=RING)


def renamed(tables: Tables, earlier: pd.DataFrame) -> Tables:
    """Give the rings of `tables` the names of the rings that they continue.

    Args:
        tables: As of `ring_tables`.
        earlier: `members` of the snapshot before.
    """
    names = name_rings(tables[MEMBERS], earlier)
    changed = {**tables, RINGS: _changed(tables[RINGS], names)}
    called = names.set_index(RING)["name"]
    return {
        name: table.assign(ring=table[RING].map(called)) if RING in table.columns else table
        for name, table in changed.items()
    }


def _values(found: FoundRings) -> pd.DataFrame:
    inside = inner_edges(found.members, found.edges)
    by = [RING, "relation", "value"]
    grouped = inside.groupby(by, dropna=False)
    told = grouped.agg(
        holders=("sharers", "max"),
        pairs=("weight", "size"),
        weight=("weight", "max"),
        first_seen=("first_seen", "min"),
        last_seen=("last_seen", "max"),
    )
    ends = both_ways(inside).groupby(by, dropna=False)
    members = ends.apply(lambda rows: len(rows[KEY].drop_duplicates()))
    told["members"] = members.astype("int64") if len(told) else pd.Series(dtype="int64")
    return told.reset_index().sort_values([RING, "weight"], ascending=[True, False])


def _edges(found: FoundRings) -> pd.DataFrame:
    inside = inner_edges(found.members, found.edges)
    edges = found.edges[[*ENDS, *_EDGE]].join(inside[RING].astype("Int64"))
    return both_ways(edges)
