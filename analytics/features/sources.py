"""The kinds of rows that features aggregate."""

from analytics.features.declare import Source
from analytics.features.facts.lines import entity_lines, entity_orders
from analytics.features.facts.prices import product_prices
from analytics.features.facts.reviews import entity_reviews

LINES = Source(
    "lines",
    table="orders",
    build=entity_lines,
    columns=("at", "order_id", "line_no", "product_id", "value"),
    needs=("orders",),
)
ORDERS = Source(
    "orders",
    table="orders",
    build=entity_orders,
    columns=("at", "order_id", "buyer_id", "lines", "value"),
    needs=("orders",),
)
REVIEWS = Source(
    "reviews",
    table="reviews",
    build=entity_reviews,
    columns=("at", "review_id", "order_id", "rating", "title", "text"),
    needs=("reviews",),
)
PRICES = Source(
    "prices",
    table="products",
    build=product_prices,
    columns=("at", "product_id", "category", "price", "category_median", "price_ratio"),
    needs=("products", "orders"),
    entities=("merchant", "product"),
)
