"""What its ring says about an entity, as numbers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf
from analytics.signals.communities.finder import RING
from analytics.signals.communities.found import (
    CONFIRMED,
    HIDDEN_TIE,
    KEY,
    OTHER,
    SELLERS,
    FoundRings,
    find_rings,
    merchants_of_products,
    seller_rows,
)
from analytics.signals.communities.specs import RING_SPECS

NEW: Final = timedelta(days=90)
# What is so for whoever stands in no ring; the rest cannot be told.
ALONE: Final = {"ring_others": 0.0, "ring_cohesion": 0.0, "ring_hidden_others": 0.0,
                "ring_hidden_tie": 0.0, "ring_joined_90d": 0.0}  # fmt: skip
_OF_PRODUCTS: Final = {
    "seller_ring_hidden_others": "ring_hidden_others",
    "seller_ring_confirmed": "ring_confirmed",
}


def ring_features(view: AsOf, entity: EntityType) -> pd.DataFrame:
    """Return the features of all entities of one type, by entity id."""
    found = find_rings(view)
    if entity == "product":
        return _of_sellers(view, found)
    names = [spec.name for spec in RING_SPECS if spec.entity == entity]
    known = _known(view, entity)
    return _filled(_members(found, entity), known)[names]


def _of_sellers(view: AsOf, found: FoundRings) -> pd.DataFrame:
    merchants = merchants_of_products(view)
    own = _filled(_members(found, "merchant"), pd.Index(merchants.dropna().unique()))
    return pd.DataFrame(
        {name: merchants.map(own[of]).astype(float) for name, of in _OF_PRODUCTS.items()}
    )


def _known(view: AsOf, entity: EntityType) -> pd.Index:
    key, table = f"{entity}_id", f"{entity}s"
    rows = view.frame(f"rings_{table}", lambda: view.table(table).select(key))
    return pd.Index(rows[key])


def _filled(members: pd.DataFrame, known: pd.Index) -> pd.DataFrame:
    return members.reindex(known.rename("entity_id")).astype(float).fillna(ALONE)


def _members(found: FoundRings, entity: EntityType) -> pd.DataFrame:
    """Features of those in a ring, by entity id."""
    rows = seller_rows(found, entity)
    ring = rows[RING]
    per_ring = _per_ring(found)
    is_tied = rows[HIDDEN_TIE] > 0
    others = rows[SELLERS] - 1
    is_new = is_tied & (rows["hidden_at"] > found.as_of - NEW)
    confirmed = ring.map(per_ring[CONFIRMED]) - rows[CONFIRMED].fillna(0)
    columns: Mapping[str, pd.Series] = {
        "ring_others": others,
        "ring_cohesion": ring.map(per_ring["cohesion"]),
        "ring_hidden_others": (ring.map(per_ring["tied"]) - 1).where(is_tied, 0),
        "ring_hidden_tie": rows[HIDDEN_TIE],
        "ring_rarest": rows["hidden_rarest"],
        "ring_joined_90d": (ring.map(per_ring["new"]) - is_new).where(is_tied, 0),
        "ring_confirmed": confirmed / others,
    }
    return pd.DataFrame(columns, index=rows.index)


def _per_ring(found: FoundRings) -> pd.DataFrame:
    sellers = found.sellers
    is_tied = sellers[HIDDEN_TIE] > 0
    is_new = is_tied & (sellers["hidden_at"] > found.as_of - NEW)
    counted = sellers.assign(tied=is_tied, new=is_new).fillna({CONFIRMED: 0.0}).groupby(RING)
    per_ring = counted[["tied", "new", CONFIRMED]].sum().astype(float)
    return per_ring.assign(cohesion=_cohesion(found, counted.size()))


def _cohesion(found: FoundRings, size: pd.Series) -> pd.Series:
    """Mean weight over the pairs of each ring, each of which is counted from both its ends."""
    pairs = found.ties.groupby([RING, *KEY, *OTHER])["doubt"].sum()
    total = (-np.expm1(pairs)).groupby(RING).sum()
    return total / (size * (size - 1))


def confirmed_others(found: FoundRings) -> pd.DataFrame:
    """Every seller with every confirmed other of its ring: `KEY`, then `OTHER`."""
    sellers = found.sellers
    confirmed = sellers[sellers[CONFIRMED] == 1][[RING, *KEY]]
    renamed = confirmed.rename(columns=dict(zip(KEY, OTHER, strict=True)))
    pairs = sellers[[RING, *KEY]].merge(renamed, on=RING)
    is_self = (pairs[KEY[0]] == pairs[OTHER[0]]) & (pairs[KEY[1]] == pairs[OTHER[1]])
    return pairs[~is_self]
