"""SQL of the daily series. Table names are our own views; values are bound."""

from typing import Final

# One row per order line with what was known of it by the as-of, in its day of placing: an outcome
# belongs to the day on which the order was taken, however late it became known.
LINES: Final = """
CREATE OR REPLACE TEMP TABLE lines AS
SELECT o.merchant_id, o.creator_id, o.product_id, o.order_id,
       coalesce(p.category, m.main_category) AS category,
       date_diff('day', $first::TIMESTAMP, date_trunc('day', o.placed_at)) AS day,
       CAST(o.price * coalesce(o.quantity, 1) AS DOUBLE) AS amount,
       CAST(o.price AS DOUBLE) AS price,
       o.ship_by IS NOT NULL AND o.ship_by <= $as_of::TIMESTAMP
           AND NOT coalesce(o.cancelled_at <= least(o.ship_by, $as_of::TIMESTAMP), false) AS is_due,
       coalesce(o.shipped_at <= o.ship_by, false) AS is_in_time,
       coalesce(o.refunded_at <= $as_of::TIMESTAMP, false)
           AND NOT coalesce(o.cancelled_at <= $as_of::TIMESTAMP, false) AS is_refunded,
       coalesce(o.cancelled_at <= $as_of::TIMESTAMP, false)
           AND coalesce(o.cancelled_by, 'unknown') <> 'buyer' AS is_cancelled
FROM orders o
LEFT JOIN (SELECT product_id, category FROM products) p USING (product_id)
LEFT JOIN (SELECT merchant_id, main_category FROM merchants) m USING (merchant_id)
WHERE o.placed_at >= $first::TIMESTAMP AND o.placed_at < $last::TIMESTAMP
"""

# What each product usually sells for, and how much each merchant sells on a usual day.
USUAL_PRICE: Final = """
CREATE OR REPLACE TEMP TABLE usual AS
SELECT product_id, median(price) AS usual_price FROM lines WHERE price > 0 GROUP BY product_id
"""
USUAL_VOLUME: Final = """
CREATE OR REPLACE TEMP TABLE volume AS
SELECT merchant_id, count(*) / greatest($days::DOUBLE - min(day), 28) AS usual_lines FROM lines
GROUP BY merchant_id
"""

# Orders that creators bring follow their shows, which come and go: volume is what comes directly.
SHOP_DAYS: Final = """
CREATE OR REPLACE TEMP TABLE shop_days AS
SELECT merchant_id, category, day,
       count(*) FILTER (creator_id IS NULL) AS orders,
       coalesce(sum(amount) FILTER (creator_id IS NULL), 0) AS amount,
       coalesce(sum(amount * amount) FILTER (creator_id IS NULL), 0) AS amount_squares,
       count(*) AS lines, sum(amount) AS gmv,
       count(*) FILTER (is_due) AS due, count(*) FILTER (is_due AND NOT is_in_time) AS late,
       count(*) FILTER (is_refunded) AS refunded, count(*) FILTER (is_cancelled) AS cancelled,
       count(DISTINCT product_id) AS products,
       count(DISTINCT product_id) FILTER (price > $beyond::DOUBLE * usual_price) AS dearer,
       count(DISTINCT product_id) FILTER (price * $beyond::DOUBLE < usual_price) AS cheaper
FROM lines LEFT JOIN usual USING (product_id)
GROUP BY ALL
"""
SHOPS_DAILY: Final = """
CREATE OR REPLACE TEMP TABLE daily AS
SELECT merchant_id AS entity_id, day, sum(COLUMNS(* EXCLUDE (merchant_id, category, day)))
FROM shop_days GROUP BY merchant_id, day
"""
# A shop that sells out in a week must not pass for its category: it counts as no more than three
# of its usual days and a line.
CATEGORIES_DAILY: Final = """
CREATE OR REPLACE TEMP TABLE daily AS
WITH weighed AS (SELECT s.*, least(1, (1 + 3 * v.usual_lines) / s.lines) AS weight
                 FROM shop_days s JOIN volume v USING (merchant_id) WHERE category IS NOT NULL)
SELECT category AS entity_id, day,
       sum(weight * COLUMNS(* EXCLUDE (merchant_id, category, day, weight, amount_squares))),
       sum(weight * weight * amount_squares) AS amount_squares
FROM weighed GROUP BY category, day
"""

# A review counts on the day its order was placed, where that is known.
RATINGS: Final = """
CREATE OR REPLACE TEMP TABLE daily AS
WITH placed AS (SELECT order_id, merchant_id, min(day) AS day FROM lines
                GROUP BY order_id, merchant_id),
     rated AS (SELECT coalesce(p.merchant_id, r.merchant_id) AS entity_id,
                      coalesce(p.day, date_diff('day', $first::TIMESTAMP,
                                                date_trunc('day', r.created_at))) AS day,
                      r.rating
               FROM reviews r LEFT JOIN placed p ON p.order_id = r.order_id
                    AND (r.merchant_id IS NULL OR r.merchant_id = p.merchant_id)
               WHERE r.created_at <= $as_of::TIMESTAMP)
SELECT entity_id, day, count(*) AS rated, count(*) FILTER (rating <= 2) AS low
FROM rated WHERE entity_id IS NOT NULL AND day >= 0 GROUP BY entity_id, day
"""

VIEWS: Final = """
CREATE OR REPLACE TEMP TABLE daily AS
WITH watched AS (SELECT creator_id, ln(1 + views) AS views,
                        date_diff('day', $first::TIMESTAMP, date_trunc('day', started_at)) AS day
                 FROM contents
                 WHERE started_at >= $first::TIMESTAMP AND started_at < $last::TIMESTAMP
                   AND counted_at <= $as_of::TIMESTAMP AND views IS NOT NULL)
SELECT creator_id AS entity_id, day, count(*) AS shows, sum(views) AS views,
       sum(views * views) AS view_squares
FROM watched GROUP BY creator_id, day
"""

# Entities with too little volume for any finding are not looked at.
_NUMBERED: Final = """
CREATE OR REPLACE TEMP TABLE numbered AS
SELECT entity_id, row_number() OVER (ORDER BY entity_id) - 1 AS number
FROM daily GROUP BY entity_id HAVING sum({volume}) >= $least
"""
IDS: Final = "SELECT entity_id FROM numbered ORDER BY number"
CHUNK: Final = """
SELECT n.number - $low AS place, d.* EXCLUDE (entity_id)
FROM daily d JOIN numbered n USING (entity_id)
WHERE n.number >= $low AND n.number < $high
"""


def numbered(volume: str) -> str:
    """Number the entities that have enough of one of our own columns."""
    return _NUMBERED.format(volume=volume)


# What each merchant mostly sells, whose ups and downs it shares.
CATEGORY_OF: Final = """
SELECT merchant_id AS entity_id, mode(category) AS category FROM lines
WHERE category IS NOT NULL GROUP BY merchant_id ORDER BY merchant_id
"""
OPENED: Final = """
SELECT merchant_id AS entity_id,
       date_diff('day', $first::TIMESTAMP, date_trunc('day', registered_at)) AS day
FROM merchants WHERE registered_at <= $as_of::TIMESTAMP
"""
# Days on which a merchant could not sell, as the marketplace itself says.
AWAY: Final = """
SELECT entity_id, kind, date_diff('day', $first::TIMESTAMP, date_trunc('day', "at")) AS day
FROM events
WHERE entity_type = 'merchant' AND "at" <= $as_of::TIMESTAMP
  AND kind IN ('suspended', 'reinstated', 'banned', 'shop_closed')
ORDER BY entity_id, "at", event_id
"""
