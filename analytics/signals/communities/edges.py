"""The typed, weighted entity graph as of a moment, from the contract's tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import poisson

from analytics.engines.scratch import scratch_database
from analytics.errors import InputError
from analytics.signals.communities import sql
from analytics.signals.discovery import significant
from analytics.signals.tables import make_views

EDGE_COLUMNS: Final = (
    "src_type", "src_id", "dst_type", "dst_id",
    "relation", "value", "sharers", "rarity", "weight", "first_seen", "last_seen",
)  # fmt: skip
# How much a value in common says about common control, between 0 and 1. Money and machines are
# hardly ever shared by strangers, addresses often are.
STRENGTH: Final[Mapping[str, float]] = {
    "device": 0.9,
    "bank_account": 0.9,
    "phone": 0.6,
    "licence": 0.6,
    "buyers": 0.6,
    "titles": 0.6,
    "address": 0.2,
    "sales": 0.1,
    "shown": 0.1,
}
OTHER_KIND: Final = 0.5


@dataclass(frozen=True)
class GraphOptions:
    """What links whom, and how strongly.

    Attributes:
        cap: A value that more sellers and creators than this have in common links nobody; it is
            reported in `EntityGraph.common`. A buyer of more shops than this is left out, too.
        strength: Weight of each kind of value or relation, for one that only two share.
        other_kind: Weight of a kind that `strength` does not name.
        least_shared: Fewest buyers or titles in common, or lines of a creator with a merchant.
        false_discovery: Expected share of chance among the pairs linked by buyers or titles.
        least_overlap: Share of the smaller shop's that must be in common beyond expectation.
        least_reliance: Smallest geometric mean of the two shares that makes a creator and a
            merchant partners.
    """

    cap: int = 100
    strength: Mapping[str, float] = field(default_factory=lambda: dict(STRENGTH))
    other_kind: float = OTHER_KIND
    least_shared: int = 3
    false_discovery: float = 0.1
    least_overlap: float = 0.05
    least_reliance: float = 0.2

    def __post_init__(self) -> None:
        if self.cap < 2:
            raise InputError(f"The cap on sharers must be at least 2, not {self.cap}.")
        wrong = [kind for kind, weight in self.strength.items() if not 0 <= weight <= 1]
        if wrong:
            raise InputError(f"The strength of {wrong[0]} must be between 0 and 1.")


@dataclass(frozen=True)
class EntityGraph:
    """Who is tied to whom.

    Attributes:
        edges: One row per pair and relation or shared value, in `EDGE_COLUMNS`; each pair once,
            `(src_type, src_id) < (dst_type, dst_id)`. `weight` = strength of the kind × rarity.
        common: kind, value_hash, sharers: the values above the cap, which link nobody.
        skipped: Relation → why it could not be read.
    """

    edges: pd.DataFrame
    common: pd.DataFrame
    skipped: Mapping[str, str]
    as_of: datetime


def read_graph(
    tables: Mapping[str, Path],
    as_of: datetime,
    options: GraphOptions | None = None,
    *,
    exported_at: datetime | None = None,
    threads: int = 1,
    memory_limit: str = "2GB",
) -> EntityGraph:
    """Build the graph in DuckDB; only pairs that share something rare come back as rows.

    Args:
        tables: Name in the contract → parquet file; what is missing is skipped and said.
        as_of: Naive UTC. Nothing that happened later is looked at.
        options: What links whom.
        exported_at: Last moment known in the source; titles have no date and count from then.
        threads: Threads of DuckDB.
        memory_limit: Beyond it DuckDB spills to disk.

    Raises:
        InputError: There is neither `links` nor `orders` nor `content_products`, or a file lacks
            a column that its relation needs.
    """
    options = options or GraphOptions()
    parts, skipped = [], {}
    common = pd.DataFrame({"kind": [], "value_hash": [], "sharers": []})
    with scratch_database(threads=threads, memory_limit=memory_limit) as con:
        for relation, (needed, read) in _RELATIONS.items():
            missing = [name for name in needed if name not in tables]
            if missing:
                skipped[relation] = f"there is no table {missing[0]}"
                continue
            if relation == _DATELESS and exported_at is not None and as_of < exported_at:
                skipped[relation] = "titles are known only from the export on"
                continue
            make_views(con, tables, needed)
            parts.append(read(con, as_of, options))
            if relation == "shared values":
                common = con.execute(sql.COMMON, {"cap": options.cap}).df()
    if not parts:
        raise InputError(
            "No table says who has something in common.",
            hint="Give links, orders, or contents with content_products and products.",
        )
    return EntityGraph(_weighted(pd.concat(parts), options), common, skipped, as_of)


def _shared_values(
    con: duckdb.DuckDBPyConnection, as_of: datetime, options: GraphOptions
) -> pd.DataFrame:
    con.execute(sql.VALUES, {"as_of": as_of})
    con.execute(sql.SHARED)
    return con.execute(sql.SHARED_EDGES, {"cap": options.cap}).df()


def _buyers(con: duckdb.DuckDBPyConnection, as_of: datetime, options: GraphOptions) -> pd.DataFrame:
    con.execute(sql.BUYERS, {"as_of": as_of})
    return _in_common(con, "buyers", options)


def _titles(con: duckdb.DuckDBPyConnection, as_of: datetime, options: GraphOptions) -> pd.DataFrame:
    con.execute(sql.TITLES, {"as_of": as_of})
    return _in_common(con, "titles", options)


def _in_common(
    con: duckdb.DuckDBPyConnection, relation: str, options: GraphOptions
) -> pd.DataFrame:
    """Pairs of shops with more `items` in common than chance gives.

    Tumminello et al. (2011), "Statistically validated networks in bipartite complex systems", with
    the number in common taken as Poisson around what the two numbers of items let expect when
    items of many shops meet more often: n₁ n₂ Σ d(d−1) / (Σ d)² for items in d shops.
    """
    given = {"cap": options.cap, "least": options.least_shared}
    found = con.execute(sql.IN_COMMON, given).df()
    if found.empty:
        return _no_edges()
    expected = found["src_items"] * found["dst_items"] * found["together"]
    chance = poisson.sf(found["shared"] - 1, expected)
    shops = int(found["shops"].iloc[0])
    is_real = significant(chance, options.false_discovery, tests=shops * (shops - 1) // 2)
    smaller = found[["src_items", "dst_items"]].min(axis=1)
    overlap = ((found["shared"] - expected) / smaller).clip(0, 1)
    # A circle is only a part of what a shop has: a third in common counts as much as all.
    found = found.assign(
        src_type="merchant", dst_type="merchant", relation=relation, sharers=2,
        rarity=(3 * overlap).clip(upper=1),
    )  # fmt: skip
    return found[is_real & (overlap >= options.least_overlap)]


def _sales(con: duckdb.DuckDBPyConnection, as_of: datetime, options: GraphOptions) -> pd.DataFrame:
    given = {"as_of": as_of, "least": options.least_shared, "floor": options.least_reliance}
    return con.execute(sql.SALES, given).df()


def _shown(con: duckdb.DuckDBPyConnection, as_of: datetime, options: GraphOptions) -> pd.DataFrame:
    given = {"as_of": as_of, "least": options.least_shared, "floor": options.least_reliance}
    return con.execute(sql.SHOWN, given).df()


_RELATIONS: Final = {
    "shared values": (("links",), _shared_values),
    "buyers in common": (("orders",), _buyers),
    "titles in common": (("products",), _titles),
    "sales of creators": (("orders",), _sales),
    "products shown": (("content_products", "contents", "products"), _shown),
}


_DATELESS: Final = "titles in common"


def _no_edges() -> pd.DataFrame:
    return pd.DataFrame({column: [] for column in EDGE_COLUMNS})


def _weighted(edges: pd.DataFrame, options: GraphOptions) -> pd.DataFrame:
    edges = edges.reindex(columns=list(EDGE_COLUMNS)).reset_index(drop=True)
    strength = edges["relation"].map(options.strength).fillna(options.other_kind)
    edges["weight"] = strength.astype(float) * edges["rarity"].astype(float)
    edges["sharers"] = edges["sharers"].fillna(2).astype(np.int64)
    return edges[edges["weight"] > 0].reset_index(drop=True)
