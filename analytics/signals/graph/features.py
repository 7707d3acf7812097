"""Features of merchants, products and creators from the graphs of a moment."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.errors import InputError
from analytics.features.as_of import AsOf
from analytics.signals.graph import specs
from analytics.signals.graph.confirmed import LABEL, RELATION, confirmed_pairs, counts, decided
from analytics.signals.graph.graph import Graph, degree, strength
from analytics.signals.graph.labels import LabelFeatures
from analytics.signals.graph.market import Market, read_market
from analytics.signals.graph.neighbours import NeighbourAggregates
from analytics.signals.graph.pagerank import pagerank
from analytics.signals.graph.structure import StructureFeatures
from analytics.signals.graph.ties import make_ties, open_edges

HOPS = 2
DAMPING = 0.5
NEAR = {
    specs.CONFIRMED_SHARE: "label_share_s5",
    specs.CONFIRMED_AROUND: "label_share_rare_2",
    specs.CONFIRMED_WALK: f"label_walk_{DAMPING:g}",
    specs.CONFIRMED_REACH: f"label_reach_{DAMPING:g}",
}


@dataclass(frozen=True)
class Read:
    """What a view's features and evidence share."""

    market: Market
    decided: pd.DataFrame
    pairs: pd.DataFrame


def features(view: AsOf, entity: EntityType, names: list[str]) -> pd.DataFrame:
    """Return the features `names` of all entities of a type, by entity id."""
    known = read(view)
    ids = known.market.of(entity)
    of_nodes = view.remember("graph features", lambda: _of_nodes(known))
    frame = of_nodes.loc[ids.index].set_axis(pd.Index(ids, name=ENTITY_ID)).reindex(columns=names)
    ties = [name for r in specs.NEEDS if (name := specs.ties_name(r)) in names]
    frame[ties] = frame[ties].fillna(0.0)
    return frame.assign(**_confirmed(known.pairs, entity, frame.index, names))


def read(view: AsOf) -> Read:
    """Read graphs, decisions and confirmed neighbours of a view, once."""

    def make() -> Read:
        known = decided(view)
        with open_edges(view) as con:
            make_ties(con)
            return Read(read_market(view, con), known, confirmed_pairs(con, known))

    return view.remember("graph", make)


def _of_nodes(read: Read) -> pd.DataFrame:
    market = read.market
    parts = [_of_relation(market, relation) for relation in market.graphs]
    if specs.LINKED in market.graphs:
        parts.append(_clustering(market.own, market.graphs[specs.LINKED]))
    parts += [_rank(market.merged), _near(read)]
    return pd.concat(parts, axis=1).reindex(market.entities.index)


def _of_relation(market: Market, relation: str) -> pd.DataFrame:
    """Number of ties, and aggregates of the others' plain features."""
    graph = market.graphs[relation]
    attributes = {
        short: market.own.loc[graph.nodes, attribute.feature]
        for short, attribute in specs.ATTRIBUTES.items()
        if relation in attribute.relations
    }
    own = pd.DataFrame(attributes, index=graph.nodes)
    made = NeighbourAggregates(HOPS).fit_transform(own, graph=graph)
    ties = degree(graph.merged)
    known = own.fillna(own.median().fillna(0.0))
    columns = {}
    for short in attributes:
        gap = made[f"diff({short})"]
        kinds = {
            specs.MEAN: known[short] - gap,
            specs.MOST: made[f"max({short})"],
            specs.SPREAD: made[f"spread({short})"],
            specs.GAP: gap,
            specs.AROUND: made[f"mean{HOPS}({short})"],
        }
        for kind, values in kinds.items():
            columns[specs.aggregate_name(relation, short, kind)] = values.where(ties > 0)
    return pd.DataFrame({specs.ties_name(relation): ties, **columns}, index=graph.nodes)


def _clustering(own: pd.DataFrame, graph: Graph) -> pd.DataFrame:
    made = StructureFeatures().fit_transform(own.loc[graph.nodes], graph=graph)
    return made[["clustering"]].set_axis([specs.CLUSTERING], axis=1)


def _rank(merged: Graph) -> pd.DataFrame:
    size = len(merged.nodes)
    rank = pagerank(merged.merged, np.ones((size, 1)))[:, 0] * size
    rank[strength(merged.merged) == 0] = np.nan
    return pd.DataFrame({specs.RANK: rank}, index=merged.nodes)


def _near(read: Read) -> pd.DataFrame:
    """Label features of all nodes, NaN where decisions are too few to tell."""
    merged, entities = read.market.merged, read.market.entities
    keys = pd.MultiIndex.from_frame(entities)
    known = read.decided.set_index([ENTITY_TYPE, ENTITY_ID])[LABEL].astype(float)
    y = pd.Series(known.reindex(keys).to_numpy(), index=entities.index)
    try:
        made = LabelFeatures(smoothing=(5.0,), damping=(DAMPING,)).fit_transform(
            y.to_frame(), y, graph=merged
        )
    except InputError:
        return pd.DataFrame(index=entities.index, columns=list(NEAR), dtype=float)
    return pd.DataFrame({name: made[column] for name, column in NEAR.items()})


def _confirmed(
    pairs: pd.DataFrame, entity: EntityType, ids: pd.Index, names: list[str]
) -> dict[str, pd.Series]:
    own = pairs[pairs[ENTITY_TYPE] == entity]
    table = counts(own).droplevel(ENTITY_TYPE).unstack(RELATION)
    by_name = {specs.confirmed_name(str(relation)): table[relation] for relation in table}
    return {
        name: by_name[name].reindex(ids).fillna(0.0) if name in by_name else pd.Series(0.0, ids)
        for relation in specs.NEEDS
        if (name := specs.confirmed_name(relation)) in names
    }
