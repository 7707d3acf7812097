"""The marketplace of a moment as graphs between its merchants, products and creators."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from analytics.columns import ENTITY_ID, ENTITY_TABLE, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.features.as_of import AsOf
from analytics.features.build import some_features
from analytics.signals.graph.graph import Graph, Matrix, strength
from analytics.signals.graph.specs import (
    ATTRIBUTES,
    BUYERS,
    LINKED,
    LISTING,
    SALES,
    SHOWN,
)
from analytics.signals.graph.store.edges import make_edges
from analytics.snapshots.contract import TABLES

MOST_SHOPS: Final = 20  # a buyer of more says nothing of any two of them
LEAST_BUYERS: Final = 2  # in common
# How much a walk prefers one relation to another.
PULL: Final[Mapping[str, float]] = {LINKED: 1.0, BUYERS: 0.2, SALES: 0.2, SHOWN: 0.2, LISTING: 0.5}
_TYPES: Final[Mapping[str, tuple[EntityType, ...]]] = {
    LINKED: ("merchant", "creator"),
    BUYERS: ("merchant",),
    SALES: ("creator", "merchant"),
    SHOWN: ("creator", "product"),
    LISTING: ("merchant", "product"),
}
_DIRECT: Final = """
SELECT s.node AS src, d.node AS dst, 1 / log2(greatest(e.sharers, 2)) AS weight
FROM edges e
JOIN entities s ON s.entity_type = e.src_type AND s.entity_id = e.src_id
JOIN entities d ON d.entity_type = e.dst_type AND d.entity_id = e.dst_id
WHERE e.relation = $relation
"""
_HELD: Final = """
SELECT n.node, e.dst_id AS hub, 1 / log2(greatest(e.sharers, 2)) AS rarity
FROM edges e JOIN entities n ON n.entity_type = e.src_type AND n.entity_id = e.src_id
WHERE e.dst_type = 'value' AND NOT e.is_common AND e.sharers > 1
"""
_BOUGHT: Final = """
SELECT n.node, e.src_id AS hub, 1 / log2(greatest(e.sharers, 2)) AS rarity
FROM edges e JOIN entities n ON n.entity_type = 'merchant' AND n.entity_id = e.dst_id
WHERE e.relation = 'orders' AND e.sharers BETWEEN 2 AND $most
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


@contextmanager
def open_edges(view: AsOf) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection with the typed edges of a view, as `make_edges` makes them."""
    tables = {name: path for name in TABLES if (path := view.dataset.path(name)) is not None}
    exported_at = view.dataset.manifest.exported_at
    with view.engine.scratch() as con:
        make_edges(con, tables, view.as_of, exported_at)
        yield con


def read_market(view: AsOf, con: duckdb.DuckDBPyConnection) -> Market:
    """Read the graphs from a connection of `open_edges`."""
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
    frames = []
    for entity in ENTITY_TYPES:
        if view.has(ENTITY_TABLE[entity]):
            table = some_features(view, entity, names, NAME_OF_STEP)
            kept = [name for name in (ENTITY_ID, *names) if name in table.columns]
            frame = view.frame(f"{NAME_OF_STEP} of {entity}", lambda: table.select(*kept))
            frames.append(frame.assign(**{ENTITY_TYPE: entity}))
    nodes = pd.concat(frames).sort_values([ENTITY_TYPE, ENTITY_ID], ignore_index=True)
    return nodes.reindex(columns=[ENTITY_TYPE, ENTITY_ID, *names])


NAME_OF_STEP: Final = "graph"


def _graph(con: duckdb.DuckDBPyConnection, relation: str, types: pd.Series) -> Graph | None:
    """Return the graph of one relation; None where the tables give no edge of it."""
    if relation == LINKED:
        rows = _fetched(con, _HELD)
    elif relation == BUYERS:
        rows = _fetched(con, _BOUGHT, most=MOST_SHOPS)
    else:
        rows = _fetched(con, _DIRECT, relation=relation)
    if not len(rows["node" if "node" in rows else "src"]):
        return None
    nodes = types.index[types.isin(_TYPES[relation])]
    if relation in (LINKED, BUYERS):
        least = LEAST_BUYERS if relation == BUYERS else 1
        weights = _in_common(rows, nodes, least)
    else:
        weights = _between(rows, nodes)
    return Graph(nodes, {relation: weights})


def _fetched(
    con: duckdb.DuckDBPyConnection, statement: str, **values: Any
) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = con.execute(statement, values or None).fetchnumpy()
    return found


def _between(rows: Mapping[str, NDArray[Any]], nodes: pd.Index) -> Matrix:
    src, dst = nodes.get_indexer(rows["src"]), nodes.get_indexer(rows["dst"])
    size = (len(nodes), len(nodes))
    one_way = sparse.coo_array((rows["weight"].astype(float), (src, dst)), shape=size).tocsr()
    return Matrix(one_way + one_way.T)


def _in_common(rows: Mapping[str, NDArray[Any]], nodes: pd.Index, least: int) -> Matrix:
    """Tie those who share at least so many hubs, by the sum of the hubs' rarity."""
    hub, hubs = pd.factorize(rows["hub"])
    at = (nodes.get_indexer(rows["node"]), hub)
    shape = (len(nodes), len(hubs))
    holds = sparse.coo_array((np.ones(len(hub)), at), shape=shape).tocsr()
    rare = sparse.coo_array((rows["rarity"].astype(float), at), shape=shape).tocsr()
    weights = Matrix(rare @ holds.T)
    if least > 1:
        weights = Matrix(weights.multiply((holds @ holds.T) >= least))
    weights.setdiag(0.0)
    weights.eliminate_zeros()
    return weights


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
