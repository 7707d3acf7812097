"""The event log of a view: orders, reviews, listings, contents and the behaviour log in one."""

from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.columns import (
    CATEGORY,
    ENTITY_ID,
    ENTITY_KEY,
    ENTITY_TABLE,
    KNOWN_AT,
    EntityType,
)
from analytics.features.as_of import AsOf
from analytics.features.context import context
from analytics.features.facts.accounts import listings, log, price_changes, product_log
from analytics.features.facts.contents import entity_contents
from analytics.features.facts.lines import SELLER_FAULT_REASONS, entity_lines
from analytics.features.facts.reviews import review_lines
from analytics.features.portable import is_true
from analytics.signals.sequence.event_log import AT, KIND, OTHER, EventLog, most_frequent

_LISTED: Final = "listed"
_PRICE: Final = "price_changed"


def read_log(view: AsOf, entity: EntityType) -> EventLog:
    """Return the events of all entities of a type known at the view's moment, read once a view."""
    return view.remember(f"sequence log {entity}", lambda: _read(view, entity))


def _read(view: AsOf, entity: EntityType) -> EventLog:
    entities = view.once(f"sequence entities {entity}", lambda view: _entities(view, entity))
    events = view.once(f"sequence events {entity}", lambda view: _events(view, entity))
    names = view.once(f"sequence kinds {entity}", lambda view: _counts(view, entity), _numbered)
    known = view.frame(f"sequence ids {entity}", lambda: entities.order_by("code"))
    kinds = view.frame(f"sequence names {entity}", lambda: names.order_by("number"))
    coded = events.inner_join(entities.select(ENTITY_ID, "code"), ENTITY_ID)
    coded = coded.left_join(names, KIND)
    # What is not among the named kinds; not in SQL, which views of other moments use again.
    last = len(kinds) - 1
    rows = coded.select("code", at=coded[AT].epoch_seconds(), number=coded.number.fill_null(-1))
    frame = view.frame(f"sequence rows {entity}", lambda: rows)
    return EventLog.from_codes(
        pd.Index(known[ENTITY_ID], name=ENTITY_ID),
        known[CATEGORY].to_numpy(),
        kinds[KIND].tolist(),
        frame["code"].to_numpy(),
        frame["at"].to_numpy(),
        frame["number"].mask(frame["number"] < 0, last).to_numpy(),
    )


def _entities(view: AsOf, entity: EntityType) -> ir.Table:
    known = view.once(f"context {entity}", lambda view: context(view, entity))
    by_id = ibis.window(order_by=ENTITY_ID)
    return known.select(ENTITY_ID, CATEGORY, code=ibis.row_number().over(by_id))


def _counts(view: AsOf, entity: EntityType) -> ir.Table:
    events = view.once(f"sequence events {entity}", lambda view: _events(view, entity))
    return events.group_by(KIND).aggregate(n=events.count())


def _numbered(counts: pd.DataFrame) -> pd.DataFrame:
    names = most_frequent(counts.set_index(KIND)["n"])
    return pd.DataFrame({KIND: names, "number": np.arange(len(names))})


def _events(view: AsOf, entity: EntityType) -> ir.Table:
    parts = []
    if view.has("orders"):
        parts += _of_lines(view, entity)
    if view.has("reviews"):
        parts.append(_of_reviews(view, entity))
    if view.has("events"):
        parts += _of_log(view, entity)
    if view.has("products") and entity != "creator":
        listed = listings(view, entity)
        parts.append(_part(listed, listed[AT], _LISTED))
    if view.has("contents") and entity == "creator":
        made = entity_contents(view, entity)
        parts.append(_part(made, made[AT], made.kind.fill_null("content")))
    if view.has("interactions") and entity == "creator":
        did = view.table("interactions")
        did = did.mutate(**{ENTITY_ID: did.creator_id})
        parts.append(_part(did, did[AT], did.kind.fill_null("interaction")))
    if not parts:
        known = view.table(ENTITY_TABLE[entity])
        known = known.filter(ibis.literal(False))
        return known.select(
            **{ENTITY_ID: known[ENTITY_KEY[entity]], AT: known[KNOWN_AT], KIND: ibis.literal(OTHER)}
        )
    dated = [part.filter(part[AT].notnull()) for part in parts]
    return ibis.union(*dated) if len(dated) > 1 else dated[0]


def _part(rows: ir.Table, at: ir.Value, kind: ir.Value | str) -> ir.Table:
    name = ibis.literal(kind) if isinstance(kind, str) else kind
    return rows.select(ENTITY_ID, **{AT: at, KIND: name})


def _of_lines(view: AsOf, entity: EntityType) -> list[ir.Table]:
    lines = entity_lines(view, entity)
    now = ibis.timestamp(view.as_of)
    by_seller = is_true(lines.cancelled_by == "seller")
    for_fault = is_true(lines.refund_reason.isin(SELLER_FAULT_REASONS))
    parts = [
        _part(lines, lines.placed_at, "ordered"),
        _part(lines, lines.shipped_at, "dispatched"),
        _part(lines, lines.delivered_at, "delivered"),
        _part(
            lines,
            lines.cancelled_at,
            ibis.ifelse(by_seller, "cancelled by the seller", "cancelled"),
        ),
        _part(lines, lines.refunded_at, ibis.ifelse(for_fault, "refunded for a fault", "refunded")),
    ]
    if view.has("orders.shipped_at"):
        done = ibis.coalesce(lines.shipped_at, lines.delivered_at)
        parts.append(_overdue(lines, lines.ship_by, done, now, "dispatch overdue"))
    if view.has("orders.delivered_at"):
        parts.append(_overdue(lines, lines.deliver_by, lines.delivered_at, now, "delivery overdue"))
    return parts


def _overdue(
    lines: ir.Table,
    due: ir.TimestampValue,
    done: ir.TimestampValue,
    now: ir.TimestampValue,
    kind: str,
) -> ir.Table:
    """Return the moments at which something due was neither done nor off."""
    ended = ibis.coalesce(lines.cancelled_at, lines.refunded_at)
    is_open = (done.isnull() | (done > due)) & (ended.isnull() | (ended > due))
    return _part(lines, ibis.ifelse(is_true((due <= now) & is_open), due, None), kind)


def _of_reviews(view: AsOf, entity: EntityType) -> ir.Table:
    lines = review_lines(view)
    lines = lines.mutate(**{ENTITY_ID: lines[ENTITY_KEY[entity]]})
    lines = lines.filter(lines[ENTITY_ID].notnull())
    rows = lines.select(ENTITY_ID, "review_id", "order_id", "rating", "created_at").distinct()
    kind = ibis.cases(
        (rows.rating <= 2, "low rating"), (rows.rating >= 4, "high rating"), else_="middling rating"
    )
    return _part(rows, rows.created_at, kind)


def _of_log(view: AsOf, entity: EntityType) -> list[ir.Table]:
    own = log(view, entity)
    if entity == "creator":
        return [_part(own, own[AT], own.kind)]
    parts = []
    if entity == "merchant":
        parts.append(_part(own, own[AT], own.kind))
    if view.has("products"):
        of_products = product_log(view, entity)
        others = of_products.filter(~of_products.kind.isin((_LISTED, _PRICE)))
        parts.append(_part(others, others[AT], others.kind))
        changes = price_changes(view, entity)
        kind = ibis.cases(
            (changes.change > 1.0, "price raised"),
            (changes.change < 1.0, "price cut"),
            else_=_PRICE,
        )
        parts.append(_part(changes, changes[AT], kind))
    return parts
