"""SQL over the masked tables, for one entity.

Each statement reads `my_orders`, `my_reviews`, `my_contents` and `my_products`; the prelude of an
entity type says what is mine. `$merchant_id` is the merchant itself, or the product's: order lines
are sorted by merchant, so that it narrows the read.
"""

from typing import Final

from analytics.columns import EntityType

# A review names its merchant and product only where that is certain; else it is of the order.
MINE: Final[dict[EntityType, str]] = {
    "merchant": """
WITH my_orders AS (SELECT * FROM orders WHERE merchant_id = $id),
my_reviews AS (
    SELECT * FROM reviews WHERE merchant_id = $id
    UNION ALL
    SELECT * FROM reviews
    WHERE merchant_id IS NULL AND order_id IN (SELECT order_id FROM my_orders)),
my_products AS (SELECT * FROM products WHERE merchant_id = $id),
my_contents AS (
    SELECT * FROM contents WHERE content_id IN (
        SELECT content_id FROM content_products SEMI JOIN my_products USING (product_id)))
""",
    "product": """
WITH my_orders AS (SELECT * FROM orders WHERE merchant_id = $merchant_id AND product_id = $id),
my_reviews AS (
    SELECT * FROM reviews WHERE product_id = $id
    UNION ALL
    SELECT * FROM reviews
    WHERE product_id IS NULL AND order_id IN (SELECT order_id FROM my_orders)),
my_products AS (SELECT * FROM products WHERE merchant_id = $merchant_id),
my_contents AS (
    SELECT * FROM contents WHERE content_id IN (
        SELECT content_id FROM content_products WHERE product_id = $id))
""",
    "creator": """
WITH my_orders AS (SELECT * FROM orders WHERE creator_id = $id),
my_reviews AS (SELECT * FROM reviews WHERE order_id IN (SELECT order_id FROM my_orders)),
my_contents AS (SELECT * FROM contents WHERE creator_id = $id),
my_products AS (
    SELECT * FROM products WHERE product_id IN (
        SELECT product_id FROM my_orders
        UNION SELECT product_id FROM content_products SEMI JOIN my_contents USING (content_id)))
""",
}

# Derived from the dates known at the as-of, never from a stored status. A line delivered or
# cancelled without a handover time has an unknown one, and is not called late.
ORDERS: Final = """
SELECT order_id, line_no, buyer_id, merchant_id, product_id, creator_id, content_id,
       placed_at, quantity, price, freight, price * coalesce(quantity, 1) AS amount,
       ship_by, shipped_at, deliver_by, delivered_at, cancelled_at, cancelled_by,
       refunded_at, refund_amount, refund_reason,
       CASE WHEN refunded_at IS NOT NULL THEN 'refunded'
            WHEN cancelled_at IS NOT NULL THEN 'cancelled'
            WHEN delivered_at IS NOT NULL THEN 'delivered'
            WHEN shipped_at IS NOT NULL THEN 'shipped'
            WHEN ship_by < $as_of THEN 'not shipped in time'
            ELSE 'open' END AS status,
       coalesce(ship_by < coalesce(shipped_at,
           CASE WHEN delivered_at IS NULL AND cancelled_at IS NULL THEN $as_of END),
           false) AS is_late
FROM my_orders
ORDER BY placed_at DESC, order_id, line_no LIMIT $limit OFFSET $offset
"""

REFUNDS: Final = """
SELECT order_id, line_no, merchant_id, product_id, placed_at, refunded_at, refund_amount,
       refund_reason, price * coalesce(quantity, 1) AS amount
FROM my_orders WHERE refunded_at IS NOT NULL
ORDER BY refunded_at DESC, order_id, line_no LIMIT $limit OFFSET $offset
"""

REVIEWS: Final = """
, page AS (
    SELECT * FROM my_reviews
    ORDER BY created_at DESC, review_id, order_id LIMIT $limit OFFSET $offset),
sharing AS (
    SELECT order_id, count(DISTINCT o.merchant_id) AS merchants
    FROM orders o WHERE order_id IN (SELECT order_id FROM page) GROUP BY order_id)
SELECT review_id, order_id, page.merchant_id, product_id, buyer_id, rating, title, text,
       created_at, coalesce(merchants, 1) > 1 AS is_shared
FROM page LEFT JOIN sharing USING (order_id)
ORDER BY created_at DESC, review_id, order_id
"""

PRODUCTS: Final = """
, sold AS (
    SELECT product_id, count(*) AS lines, sum(price * coalesce(quantity, 1)) AS gmv,
           min(price) AS lowest_price, max(price) AS highest_price, max(placed_at) AS last_sold_at,
           count(refunded_at) AS refunded, count(cancelled_at) AS cancelled
    FROM orders WHERE product_id IN (SELECT product_id FROM my_products)
    AND ($merchant_id IS NULL OR merchant_id = $merchant_id)
    GROUP BY product_id)
SELECT product_id, merchant_id, category, title, description, price, listed_at, known_at,
       coalesce(lines, 0) AS lines, coalesce(gmv, 0) AS gmv, lowest_price, highest_price,
       last_sold_at, coalesce(refunded, 0) AS refunded, coalesce(cancelled, 0) AS cancelled
FROM my_products LEFT JOIN sold USING (product_id)
ORDER BY gmv DESC, product_id LIMIT $limit OFFSET $offset
"""

CONTENTS: Final = """
SELECT content_id, creator_id, kind, started_at, duration_s, title, transcript,
       views, likes, comments, shares, counted_at,
       (SELECT count(DISTINCT product_id) FROM content_products p
        WHERE p.content_id = c.content_id) AS products
FROM my_contents c
ORDER BY started_at DESC, content_id LIMIT $limit OFFSET $offset
"""

EVENTS: Final = """
SELECT event_id, kind, "at", payload FROM events
WHERE entity_type = $entity AND entity_id = $id
ORDER BY "at" DESC, event_id LIMIT $limit OFFSET $offset
"""

LINKS: Final = """
, my_links AS (
    SELECT kind, value_hash, first_seen, last_seen FROM links
    WHERE entity_type = $entity AND entity_id = $id),
others AS (
    SELECT l.kind, l.value_hash, count(*) AS others,
           list(l.entity_type || ' ' || l.entity_id
                ORDER BY l.entity_type = 'buyer', l.entity_type, l.entity_id)[:20] AS shared_with
    FROM links l JOIN my_links USING (kind, value_hash)
    WHERE NOT (l.entity_type = $entity AND l.entity_id = $id)
    GROUP BY l.kind, l.value_hash)
SELECT my_links.*, coalesce(others, 0) AS others, coalesce(shared_with, []) AS shared_with
FROM my_links LEFT JOIN others USING (kind, value_hash)
ORDER BY others DESC, kind, value_hash LIMIT $limit OFFSET $offset
"""

PAST_DECISIONS: Final = """
SELECT policy, outcome, decided_at FROM past_decisions
WHERE entity_type = $entity AND entity_id = $id
ORDER BY decided_at DESC, policy LIMIT $limit OFFSET $offset
"""

PAGED: Final = {
    "orders": ORDERS,
    "refunds": REFUNDS,
    "reviews": REVIEWS,
    "products": PRODUCTS,
    "contents": CONTENTS,
    "events": EVENTS,
    "links": LINKS,
    "past_decisions": PAST_DECISIONS,
}

COUNTED: Final = {
    "orders": "SELECT count(*) AS rows FROM my_orders",
    "refunds": "SELECT count(refunded_at) AS rows FROM my_orders",
    "reviews": "SELECT count(*) AS rows FROM my_reviews",
    "products": "SELECT count(*) AS rows FROM my_products",
    "contents": "SELECT count(*) AS rows FROM my_contents",
}

COUNTS: Final = """
SELECT (SELECT count(*) FROM my_orders) AS orders,
       (SELECT count(refunded_at) FROM my_orders) AS refunds,
       (SELECT count(*) FROM my_reviews) AS reviews,
       (SELECT count(*) FROM my_products) AS products,
       (SELECT count(*) FROM my_contents) AS contents,
       (SELECT count(*) FROM events WHERE entity_type = $entity AND entity_id = $id) AS events,
       (SELECT count(*) FROM links WHERE entity_type = $entity AND entity_id = $id) AS links,
       (SELECT count(*) FROM past_decisions
        WHERE entity_type = $entity AND entity_id = $id) AS past_decisions
"""

IDENTITY: Final[dict[EntityType, str]] = {
    "merchant": """
SELECT merchant_id AS entity_id, registered_at AS started_at, known_at, country, region,
       main_category FROM merchants WHERE merchant_id = $id
""",
    "product": """
SELECT product_id AS entity_id, listed_at AS started_at, known_at, merchant_id, category, title,
       description, price, image_path FROM products WHERE product_id = $id
""",
    "creator": """
SELECT creator_id AS entity_id, joined_at AS started_at, known_at, country, followers
FROM creators WHERE creator_id = $id
""",
}

_POINTS: Final = """
, points AS (
    SELECT placed_at AS "at", 'orders' AS lane, 'order line' AS kind,
           (price * coalesce(quantity, 1))::DOUBLE AS value, order_id AS label FROM my_orders
    UNION ALL
    SELECT ship_by, 'late dispatch', 'not handed over in time', NULL, order_id FROM my_orders
    WHERE ship_by < coalesce(shipped_at,
        CASE WHEN delivered_at IS NULL AND cancelled_at IS NULL THEN $as_of END)
    UNION ALL
    SELECT cancelled_at, 'cancellations', coalesce(cancelled_by, 'unknown'),
           price * coalesce(quantity, 1), order_id
    FROM my_orders WHERE cancelled_at IS NOT NULL
    UNION ALL
    SELECT refunded_at, 'refunds', coalesce(refund_reason, 'no reason given'), refund_amount,
           order_id FROM my_orders WHERE refunded_at IS NOT NULL
    UNION ALL
    SELECT created_at, 'ratings', rating::INTEGER::VARCHAR, rating,
           left(coalesce(nullif(title, ''), text, ''), 160) FROM my_reviews
    UNION ALL
    SELECT started_at, 'contents', coalesce(kind, 'content'), views,
           left(coalesce(title, ''), 160) FROM my_contents
    UNION ALL
    SELECT "at", 'events', kind, NULL, left(coalesce(payload, ''), 160) FROM events
    WHERE entity_type = $entity AND entity_id = $id
    UNION ALL
    SELECT decided_at, 'past decisions', outcome, NULL, coalesce(policy, '') FROM past_decisions
    WHERE entity_type = $entity AND entity_id = $id)
"""

TIMELINE: Final = (
    _POINTS
    + """
SELECT "at", lane, kind, value, label, 1::BIGINT AS count, '' AS bucket FROM points
ORDER BY "at", lane, kind, label LIMIT $limit
"""
)

TIMELINE_SIZE: Final = (
    _POINTS
    + """
SELECT count(*) AS points, date_diff('day', min("at"), max("at")) AS days,
       count(DISTINCT (lane, kind)) AS rows_a_day FROM points
"""
)

TIMELINE_BUCKETS: Final = (
    _POINTS
    + """
SELECT date_trunc($bucket, "at") AS "at", lane, kind,
       CASE WHEN lane = 'ratings' THEN avg(value) ELSE sum(value) END AS value,
       '' AS label, count(*) AS count, $bucket AS bucket
FROM points GROUP BY date_trunc($bucket, "at"), lane, kind ORDER BY 1, lane, kind
"""
)
