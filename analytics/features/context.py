"""What stands beside the features of an entity: name, category, size, exposure."""

import ibis
import ibis.expr.types as ir

from analytics.columns import (
    CATEGORY,
    CONTEXT_COLUMNS,
    ENTITY_ID,
    ENTITY_KEY,
    ENTITY_TABLE,
    GMV_30D,
    GMV_OPEN,
    NAME,
    PEER_GROUP,
    REGION,
    SIZE_BAND,
    VOLUME,
    EntityType,
)
from analytics.features.as_of import AsOf
from analytics.features.facts.lines import UNKNOWN, entity_lines

VOLUME_DAYS = 60
# An order line open for longer than this is taken as lost, not as money at risk.
OPEN_DAYS = 90
MIN_PEERS = 20
NO_ORDERS = "no orders"


def context(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity known at the as-of with the context columns."""
    entities = _entities(view, entity)
    entities = _with_orders(view, entity, entities) if view.has("orders") else _idle(entities)
    return with_peers(entities).select(ENTITY_ID, *CONTEXT_COLUMNS)


def _entities(view: AsOf, entity: EntityType) -> ir.Table:
    table = view.table(ENTITY_TABLE[entity])
    key = table[ENTITY_KEY[entity]]
    declared = {"merchant": "main_category", "product": "category"}.get(entity)
    category = table[declared] if declared else ibis.null("string")
    name = ibis.coalesce(table.title, key) if entity == "product" else key
    region = table.region if entity == "merchant" else ibis.null("string")
    if entity == "creator":
        region = table.country
    return table.select(
        **{ENTITY_ID: key, NAME: name, CATEGORY: category, REGION: region.fill_null(UNKNOWN)}
    )


def _with_orders(view: AsOf, entity: EntityType, entities: ir.Table) -> ir.Table:
    lines = entity_lines(view, entity)
    is_open = lines.is_open & (lines.age_days < OPEN_DAYS)
    sold = lines.group_by(ENTITY_ID).aggregate(
        lines=lines.count(),
        **{
            VOLUME: lines.count(where=lines.age_days < VOLUME_DAYS).cast("float64"),
            GMV_30D: lines.value.sum(where=lines.age_days < 30),
            GMV_OPEN: lines.value.sum(where=is_open),
        },
    )
    usual = _usual_category(lines)
    entities = entities.left_join(sold, ENTITY_ID).drop(f"{ENTITY_ID}_right")
    entities = entities.left_join(usual, ENTITY_ID).drop(f"{ENTITY_ID}_right")
    return entities.mutate(
        **{c: entities[c].fill_null(0.0) for c in (VOLUME, GMV_30D, GMV_OPEN)},
        **{
            CATEGORY: ibis.coalesce(entities[CATEGORY], entities.sold_category, UNKNOWN),
            SIZE_BAND: _size_band(entities["lines"].fill_null(0)),
        },
    )


def _usual_category(lines: ir.Table) -> ir.Table:
    """Return the category of most of each entity's order lines, the first by name among equals."""
    counts = lines.group_by(ENTITY_ID, CATEGORY).aggregate(n=lines.count())
    by_count = ibis.window(group_by=ENTITY_ID, order_by=[counts.n.desc(), counts[CATEGORY]])
    counts = counts.mutate(nth=ibis.row_number().over(by_count))
    return counts.filter(counts.nth == 0).select(ENTITY_ID, sold_category=CATEGORY)


def _idle(entities: ir.Table) -> ir.Table:
    return entities.mutate(
        **{c: ibis.null("float64") for c in (VOLUME, GMV_30D, GMV_OPEN)},
        **{CATEGORY: entities[CATEGORY].fill_null(UNKNOWN), SIZE_BAND: ibis.literal(UNKNOWN)},
    )


def _size_band(lines: ir.IntegerValue) -> ir.StringValue:
    """Return the band of an entity by its order lines so far."""
    return ibis.cases(
        (lines == 0, NO_ORDERS),
        (lines < 10, "1–9"),
        (lines < 50, "10–49"),
        (lines < 250, "50–249"),
        else_="250+",
    )


def with_peers(entities: ir.Table) -> ir.Table:
    """Add the peer group: category and size, or size alone where that has under `MIN_PEERS`."""
    peers = entities.count().over(ibis.window(group_by=[CATEGORY, SIZE_BAND]))
    entities = entities.mutate(peers=peers)
    both = entities[CATEGORY].concat(" | ", entities[SIZE_BAND])
    return entities.mutate(
        **{PEER_GROUP: ibis.ifelse(entities.peers >= MIN_PEERS, both, entities[SIZE_BAND])}
    )
