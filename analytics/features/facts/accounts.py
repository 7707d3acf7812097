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
from analytics.features.lexicon import mentions
from analytics.features.portable import days_before, ratio


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
    words = products.title.fill_null("").concat(" ", products.description.fill_null(""))
    has_words = products.title.notnull() | products.description.notnull()
    words = ibis.ifelse(has_words, words, ibis.null("string"))
    products = products.mutate(
        **{ENTITY_ID: products[ENTITY_KEY[entity]]},
        at=products[KNOWN_AT],
        age_days=days_before(products[KNOWN_AT], view.as_of),
        says_off_platform=mentions(words, "off_platform"),
        says_absolute=mentions(words, "absolute_claims"),
        says_health=mentions(words, "health_claims"),
        says_imitation=mentions(words, "imitation"),
        title_key=products.title.lower().re_replace(r"[\s.,;:!?'\"()-]+", ""),
    )
    copies = products.title_key.count().over(ibis.window(group_by="title_key"))
    own = products.title_key.count().over(ibis.window(group_by=["title_key", "merchant_id"]))
    return products.mutate(title_copies=copies, copies_of_others=copies - own)


def log(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the events of the behaviour log about each entity."""
    events = view.table("events")
    events = events.filter(events[ENTITY_TYPE] == entity)
    return events.mutate(age_days=days_before(events["at"], view.as_of))


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
    if entity == "product":
        return changes.mutate(**{ENTITY_ID: changes.product_id})
    owners = view.table("products").select("product_id", **{ENTITY_ID: "merchant_id"})
    return changes.inner_join(owners, "product_id")


def _json_number(payload: ir.StringValue, key: str) -> ir.FloatingValue:
    """Return a number of a flat JSON object; by pattern, which all engines read alike."""
    found = payload.re_extract(f'"{key}" *: *"?([0-9]+([.][0-9]+)?)', 1)
    return found.nullif("").cast("float64")
