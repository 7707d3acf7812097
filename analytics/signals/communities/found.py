"""The rings of a view: what features, evidence and tables of the family are made from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analytics import relations
from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features.as_of import AsOf
from analytics.signals.communities.edges import EntityGraph, read_graph
from analytics.signals.communities.finder import BUYER, RING, RingFinder
from analytics.signals.communities.profile import inner_edges, last_decisions
from analytics.snapshots.contract import TABLES

KEY: Final = [ENTITY_TYPE, ENTITY_ID]
OTHER: Final = ["other_type", "other_id"]
CONFIRMED: Final = "confirmed"
SELLERS: Final = "sellers"
HIDDEN_TIE: Final = "hidden_tie"
JOINED_AT: Final = "joined_at"
RAREST: Final = "rarest"


@dataclass(frozen=True)
class FoundRings:
    """Rings as of a moment.

    Attributes:
        graph: Who is tied to whom.
        members: As of `RingFinder.members_`.
        edges: As of `RingFinder.edges_`.
        decisions: entity_type, entity_id, outcome, decided_at, policy; none after the as-of.
        sold_by: product_id → merchant_id of the products in rings.
    """

    graph: EntityGraph
    members: pd.DataFrame
    edges: pd.DataFrame
    decisions: pd.DataFrame
    sold_by: pd.Series

    @property
    def as_of(self) -> datetime:
        """Naive UTC."""
        return self.graph.as_of

    @cached_property
    def ties(self) -> pd.DataFrame:
        """Every edge between sellers of one ring, from either end: `KEY` is tied to `OTHER`.

        `doubt` is log(1 − weight), so that its sums are the doubt that any of several ties holds.
        """
        inside = inner_edges(self.members, self.edges)
        own = inside[(inside["src_type"] != BUYER) & (inside["dst_type"] != BUYER)]
        return both_ways(own.assign(doubt=np.log1p(-np.minimum(own["weight"], 1 - 1e-9))))

    @cached_property
    def hidden(self) -> pd.DataFrame:
        """Those of the `ties` that only the marketplace sees."""
        return self.ties[~self.ties["relation"].isin(relations.OPEN)]

    @cached_property
    def sellers(self) -> pd.DataFrame:
        """Who stands in a ring, buyers left out, and how it is tied to the others.

        Returns:
            ring, entity_type, entity_id, tie, hidden_tie (probability that it belongs with another
            by what is not shown openly), hidden_at (first such tie), hidden_rarest (least holders
            of such a value in common), joined_at (first tie), rarest (least holders of any value
            in common), sellers (size of the ring), confirmed (1 or 0; missing while undecided).
        """
        found = self.members[self.members[ENTITY_TYPE] != BUYER].reset_index(drop=True)
        found[SELLERS] = found.groupby(RING)[ENTITY_ID].transform("size")
        hidden, ties = self.hidden.groupby(KEY), self.ties.groupby(KEY)
        parts = [
            (-np.expm1(hidden["doubt"].sum())).rename(HIDDEN_TIE),
            hidden["first_seen"].min().rename("hidden_at"),
            _rarest(self.hidden).rename("hidden_rarest"),
            ties["first_seen"].min().rename(JOINED_AT),
            _rarest(self.ties).rename(RAREST),
            last_decisions(self.decisions, self.as_of).set_index(KEY)[CONFIRMED],
        ]
        for part in parts:
            found = found.join(part, on=KEY)
        return found.fillna({HIDDEN_TIE: 0.0})


def find_rings(view: AsOf) -> FoundRings:
    """Return the rings of a view, found at the first call only."""
    return view.remember("rings", lambda: _find(view))


def _find(view: AsOf) -> FoundRings:
    manifest = view.dataset.manifest
    graph = read_graph(_paths(view), view.as_of, exported_at=manifest.exported_at)
    finder = RingFinder().fit(graph.edges)
    edges = finder.edges_.astype({"first_seen": "datetime64[us]", "last_seen": "datetime64[us]"})
    return FoundRings(
        graph, finder.members_, edges, _decisions(view), _sold_by(view, finder.members_)
    )


def _sold_by(view: AsOf, members: pd.DataFrame) -> pd.Series:
    products = members.loc[members[ENTITY_TYPE] == "product", ENTITY_ID]
    if products.empty:
        return pd.Series(dtype="str")
    return merchants_of_products(view).reindex(products)


def _paths(view: AsOf) -> Mapping[str, Path]:
    found = {name: view.dataset.path(name) for name in TABLES}
    return {name: path for name, path in found.items() if path is not None}


def _decisions(view: AsOf) -> pd.DataFrame:
    if not view.has("past_decisions"):
        columns = (*KEY, "policy", "outcome", "decided_at")
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    return view.frame("rings_decisions", lambda: view.table("past_decisions"))


def merchants_of_products(view: AsOf) -> pd.Series:
    """Return who sells each product known at the as-of, by product id."""
    rows = view.frame(
        "rings_products", lambda: view.table("products").select("product_id", "merchant_id")
    )
    return rows.set_index("product_id")["merchant_id"].rename_axis(ENTITY_ID)


def seller_rows(found: FoundRings, entity: EntityType) -> pd.DataFrame:
    """Return the ring members of one type, by entity id."""
    sellers = found.sellers
    return sellers[sellers[ENTITY_TYPE] == entity].set_index(ENTITY_ID)


def both_ways(edges: pd.DataFrame) -> pd.DataFrame:
    """Give each edge twice, once from either end, in the order of `KEY`."""
    src, dst = ["src_type", "src_id"], ["dst_type", "dst_id"]
    there = edges.rename(columns=dict(zip([*src, *dst], [*KEY, *OTHER], strict=True)))
    back = edges.rename(columns=dict(zip([*dst, *src], [*KEY, *OTHER], strict=True)))
    both = pd.concat([there, back], ignore_index=True)
    return both.sort_values([*KEY, *OTHER, "relation", "value"], ignore_index=True)


def _rarest(ties: pd.DataFrame) -> pd.Series:
    """Per entity the holders of the rarest value in common."""
    valued = ties[ties["value"].notna()]
    return valued.groupby(KEY)["sharers"].min().astype(float)
