"""Which entities belong together, so that none of them tells a fold about another."""

from datetime import datetime

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from analytics.columns import ENTITY_ID, ENTITY_KEY, ENTITY_TABLE, ENTITY_TYPE, EntityType
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.snapshots.home import Dataset

MOST_SHARING = 50  # a device or address of more entities than this joins nobody


def entity_groups(
    engine: Engine, dataset: Dataset, entity: EntityType, as_of: datetime
) -> pd.Series:
    """Return the group of each entity: products by merchant, others by shared link values.

    Returns:
        A series indexed by entity id; an entity that shares nothing is a group of its own.
    """
    with AsOf(engine, dataset, as_of) as view:
        key = ENTITY_KEY[entity]
        names = [key, "merchant_id"] if entity == "product" else [key]
        table = view.table(ENTITY_TABLE[entity])
        entities = engine.frame(lambda: table.select(*names))
        ids = pd.Index(entities[key], name=ENTITY_ID)
        if entity == "product":
            merchant = entities["merchant_id"].to_numpy()
            return pd.Series(merchant, index=ids).fillna(pd.Series(ids, index=ids)).sort_index()
        own = pd.Series(ids, index=ids)
        if not dataset.has("links"):
            return own.sort_index()
        links = view.table("links")
        links = links.filter(links[ENTITY_TYPE] == entity)
        shared = engine.frame(lambda: links.select(ENTITY_ID, "kind", "value_hash").distinct())
    return own.mask(own.isin(shared[ENTITY_ID]), own.map(joined(shared))).sort_index()


def joined(links: pd.DataFrame) -> pd.Series:
    """Return the group of each linked entity: the smallest id that a chain of links reaches."""
    value = links["kind"].astype(str) + "\0" + links["value_hash"].astype(str)
    links = links[value.groupby(value).transform("size") <= MOST_SHARING]
    left, ids = pd.factorize(links[ENTITY_ID], sort=True)
    right, values = pd.factorize(value[links.index])
    size = len(ids) + len(values)
    ends = (left, right + len(ids))
    graph = coo_matrix((np.ones(len(left)), ends), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    groups = pd.Series(component[: len(ids)], index=ids)
    return pd.Series(ids, index=ids).groupby(groups).transform("first")
