"""Order lines with what had become of them by the as-of."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_KEY, EntityType
from analytics.features.as_of import AsOf
from analytics.features.facts.reviews import review_lines
from analytics.features.portable import days_before, hours_between, is_true, number, ratio

UNKNOWN = "unknown"
# A parcel faster than this part of the median and than nearly all others hardly travelled.
FAST_TRANSIT, FASTEST_SHARE = 0.3, 0.02
SELLER_FAULT_REASONS = (
    "not_received",
    "not_as_described",
    "damaged",
    "defective",
    "wrong_item",
    "counterfeit",
    "empty_parcel",
    "missing_parts",
)


def order_lines(view: AsOf) -> ir.Table:
    """Return one row per order line known at the as-of, with its outcome so far.

    Booleans that cannot be told yet (an unshipped line before its `ship_by`) are null, so that
    rates count only lines whose outcome is known.
    """
    return view.once("lines", lambda view: _with_transit(_with_outcomes(view, base_lines(view))))


def base_lines(view: AsOf) -> ir.Table:
    """Return the order lines known at the as-of, with the category of their product."""
    orders = view.table("orders")
    lines = orders.mutate(
        age_days=days_before(orders.placed_at, view.as_of),
        value=orders.price.cast("float64") * orders.quantity.fill_null(1).cast("float64"),
        price=orders.price.cast("float64"),
        freight=orders.freight.cast("float64"),
        refund_amount=orders.refund_amount.cast("float64"),
    )
    if not view.has("products"):
        return lines.mutate(category=ibis.literal(UNKNOWN))
    products = view.table("products").select("product_id", "category")
    joined = lines.left_join(products, "product_id").drop("product_id_right")
    return joined.mutate(category=joined.category.fill_null(UNKNOWN))


def _with_outcomes(view: AsOf, lines: ir.Table) -> ir.Table:
    now = ibis.timestamp(view.as_of)
    is_cancelled = lines.cancelled_at.notnull()
    ended_at = ibis.coalesce(lines.cancelled_at, lines.refunded_at)
    lines = lines.mutate(
        is_late_dispatch=ibis.ifelse(
            lines.shipped_at.isnull() & lines.delivered_at.notnull(),
            ibis.null("boolean"),
            late(lines.ship_by, lines.shipped_at, ended_at, now),
        ),
        is_late_delivery=late(lines.deliver_by, lines.delivered_at, ended_at, now),
        is_cancelled=is_cancelled,
        is_seller_cancelled=is_true(lines.cancelled_by == "seller") & is_cancelled,
        is_refunded=lines.refunded_at.notnull(),
        is_fault_refund=is_true(lines.refund_reason.isin(SELLER_FAULT_REASONS))
        & lines.refunded_at.notnull(),
        is_open=lines.delivered_at.isnull() & ended_at.isnull(),
        handling_hours=hours_between(lines.placed_at, lines.shipped_at),
        transit_hours=hours_between(lines.shipped_at, lines.delivered_at),
        delay_days=hours_between(lines.deliver_by, lines.delivered_at) / 24.0,
    )
    lines = lines.mutate(
        is_undelivered=ibis.ifelse(lines.deliver_by < now, lines.is_open, ibis.null("boolean")),
    )
    return _with_ratings(view, lines)


def late(
    due: ir.TimestampValue,
    done: ir.TimestampValue,
    ended: ir.TimestampValue,
    now: ir.TimestampValue,
) -> ir.BooleanValue:
    """Return whether something due was done late; null while that is open.

    What was not done by `due` is late from `due` on; what ended before `due` undone never is.
    """
    is_over = is_true(ended <= due) & done.isnull()
    return ibis.cases(
        (due.isnull() | is_over, ibis.null("boolean")),
        (done.notnull(), done > due),
        (due < now, True),
        else_=ibis.null("boolean"),
    )


def _with_ratings(view: AsOf, lines: ir.Table) -> ir.Table:
    """Add the worst rating of each line and the defect weight that follows."""
    if not view.has("reviews"):
        lines = lines.mutate(rating=ibis.null("float64"), rating_weight=ibis.null("float64"))
        return lines.mutate(defect=defect(lines))
    rated = review_lines(view)
    rated = rated.filter(rated.line_no.notnull()).group_by("order_id", "line_no")
    rated = rated.aggregate(
        rating=lambda t: t.rating.min().cast("float64"), rating_weight=lambda t: t.weight.max()
    )
    lines = lines.left_join(rated, ["order_id", "line_no"]).drop("order_id_right", "line_no_right")
    return lines.mutate(defect=defect(lines))


def defect(lines: ir.Table) -> ir.FloatingValue:
    """Return the defect weight of each line: 1, or 1/sellers where only a shared rating is bad.

    Null while nothing is known: neither a rating, a hand-over, a cancellation nor a passed
    `ship_by`.
    """
    is_bad = is_true(lines.is_late_dispatch) | lines.is_seller_cancelled
    is_known = lines.is_late_dispatch.notnull() | lines.is_cancelled | lines.rating.notnull()
    return ibis.cases(
        (is_bad, 1.0),
        (is_true(lines.rating <= 2), lines.rating_weight),
        (is_known, 0.0),
        else_=ibis.null("float64"),
    )


def _with_transit(lines: ir.Table) -> ir.Table:
    """Mark parcels that were delivered faster than any parcel travels here."""
    usual = lines.aggregate(
        median=lines.transit_hours.median(), fastest=lines.transit_hours.quantile(FASTEST_SHARE)
    )
    limit = usual.select(fast_transit=ibis.least(FAST_TRANSIT * usual.median, usual.fastest))
    lines = lines.cross_join(limit)
    is_fast = lines.transit_hours < lines.fast_transit
    is_unhappy = is_true(lines.rating <= 2) | lines.is_fault_refund
    lines = lines.mutate(
        is_fast_tracking=is_fast, is_fast_and_unhappy=number(is_true(is_fast) & is_unhappy)
    )
    return lines.drop("fast_transit")


def entity_lines(view: AsOf, entity: EntityType) -> ir.Table:
    """Return the order lines of each entity: its sales, or those a creator brought."""
    lines = order_lines(view)
    key = lines[ENTITY_KEY[entity]]
    lines = lines.filter(key.notnull()).mutate(**{ENTITY_ID: key, "at": lines.placed_at})
    if entity != "creator":
        return lines
    by_merchant = ibis.window(group_by=[ENTITY_ID, "merchant_id"])
    return lines.mutate(merchant_lines=lines.count().over(by_merchant))


def entity_orders(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity and order, with how often its buyer ordered there."""
    lines = entity_lines(view, entity)
    orders = lines.group_by(ENTITY_ID, "order_id").aggregate(
        buyer_id=lines.buyer_id.min(),
        at=lines.placed_at.min(),
        age_days=lines.age_days.max(),
        lines=lines.count(),
        value=lines.value.sum(),
        defect=lines.defect.max(),
    )
    by_buyer = ibis.window(group_by=[ENTITY_ID, "buyer_id"])
    by_entity = ibis.window(group_by=ENTITY_ID, order_by=["at", "order_id"])
    orders = orders.mutate(
        buyer_orders=orders.count().over(by_buyer),
        buyer_orders_90d=number(orders.age_days < 90).sum().over(by_buyer),
        previous_at=orders.at.lag().over(by_entity),
    )
    return orders.mutate(
        gap_days=hours_between(orders.previous_at, orders["at"]) / 24.0,
        lines_per_order=ratio(orders.lines, ibis.literal(1)),
    )
