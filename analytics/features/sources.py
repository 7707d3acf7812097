"""The kinds of rows that features aggregate."""

from analytics.features.declare import Source
from analytics.features.facts.accounts import accounts, listings, log, price_changes, product_log
from analytics.features.facts.contents import entity_contents, showcase, with_transcripts
from analytics.features.facts.lines import entity_lines, entity_orders
from analytics.features.facts.links import linked, linked_orders
from analytics.features.facts.merchants import merchants_of
from analytics.features.facts.prices import product_prices
from analytics.features.facts.reviews import entity_reviews, with_texts

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
    complete=with_texts,
)
PRICES = Source(
    "prices",
    table="products",
    build=product_prices,
    columns=("at", "product_id", "category", "price", "category_median", "price_ratio"),
    needs=("products", "orders"),
    entities=("merchant", "product"),
)
ACCOUNTS = Source(
    "accounts",
    table="accounts",
    build=accounts,
    columns=(),
    needs=(),
)
LISTINGS = Source(
    "listings",
    table="products",
    build=listings,
    columns=("at", "product_id", "category", "title", "description", "price"),
    needs=("products",),
    entities=("merchant", "product"),
)
LOG = Source(
    "log",
    table="events",
    build=log,
    columns=("at", "event_id", "kind", "payload"),
    needs=("events",),
)
PRODUCT_LOG = Source(
    "product_log",
    table="events",
    build=product_log,
    columns=("at", "event_id", "product_id", "kind", "payload"),
    needs=("events", "products"),
    entities=("merchant", "product"),
)
PRICE_CHANGES = Source(
    "price_changes",
    table="events",
    build=price_changes,
    columns=("at", "product_id", "old_price", "new_price", "list_price", "claimed_discount"),
    needs=("events", "products"),
    entities=("merchant", "product"),
)
LINKED = Source(
    "linked",
    table="links",
    build=linked,
    columns=("at", "kind", "value_hash", "other_type", "other_id", "sharing", "is_flagged"),
    needs=("links",),
    entities=("merchant", "creator"),
)
LINKED_ORDERS = Source(
    "linked_orders",
    table="orders",
    build=linked_orders,
    columns=("at", "order_id", "buyer_id", "lines", "value", "is_linked"),
    needs=("links", "orders"),
    entities=("merchant", "creator"),
)
CONTENTS = Source(
    "contents",
    table="contents",
    build=entity_contents,
    columns=("at", "content_id", "kind", "title", "views", "likes", "transcript"),
    needs=("contents",),
    entities=("creator",),
    complete=with_transcripts,
)
SHOWN_IN = Source(
    "shown_in",
    table="contents",
    build=entity_contents,
    columns=("at", "content_id", "creator_id", "kind", "title", "transcript"),
    needs=("contents", "content_products", "products"),
    entities=("merchant", "product"),
    complete=with_transcripts,
)
SHOWCASE = Source(
    "showcase",
    table="content_products",
    build=showcase,
    columns=("at", "content_id", "product_id", "category"),
    needs=("contents", "content_products"),
    entities=("creator",),
)
MERCHANTS = Source(
    "merchants",
    table="merchants",
    build=merchants_of,
    columns=("at", "merchant_id", "share"),
    needs=("merchants", "orders"),
    entities=("product", "creator"),
)
