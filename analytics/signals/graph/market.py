"""The marketplace of a moment as graphs between its merchants, products and creators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse

from analytics.columns import ENTITY_ID, ENTITY_TABLE, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.features.as_of import AsOf
from analytics.features.build import some_features
from analytics.signals.graph.graph import Graph, Matrix, strength
from analytics.signals.graph.specs import ATTRIBUTES, BUYERS, LINKED, LISTING, SALES, SHOWN

STEP: Final = "graph"
# How much a walk prefers one relation to another.
PULL: Final[Mapping[str, float]] = {LINKED: 1.0, BUYERS: 0.2, SALES: 0.2, SHOWN: 0.2, LISTING: 0.5}
_TYPES: Final[Mapping[str, tuple[EntityType, ...]]] = {
    LINKED: ("merchant", "creator"),
    BUYERS: ("merchant",),
    SALES: ("creator", "merchant"),
    SHOWN: ("creator", "product"),
    LISTING: ("merchant", "product"),
}
_TIED: Final = """
SELECT s.node AS src, d.node AS dst, sum(t.weight) AS weight
FROM ties t
JOIN entities s ON s.entity_type = t.entity_type AND s.entity_id = t.entity_id
JOIN entities d ON d.entity_type = t.other_type AND d.entity_id = t.other_id
WHERE t.relation = $relation GROUP BY ALL ORDER BY src, dst
"""


@dataclass(frozen=True)
class Market:
    """Who is tied to whom as of a moment.

    Attributes:
        entities: `entity_type` and `entity_id` of every node, sorted, numbered from 0.
        own: The plain features of `ATTRIBUTES`, same index, NaN where unknown.
        graphs: Relation → graph of the nodes of its types, named by their numbers.
        merged: All relations in one graph of all nodes.
    """

    entities: pd.DataFrame
    own: pd.DataFrame
    graphs: Mapping[str, Graph]
    merged: Graph

    def of(self, entity: EntityType) -> pd.Series:
        """Return the ids of one type, by number."""
        ids: pd.Series = self.entities.loc[self.entities[ENTITY_TYPE] == entity, ENTITY_ID]
        return ids


def read_market(view: AsOf, con: duckdb.DuckDBPyConnection) -> Market:
    """Read the graphs from a connection that has the table `ties`."""
    nodes = _nodes(view)
    entities = nodes[[ENTITY_TYPE, ENTITY_ID]]
    con.register("entities", pa.Table.from_pandas(entities.rename_axis("node").reset_index()))
    graphs = {
        relation: graph
        for relation in PULL
        if (graph := _graph(con, relation, entities[ENTITY_TYPE])) is not None
    }
    own = nodes.drop(columns=[ENTITY_TYPE, ENTITY_ID]).astype(float)
    return Market(entities, own, graphs, _merged(graphs, entities.index))


def _nodes(view: AsOf) -> pd.DataFrame:
    names = [attribute.feature for attribute in ATTRIBUTES.values()]
    frames = [_entities(view, e, names) for e in ENTITY_TYPES if view.has(ENTITY_TABLE[e])]
    nodes = pd.concat(frames).sort_values([ENTITY_TYPE, ENTITY_ID], ignore_index=True)
    return nodes.reindex(columns=[ENTITY_TYPE, ENTITY_ID, *names])


def _entities(view: AsOf, entity: EntityType, names: list[str]) -> pd.DataFrame:
    table = some_features(view, entity, names, STEP)
    kept = [name for name in (ENTITY_ID, *names) if name in table.columns]
    frame = view.frame(f"{STEP} of {entity}", lambda: table.select(*kept))
    return frame.assign(**{ENTITY_TYPE: entity})


def _graph(con: duckdb.DuckDBPyConnection, relation: str, types: pd.Series) -> Graph | None:
    """Return the graph of one relation; None where nobody is tied by it."""
    rows = con.execute(_TIED, {"relation": relation}).fetchnumpy()
    if not len(rows["src"]):
        return None
    nodes = types.index[types.isin(_TYPES[relation])]
    at = tuple(nodes.get_indexer(pd.Index(rows[end])) for end in ("src", "dst"))
    shape = (len(nodes), len(nodes))
    weights = sparse.coo_array((np.asarray(rows["weight"], dtype=float), at), shape=shape)
    return Graph(nodes, {relation: Matrix(weights)})


def _merged(graphs: Mapping[str, Graph], index: pd.Index) -> Graph:
    """Sum the relations, each scaled by the strengths of both ends.

    So a shop's hundred products do not drown the one bank account that it shares.
    """
    total = Matrix((len(index), len(index)))
    for relation, graph in graphs.items():
        weights, nodes = graph.merged, graph.nodes.to_numpy()
        whole = strength(weights)
        root = np.divide(1.0, np.sqrt(whole), out=np.zeros_like(whole), where=whole > 0)
        ends = weights.tocoo()
        scaled = PULL[relation] * ends.data * root[ends.row] * root[ends.col]
        at = (nodes[ends.row], nodes[ends.col])
        total = Matrix(total + sparse.coo_array((scaled, at), shape=total.shape).tocsr())
    return Graph(index, {"ties": total})
