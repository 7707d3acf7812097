"""Entities themselves, their listings and their behaviour log."""

import ibis
import ibis.expr.types as ir

from analytics.columns import (
    ENTITY_ID,
    ENTITY_KEY,
    ENTITY_TABLE,
    ENTITY_TYPE,
    KNOWN_AT,
    EntityType,
)
from analytics.features.as_of import AsOf
from analytics.features.facts.words import listing_words
from analytics.features.portable import days_before, hours_between, is_true, ratio


def accounts(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity: since when it exists, and where it stands."""
    table = view.table(ENTITY_TABLE[entity])
    table = table.mutate(
        **{ENTITY_ID: table[ENTITY_KEY[entity]]},
        at=table[KNOWN_AT],
        age_days=days_before(table[KNOWN_AT], view.as_of),
    )
    if "country" not in table.columns:
        return table
    same = table.count().over(ibis.window(group_by="country"))
    return table.mutate(country_share=ratio(same, table.count().over(ibis.window())))


def listings(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the listed products of each merchant, or each product itself.

    Titles and descriptions have no history: before the export they are null, and so is what
    follows from them.
    """
    products = view.table("products")
    products = products.mutate(
        **{ENTITY_ID: products[ENTITY_KEY[entity]]},
        at=products[KNOWN_AT],
        age_days=days_before(products[KNOWN_AT], view.as_of),
    )
    words = listing_words(view)
    products = products.left_join(words, "product_id").drop("product_id_right")
    has_words = products.title.notnull() | products.description.notnull()
    products = products.mutate(
        **{c: ibis.ifelse(has_words, products[c], None) for c in words.columns[1:]}
    )
    copies = products.title_key.count().over(ibis.window(group_by="title_key"))
    own = products.title_key.count().over(ibis.window(group_by=["title_key", "merchant_id"]))
    return products.mutate(title_copies=copies, copies_of_others=copies - own)


def log(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the events of the behaviour log about each entity."""
    events = view.table("events")
    events = events.filter(events[ENTITY_TYPE] == entity)
    return events.mutate(
        age_days=days_before(events["at"], view.as_of), topic=_json_text(events.payload, "topic")
    )


def product_log(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the events about each product, or about each merchant's products."""
    events = view.table("events")
    events = events.filter(events[ENTITY_TYPE] == "product").drop(ENTITY_TYPE)
    events = events.mutate(
        age_days=days_before(events["at"], view.as_of),
        product_id=events[ENTITY_ID],
        topic=_json_text(events.payload, "topic"),
    )
    if entity == "product":
        return events
    owners = view.table("products").select("product_id", "merchant_id")
    owned = events.drop(ENTITY_ID).inner_join(owners, "product_id")
    return owned.rename({ENTITY_ID: "merchant_id"})


def price_changes(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the price changes of each product, or of each merchant's products.

    `claimed_discount` is what the new price promises against its list price, `inflation` how much
    of that the price before does not bear out: new/old - new/list.
    """
    events = view.table("events")
    events = events.filter((events[ENTITY_TYPE] == "product") & (events.kind == "price_changed"))
    changes = events.select(
        "at",
        "payload",
        "event_id",
        product_id=events[ENTITY_ID],
        age_days=days_before(events["at"], view.as_of),
        old_price=_json_number(events.payload, "old"),
        new_price=_json_number(events.payload, "new"),
        list_price=_json_number(events.payload, "list_price"),
    )
    changes = changes.mutate(
        change=ratio(changes.new_price, changes.old_price),
        claimed_discount=1.0 - ratio(changes.new_price, changes.list_price),
        inflation=ratio(changes.new_price, changes.old_price)
        - ratio(changes.new_price, changes.list_price),
    )
    changes = _with_round_trips(changes)
    if entity == "product":
        return changes.mutate(**{ENTITY_ID: changes.product_id})
    owners = view.table("products").select("product_id", **{ENTITY_ID: "merchant_id"})
    return changes.inner_join(owners, "product_id")


def _with_round_trips(changes: ir.Table) -> ir.Table:
    """Mark price cuts that only take back a rise of the last 30 days."""
    before = ibis.window(group_by="product_id", order_by=["at", "event_id"])
    changes = changes.mutate(
        earlier_price=changes.old_price.lag().over(before),
        earlier_at=changes["at"].lag().over(before),
        earlier_change=changes.change.lag().over(before),
    )
    is_cut, was_rise = changes.change < 0.85, changes.earlier_change > 1.15
    is_back = changes.new_price >= 0.9 * changes.earlier_price
    is_soon = hours_between(changes.earlier_at, changes["at"]) <= 30 * 24
    return changes.mutate(is_hollow_cut=is_true(is_cut & was_rise & is_back & is_soon))


def _json_text(payload: ir.StringValue, key: str) -> ir.StringValue:
    """Return a text of a flat JSON object, as `_json_number` does."""
    return payload.re_extract(f'"{key}" *: *"([^"]*)"', 1).nullif("")


def _json_number(payload: ir.StringValue, key: str) -> ir.FloatingValue:
    """Return a number of a flat JSON object; by pattern, which all engines read alike."""
    found = payload.re_extract(f'"{key}" *: *"?([0-9]+([.][0-9]+)?)', 1)
    return found.nullif("").cast("float64")
