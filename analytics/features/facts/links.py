"""Who shares a device, an account or an address with whom: one hop, no graph yet."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features.as_of import AsOf
from analytics.features.facts.lines import entity_orders
from analytics.features.portable import days_before, is_true, number

# Events of the log that say that someone acted on the entity, besides past decisions.
ACTED_ON = ("banned", "suspended", "delisted")
# A value that more actors than this share (a public address, a courier's phone) links nobody.
LARGEST_GROUP = 100


def flagged(view: AsOf) -> ir.Table | None:
    """Return the entities that were acted on by the as-of; None where no table says so."""
    parts = []
    if view.has("past_decisions"):
        decisions = view.table("past_decisions")
        decisions = decisions.filter(decisions.outcome == "violation")
        parts.append(decisions.select(ENTITY_TYPE, ENTITY_ID))
    if view.has("events"):
        events = view.table("events")
        parts.append(events.filter(events.kind.isin(ACTED_ON)).select(ENTITY_TYPE, ENTITY_ID))
    if not parts:
        return None
    found = parts[0].union(parts[1]) if len(parts) > 1 else parts[0]
    return found.distinct().mutate(is_flagged=ibis.literal(True))


def shared_values(view: AsOf) -> ir.Table:
    """Return every link whose value two or more actors share, with their number."""
    return view.once("shared_values", _shared_values)


def _shared_values(view: AsOf) -> ir.Table:
    links = view.table("links")
    sharing = links.count().over(ibis.window(group_by=["kind", "value_hash"]))
    links = links.mutate(sharing=sharing)
    links = links.filter((links.sharing > 1) & (links.sharing <= LARGEST_GROUP))
    # Adamic and Adar (2003), "Friends and neighbors on the Web": a rare thing in common says more.
    links = links.mutate(rarity=1.0 / links.sharing.cast("float64").ln())
    acted_on = flagged(view)
    if acted_on is None:
        return links.mutate(is_flagged=ibis.literal(False))
    links = links.left_join(acted_on, [ENTITY_TYPE, ENTITY_ID])
    links = links.drop(f"{ENTITY_TYPE}_right", f"{ENTITY_ID}_right")
    return links.mutate(is_flagged=is_true(links.is_flagged))


def linked(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity and other actor that share a value, for each value."""
    links = shared_values(view)
    own = links.filter(links[ENTITY_TYPE] == entity)
    own = own.select(ENTITY_ID, "kind", "value_hash", "sharing", "rarity", own_first="first_seen")
    other = links.select(
        "kind",
        "value_hash",
        other_type=links[ENTITY_TYPE],
        other_id=links[ENTITY_ID],
        is_flagged=links.is_flagged,
        other_first=links.first_seen,
    )
    pairs = own.inner_join(other, ["kind", "value_hash"])
    is_self = (pairs.other_type == entity) & (pairs.other_id == pairs[ENTITY_ID])
    pairs = pairs.filter(~is_self)
    pairs = pairs.mutate(at=ibis.greatest(pairs.own_first, pairs.other_first))
    return pairs.mutate(
        age_days=days_before(pairs["at"], view.as_of),
        is_same_type=pairs.other_type == entity,
        weight=pairs.rarity * number(pairs.other_type == entity).cast("float64"),
    )


def linked_orders(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the orders of each entity, told apart by whether the buyer shares a value with it."""
    orders = entity_orders(view, entity)
    pairs = linked(view, entity)
    buyers = pairs.filter(pairs.other_type == "buyer")
    buyers = buyers.select(ENTITY_ID, buyer_id="other_id").distinct()
    buyers = buyers.mutate(is_linked=ibis.literal(True))
    orders = orders.left_join(buyers, [ENTITY_ID, "buyer_id"])
    orders = orders.drop(f"{ENTITY_ID}_right", "buyer_id_right")
    return orders.mutate(is_linked=is_true(orders.is_linked))
