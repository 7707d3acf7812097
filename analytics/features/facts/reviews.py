"""Reviews, told apart by the order lines and entities they speak of."""

import ibis
import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_KEY, EntityType
from analytics.features.as_of import AsOf
from analytics.features.facts.words import review_words
from analytics.features.portable import days_before, hours_between, is_true, number

# Shorter texts ("very good") repeat by nature.
REPEATABLE_LENGTH = 20
_LINE_COLUMNS = (
    "line_no",
    "merchant_id",
    "product_id",
    "creator_id",
    "buyer_id",
    "placed_at",
    "delivered_at",
)


def review_lines(view: AsOf) -> ir.Table:
    """Return one row per review and order line it speaks of; one row without line where none is.

    A review that names neither product nor merchant speaks of all lines of its order; `weight` is
    then 1 / number of merchants in the order.
    """
    return view.once("review_lines", _review_lines)


def _review_lines(view: AsOf) -> ir.Table:
    reviews = _prepared(view)
    if not view.has("orders"):
        return _without_lines(reviews)
    orders = view.table("orders")
    sellers = orders.group_by("order_id").aggregate(sellers=orders.merchant_id.nunique())
    lines = orders.select("order_id", *_LINE_COLUMNS).left_join(sellers, "order_id")
    lines = lines.drop("order_id_right").rename({f"line_{c}": c for c in _LINE_COLUMNS})
    lines = lines.rename(line_order_id="order_id")
    pairs = reviews.left_join(
        lines,
        [
            reviews.order_id == lines.line_order_id,
            reviews.product_id.isnull() | (reviews.product_id == lines.line_product_id),
            reviews.merchant_id.isnull() | (reviews.merchant_id == lines.line_merchant_id),
        ],
    )
    is_certain = (
        pairs.product_id.notnull() | pairs.merchant_id.notnull() | pairs.line_line_no.isnull()
    )
    return pairs.select(
        *_REVIEW_COLUMNS,
        line_no=pairs.line_line_no,
        merchant_id=ibis.coalesce(pairs.line_merchant_id, pairs.merchant_id, pairs.owner_id),
        product_id=ibis.coalesce(pairs.line_product_id, pairs.product_id),
        creator_id=pairs.line_creator_id,
        buyer_id=ibis.coalesce(pairs.buyer_id, pairs.line_buyer_id),
        placed_at=pairs.line_placed_at,
        delivered_at=pairs.line_delivered_at,
        weight=ibis.ifelse(is_certain, 1.0, 1.0 / pairs.sellers.cast("float64")),
    )


_REVIEW_COLUMNS = (
    "review_id",
    "order_id",
    "rating",
    "created_at",
    "age_days",
    "text_key",
    "text_length",
    "says_off_platform",
)


def _prepared(view: AsOf) -> ir.Table:
    reviews = view.table("reviews")
    reviews = reviews.mutate(
        age_days=days_before(reviews.created_at, view.as_of),
        rating=reviews.rating.cast("float64"),
    )
    reviews = _join_review(reviews, review_words(view))
    if not view.has("products"):
        return reviews.mutate(owner_id=ibis.null("string"))
    products = view.table("products").select("product_id", owner_id="merchant_id")
    return reviews.left_join(products, "product_id").drop("product_id_right")


def _join_review(reviews: ir.Table, more: ir.Table) -> ir.Table:
    """Join rows of the same key; an order that is not named is no reason against it."""
    same = [
        reviews.review_id == more.review_id,
        reviews.order_id.identical_to(more.order_id),
    ]
    return reviews.left_join(more, same).drop("review_id_right", "order_id_right")


def _without_lines(reviews: ir.Table) -> ir.Table:
    return reviews.select(
        *_REVIEW_COLUMNS,
        line_no=ibis.null("int64"),
        merchant_id=ibis.coalesce(reviews.merchant_id, reviews.owner_id),
        product_id=reviews.product_id,
        creator_id=ibis.null("string"),
        buyer_id=reviews.buyer_id,
        placed_at=ibis.null("timestamp"),
        delivered_at=ibis.null("timestamp"),
        weight=ibis.literal(1.0),
    )


def entity_reviews(view: AsOf, entity: EntityType) -> ir.Table:
    """Return one row per entity and review, with what else came with it."""
    lines = review_lines(view)
    lines = lines.filter(lines[ENTITY_KEY[entity]].notnull())
    reviews = lines.mutate(entity_id=lines[ENTITY_KEY[entity]]).group_by(
        ENTITY_ID, "review_id", "order_id"
    )
    reviews = reviews.aggregate(
        rating=lambda t: t.rating.min(),
        text_key=lambda t: t.text_key.min(),
        text_length=lambda t: t.text_length.min(),
        says_off_platform=lambda t: t.says_off_platform.any(),
        at=lambda t: t.created_at.min(),
        age_days=lambda t: t.age_days.max(),
        weight=lambda t: t.weight.max(),
        buyer_id=lambda t: t.buyer_id.min(),
        product_id=lambda t: t.product_id.min(),
        placed_at=lambda t: t.placed_at.min(),
        delivered_at=lambda t: t.delivered_at.max(),
        has_line=lambda t: t.line_no.notnull().any(),
    )
    return _with_company(reviews)


def _with_company(reviews: ir.Table) -> ir.Table:
    """Add how often the text, the buyer and the day occur among the entity's reviews."""
    reviews = reviews.mutate(
        day=reviews["at"].truncate("D"),
        has_text=reviews.text_key.notnull(),
        is_long_text=is_true(reviews.text_length >= REPEATABLE_LENGTH),
        is_before_delivery=ibis.ifelse(
            reviews.has_line,
            reviews.delivered_at.isnull() | (reviews.delivered_at > reviews["at"]),
            ibis.null("boolean"),
        ),
    )
    reviews = reviews.mutate(
        hours_after_delivery=hours_between(reviews.delivered_at, reviews["at"])
    )
    by_text = ibis.window(group_by=[ENTITY_ID, "text_key"])
    by_buyer = ibis.window(group_by=[ENTITY_ID, "buyer_id"])
    by_day = ibis.window(group_by=[ENTITY_ID, "day"])
    return reviews.mutate(
        text_copies=number(reviews.is_long_text).sum().over(by_text),
        buyer_reviews=reviews.buyer_id.count().over(by_buyer),
        day_reviews=reviews.count().over(by_day),
        day_fives=number(reviews.rating == 5).sum().over(by_day),
    )


def with_texts(view: AsOf, reviews: ir.Table) -> ir.Table:
    """Add title and text, which are long and only shown."""
    return _join_review(
        reviews, view.table("reviews").select("review_id", "order_id", "title", "text")
    )
