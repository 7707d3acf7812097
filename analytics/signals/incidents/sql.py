"""SQL of the daily series. Table names are our own views over the files; values are bound.

Every count stands on the day on which it became known, so that a series only ever grows at its end:
what is known at a moment is a prefix of what is known later.
"""

from typing import Final

# A product's usual price: the median of what it sold for in the 90 days before, not the same day.
LINES: Final = """
CREATE OR REPLACE TEMP TABLE lines AS
WITH seen AS (
    SELECT o.*, CAST(floor(epoch(o.placed_at) / 86400) AS INTEGER) AS placed_day,
           CAST(o.price AS DOUBLE) * coalesce(o.quantity, 1) AS value,
           CASE WHEN p.since <= o.placed_at THEN p.category END AS category
    FROM orders o LEFT JOIN catalogue p USING (product_id)
    WHERE o.placed_at <= $as_of::TIMESTAMP
)
SELECT order_id, merchant_id, product_id, creator_id, category, placed_day, value,
       CASE WHEN count(*) OVER usual >= 3
            THEN CAST(price AS DOUBLE) / nullif(quantile_cont(CAST(price AS DOUBLE), 0.5)
                 OVER usual, 0) END AS price_ratio,
       CAST(floor(epoch(ship_by) / 86400) AS INTEGER) AS due_day,
       CASE WHEN shipped_at <= ship_by THEN 0
            WHEN coalesce(cancelled_at, refunded_at) <= ship_by THEN NULL
            WHEN shipped_at IS NULL AND delivered_at <= ship_by THEN NULL
            WHEN ship_by IS NOT NULL THEN 1 END AS is_late,
       CASE WHEN cancelled_at <= refunded_at THEN NULL
            ELSE CAST(floor(epoch(refunded_at) / 86400) AS INTEGER) END AS refund_day,
       CASE WHEN cancelled_by = 'buyer' THEN NULL
            ELSE CAST(floor(epoch(cancelled_at) / 86400) AS INTEGER) END AS cancel_day
FROM seen
WINDOW usual AS (PARTITION BY product_id ORDER BY placed_day
                 RANGE BETWEEN 90 PRECEDING AND 1 PRECEDING)
"""

# Kinds of entities: 0 merchants, 1 products, 2 creators, 3 categories.
HOLDINGS: Final = """
CREATE OR REPLACE TEMP TABLE holdings AS
SELECT 0::UTINYINT AS kind, merchant_id AS id, * EXCLUDE (merchant_id, product_id, creator_id)
FROM lines
UNION ALL BY NAME
SELECT 1::UTINYINT AS kind, product_id AS id, * EXCLUDE (merchant_id, product_id, creator_id)
FROM lines
UNION ALL BY NAME
SELECT 2::UTINYINT AS kind, creator_id AS id, * EXCLUDE (merchant_id, product_id, creator_id)
FROM lines WHERE creator_id IS NOT NULL
UNION ALL BY NAME
SELECT 3::UTINYINT AS kind, category AS id, * EXCLUDE (merchant_id, product_id, creator_id)
FROM lines WHERE category IS NOT NULL
"""

# Whoever counts to the same orders; a kind's categories are those of each one's first order.
ORDERS: Final = """
CREATE OR REPLACE TEMP TABLE placed AS
WITH per_order AS (
    SELECT kind, id, order_id, min(placed_day) AS placed_day, min(category) AS category,
           sum(value) AS value, max(due_day) FILTER (is_late IS NOT NULL) AS due_day,
           max(is_late) AS is_late, min(refund_day) AS refund_day, min(cancel_day) AS cancel_day,
           count(price_ratio) AS priced,
           count(*) FILTER (price_ratio >= $raised) AS raised,
           count(*) FILTER (price_ratio <= $lowered) AS lowered
    FROM holdings GROUP BY ALL
)
SELECT *, CASE WHEN kind = 3 THEN '' ELSE coalesce(first_value(category) OVER (
    PARTITION BY kind, id ORDER BY placed_day, order_id), '') END AS group_name
FROM per_order
"""

NO_PRODUCTS: Final = """
CREATE OR REPLACE TEMP TABLE catalogue AS
SELECT NULL::VARCHAR AS product_id, NULL::VARCHAR AS category, NULL::TIMESTAMP AS since WHERE false
"""
# A dataset says since when a row without a date of its own is known; a team's own file may not.
PRODUCTS_KNOWN: Final = """
CREATE OR REPLACE TEMP VIEW catalogue AS
SELECT product_id, category, coalesce(known_at, listed_at) AS since FROM products
"""
PRODUCTS: Final = """
CREATE OR REPLACE TEMP VIEW catalogue AS SELECT product_id, category, listed_at AS since
FROM products
"""

NO_REVIEWS: Final = """
CREATE OR REPLACE TEMP TABLE reviewed AS
SELECT NULL::UTINYINT AS kind, NULL::VARCHAR AS id, NULL::INTEGER AS day, NULL::DOUBLE AS rating,
       NULL::INTEGER AS placed_day WHERE false
"""

# A review that names neither product nor merchant speaks of all lines of its order.
REVIEWS: Final = """
CREATE OR REPLACE TEMP TABLE reviewed AS
WITH told AS (
    SELECT review_id, order_id, product_id, merchant_id, CAST(rating AS DOUBLE) AS rating,
           CAST(floor(epoch(created_at) / 86400) AS INTEGER) AS day
    FROM reviews WHERE created_at <= $as_of::TIMESTAMP AND rating IS NOT NULL
), spoken AS (
    SELECT t.review_id, t.order_id, t.rating, t.day, l.merchant_id, l.product_id, l.creator_id,
           l.category, l.placed_day
    FROM told t JOIN lines l ON t.order_id = l.order_id
     AND (t.product_id IS NULL OR t.product_id = l.product_id)
     AND (t.merchant_id IS NULL OR t.merchant_id = l.merchant_id)
    UNION ALL
    SELECT review_id, order_id, rating, day, merchant_id, product_id, NULL, NULL, day
    FROM told WHERE order_id IS NULL
), held AS (
    SELECT 0::UTINYINT AS kind, merchant_id AS id, * FROM spoken
    UNION ALL SELECT 1::UTINYINT, product_id, * FROM spoken
    UNION ALL SELECT 2::UTINYINT, creator_id, * FROM spoken
    UNION ALL SELECT 3::UTINYINT, category, * FROM spoken
)
SELECT kind, id, max(day) AS day, min(rating) AS rating, min(placed_day) AS placed_day
FROM held WHERE id IS NOT NULL GROUP BY kind, id, review_id, order_id
"""

NO_CONTENTS: Final = """
CREATE OR REPLACE TEMP TABLE watched AS
SELECT NULL::VARCHAR AS id, NULL::INTEGER AS day, NULL::DOUBLE AS ratio WHERE false
"""

# What a content reached against the creator's twenty counted before it.
CONTENTS: Final = """
CREATE OR REPLACE TEMP TABLE watched AS
SELECT creator_id AS id, CAST(floor(epoch(counted_at) / 86400) AS INTEGER) AS day,
       CASE WHEN count(*) OVER earlier >= 5
            THEN views / greatest(quantile_cont(views, 0.5) OVER earlier, 1) END AS ratio
FROM contents WHERE counted_at <= $as_of::TIMESTAMP AND views IS NOT NULL
WINDOW earlier AS (PARTITION BY creator_id ORDER BY counted_at, content_id
                   ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)
"""

# Others sell too little for any change to stand out from chance.
MEMBERS: Final = """
CREATE OR REPLACE TEMP TABLE members AS
WITH active AS (
    SELECT kind, id, group_name, placed_day AS day FROM placed
    UNION ALL
    SELECT 2::UTINYINT, id, '', day FROM watched WHERE ratio IS NOT NULL
), known AS (
    SELECT kind, id, max(group_name) AS group_name, min(day) AS first_day,
           list_last(min(day, $least)) AS watched_day
    FROM active GROUP BY kind, id HAVING count(*) >= $least
)
SELECT CAST(row_number() OVER (ORDER BY k.kind, k.id) - 1 AS INTEGER) AS entity, k.kind, k.id,
       k.group_name, least(k.first_day, b.born_day) AS first_day, k.watched_day
FROM known k LEFT JOIN born b ON b.kind = k.kind AND b.id = k.id
"""

BORN: Final = """
CREATE OR REPLACE TEMP TABLE born AS
SELECT NULL::UTINYINT AS kind, NULL::VARCHAR AS id, NULL::INTEGER AS born_day WHERE false
"""
BORN_OF: Final = {
    "merchants": """
INSERT INTO born SELECT 0, merchant_id, floor(epoch(registered_at) / 86400) FROM merchants
WHERE registered_at <= $as_of::TIMESTAMP
""",
    "products": """
INSERT INTO born SELECT 1, product_id, floor(epoch(since) / 86400) FROM catalogue
WHERE since <= $as_of::TIMESTAMP
""",
    "creators": """
INSERT INTO born SELECT 2, creator_id, floor(epoch(joined_at) / 86400) FROM creators
WHERE joined_at <= $as_of::TIMESTAMP
""",
}

# What stands on the day of the order, one row per holder and day.
BY_PLACED: Final = """
CREATE OR REPLACE TEMP TABLE by_placed AS
SELECT kind, id, group_name, placed_day AS day, count(*) AS orders, sum(value) AS gmv,
       sum(value * value) AS squares, count(*) FILTER (priced > 0) AS priced,
       count(*) FILTER (raised > 0) AS raised, count(*) FILTER (lowered > 0) AS lowered
FROM placed WHERE placed_day <= $last GROUP BY ALL
"""

# What became known later: k of n, by the day on which it did.
BY_KNOWN: Final = """
CREATE OR REPLACE TEMP TABLE by_known AS
SELECT kind, id, group_name, 'late_dispatch' AS series, due_day AS day,
       sum(is_late)::DOUBLE AS k, count(*)::DOUBLE AS n
FROM placed WHERE is_late IS NOT NULL AND due_day <= $last GROUP BY ALL
UNION ALL
SELECT kind, id, group_name, 'refunds', refund_day, count(*), 0
FROM placed WHERE refund_day <= $last GROUP BY ALL
UNION ALL
SELECT kind, id, group_name, 'cancellations', cancel_day, count(*), 0
FROM placed WHERE cancel_day <= $last GROUP BY ALL
UNION ALL
SELECT r.kind, r.id, coalesce(m.group_name, ''), 'bad_ratings', r.day,
       count(*) FILTER (r.rating <= 2), count(*)
FROM reviewed r LEFT JOIN (SELECT DISTINCT kind, id, group_name FROM placed) m
  ON m.kind = r.kind AND m.id = r.id
WHERE r.day <= $last GROUP BY ALL
UNION ALL
SELECT 2, w.id, coalesce(m.group_name, ''), 'views', w.day,
       count(*) FILTER (w.ratio >= $surge), count(*)
FROM watched w LEFT JOIN (SELECT DISTINCT kind, id, group_name FROM placed) m
  ON m.kind = 2 AND m.id = w.id
WHERE w.ratio IS NOT NULL AND w.day <= $last GROUP BY ALL
"""

ENTITIES: Final = "SELECT * FROM members ORDER BY entity"
PLACED_ROWS: Final = """
SELECT m.entity, d.day, d.orders, d.gmv, d.squares, d.priced, d.raised, d.lowered
FROM by_placed d JOIN members m ON m.kind = d.kind AND m.id = d.id
"""
KNOWN_ROWS: Final = """
SELECT m.entity, d.series, d.day, d.k, d.n
FROM by_known d JOIN members m ON m.kind = d.kind AND m.id = d.id
"""
# Everybody, small sellers too: what the others' days were like.
PLACED_CONTROLS: Final = """
SELECT kind, group_name, day, sum(orders) AS orders, sum(gmv) AS gmv, sum(squares) AS squares,
       sum(priced) AS priced, sum(raised) AS raised, sum(lowered) AS lowered
FROM by_placed GROUP BY ALL
"""
KNOWN_CONTROLS: Final = """
SELECT kind, group_name, series, day, sum(k) AS k, sum(n) AS n FROM by_known GROUP BY ALL
"""
DELAYS: Final = """
SELECT 'refunds' AS series, refund_day AS day, greatest(refund_day - placed_day, 0) AS lag,
       count(*) AS count
FROM placed WHERE kind = 0 AND refund_day <= $last GROUP BY ALL
UNION ALL
SELECT 'cancellations', cancel_day, greatest(cancel_day - placed_day, 0), count(*)
FROM placed WHERE kind = 0 AND cancel_day <= $last GROUP BY ALL
"""

# What is known on the day of the finding of the orders of each day, of those that were found.
ORIGINS: Final = """
SELECT f.number, p.placed_day AS day, sum(p.is_late)::DOUBLE AS k, count(*)::DOUBLE AS n,
       avg(p.due_day - p.placed_day) FILTER (p.is_late = 1) AS lag
FROM found f JOIN placed p ON p.kind = f.kind AND p.id = f.id
WHERE f.series = 'late_dispatch' AND p.is_late IS NOT NULL AND p.due_day <= f.found_day
  AND p.placed_day > f.since_day GROUP BY ALL
UNION ALL
SELECT f.number, r.placed_day, count(*) FILTER (r.rating <= 2), count(*),
       avg(r.day - r.placed_day) FILTER (r.rating <= 2)
FROM found f JOIN reviewed r ON r.kind = f.kind AND r.id = f.id
WHERE f.series = 'bad_ratings' AND r.day <= f.found_day AND r.placed_day > f.since_day GROUP BY ALL
UNION ALL
SELECT f.number, p.placed_day, count(*) FILTER (p.refund_day <= f.found_day), count(*),
       avg(p.refund_day - p.placed_day) FILTER (p.refund_day <= f.found_day)
FROM found f JOIN placed p ON p.kind = f.kind AND p.id = f.id
WHERE f.series = 'refunds' AND p.placed_day BETWEEN f.since_day + 1 AND f.found_day GROUP BY ALL
UNION ALL
SELECT f.number, p.placed_day, count(*) FILTER (p.cancel_day <= f.found_day), count(*),
       avg(p.cancel_day - p.placed_day) FILTER (p.cancel_day <= f.found_day)
FROM found f JOIN placed p ON p.kind = f.kind AND p.id = f.id
WHERE f.series = 'cancellations' AND p.placed_day BETWEEN f.since_day + 1 AND f.found_day
GROUP BY ALL
"""

# What happened to those that were found, to their products, and through whom they sold, in the
# days before; `low` and `high` bound the window.
EVENTS_BEFORE: Final = """
SELECT f.number, e.kind AS what, min(e.at) AS "at", count(*) AS count,
       e.entity_type AS other_type, any_value(e.entity_id) AS other_id,
       any_value(e.payload) AS detail
FROM found f JOIN events e ON e.entity_type = f.entity_type AND e.entity_id = f.id
 AND e.at BETWEEN f.low AND f.high AND e.at <= $as_of::TIMESTAMP GROUP BY ALL
"""
PRODUCT_EVENTS_BEFORE: Final = """
SELECT f.number, e.kind AS what, min(e.at) AS "at", count(*) AS count, 'product' AS other_type,
       any_value(e.entity_id) AS other_id, any_value(e.payload) AS detail
FROM found f JOIN products p ON f.entity_type = 'merchant' AND p.merchant_id = f.id
JOIN events e ON e.entity_type = 'product' AND e.entity_id = p.product_id
 AND e.at BETWEEN f.low AND f.high AND e.at <= $as_of::TIMESTAMP GROUP BY ALL
"""
OWNER_EVENTS_BEFORE: Final = """
SELECT f.number, e.kind AS what, min(e.at) AS "at", count(*) AS count, 'merchant' AS other_type,
       any_value(e.entity_id) AS other_id, any_value(e.payload) AS detail
FROM found f JOIN products p ON f.entity_type = 'product' AND p.product_id = f.id
JOIN events e ON e.entity_type = 'merchant' AND e.entity_id = p.merchant_id
 AND e.at BETWEEN f.low AND f.high AND e.at <= $as_of::TIMESTAMP GROUP BY ALL
"""
NEW_CREATORS_BEFORE: Final = """
WITH through AS (
    SELECT f.number, o.creator_id, min(o.placed_at) AS "at",
           count(*) FILTER (o.placed_at >= f.low) AS count, any_value(f.low) AS low
    FROM found f JOIN orders o
      ON (f.entity_type = 'merchant' AND o.merchant_id = f.id)
      OR (f.entity_type = 'product' AND o.product_id = f.id)
    WHERE o.creator_id IS NOT NULL AND o.placed_at <= f.high AND o.placed_at <= $as_of::TIMESTAMP
    GROUP BY f.number, o.creator_id
)
SELECT number, 'new_creator' AS what, "at", count, 'creator' AS other_type, creator_id AS other_id,
       NULL AS detail
FROM through WHERE "at" >= low
QUALIFY row_number() OVER (PARTITION BY number ORDER BY count DESC, creator_id) <= 3
"""
CONTENTS_BEFORE: Final = """
SELECT f.number, 'shown_in_content' AS what, min(s.shown_at) AS "at",
       count(DISTINCT c.content_id) AS count, 'creator' AS other_type,
       mode(c.creator_id) AS other_id, NULL AS detail
FROM found f JOIN products p ON (f.entity_type = 'merchant' AND p.merchant_id = f.id)
  OR (f.entity_type = 'product' AND p.product_id = f.id)
JOIN content_products s ON s.product_id = p.product_id
JOIN contents c ON c.content_id = s.content_id
WHERE s.shown_at BETWEEN f.low AND f.high AND s.shown_at <= $as_of::TIMESTAMP
GROUP BY f.number
"""
BEFORE: Final = (
    (("events",), EVENTS_BEFORE),
    (("events", "products"), PRODUCT_EVENTS_BEFORE),
    (("events", "products"), OWNER_EVENTS_BEFORE),
    (("orders",), NEW_CREATORS_BEFORE),
    (("products", "contents", "content_products"), CONTENTS_BEFORE),
)
