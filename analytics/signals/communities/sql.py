"""SQL of the entity graph. Table names are our own views over the files; values are bound."""

from typing import Final

# Whoever is linked to a value, once, from the first time on. What came after the as-of is not seen.
VALUES: Final = """
CREATE OR REPLACE TEMP TABLE holders AS
SELECT kind, value_hash, entity_type, entity_id,
       min(first_seen) AS first_seen,
       max(last_seen) FILTER (last_seen <= $as_of::TIMESTAMP) AS last_seen
FROM links
WHERE first_seen <= $as_of::TIMESTAMP AND kind IS NOT NULL AND value_hash IS NOT NULL
  AND entity_type IS NOT NULL AND entity_id IS NOT NULL
GROUP BY ALL
"""

# Buyers do not make a value common: a ring's phone with twenty puppets on it is still rare.
SHARED: Final = """
CREATE OR REPLACE TEMP TABLE shared AS
SELECT kind, value_hash, count(*) AS actors,
       count(*) FILTER (entity_type <> 'buyer') AS sharers,
       min(first_seen) AS first_seen
FROM holders GROUP BY kind, value_hash
HAVING count(*) > 1 AND count(*) FILTER (entity_type <> 'buyer') > 0
"""

COMMON: Final = """
SELECT kind, value_hash, sharers FROM shared WHERE sharers > $cap
ORDER BY sharers DESC, kind, value_hash
"""

# Rarity after Adamic and Adar (2003), "Friends and neighbors on the Web": 1 for a value that two
# have, 1/2 for four, 1/4 for sixteen.
SHARED_EDGES: Final = """
SELECT a.entity_type AS src_type, a.entity_id AS src_id,
       b.entity_type AS dst_type, b.entity_id AS dst_id,
       a.kind AS relation, a.value_hash AS value,
       CASE WHEN a.entity_type = 'buyer' OR b.entity_type = 'buyer' THEN s.actors
            ELSE s.sharers END AS sharers,
       1.0 / log2(CASE WHEN a.entity_type = 'buyer' OR b.entity_type = 'buyer' THEN s.actors
                       ELSE s.sharers END) AS rarity,
       greatest(a.first_seen, b.first_seen) AS first_seen,
       least(a.last_seen, b.last_seen) AS last_seen
FROM shared s
JOIN holders a USING (kind, value_hash)
JOIN holders b USING (kind, value_hash)
WHERE s.sharers <= $cap AND s.actors <= 2 * $cap
  AND (a.entity_type, a.entity_id) < (b.entity_type, b.entity_id)
  AND NOT (a.entity_type = 'buyer' AND b.entity_type = 'buyer')
ORDER BY src_type, src_id, dst_type, dst_id, relation, value
"""

# `items` are what two shops may have in common: a buyer, or a title. Whom a creator sends to all
# the shops of a showcase says something of the creator, not of the shops.
BUYERS: Final = """
CREATE OR REPLACE TEMP TABLE items AS
SELECT buyer_id AS item, merchant_id, min(placed_at) AS first_seen, max(placed_at) AS last_seen
FROM orders
WHERE placed_at <= $as_of::TIMESTAMP AND buyer_id IS NOT NULL AND merchant_id IS NOT NULL
  AND creator_id IS NULL
GROUP BY ALL
"""

TITLES: Final = """
CREATE OR REPLACE TEMP TABLE items AS
SELECT trim(regexp_replace(lower(title), '[^\\p{L}\\p{N}]+', ' ', 'g')) AS item, merchant_id,
       min(listed_at) AS first_seen, CAST(NULL AS TIMESTAMP) AS last_seen
FROM products
WHERE coalesce(listed_at <= $as_of::TIMESTAMP, true) AND title IS NOT NULL
  AND merchant_id IS NOT NULL
GROUP BY ALL
"""

# What more shops than the cap have (a purchasing office, a generic title) says nothing of any two.
IN_COMMON: Final = """
WITH spread AS (SELECT item, count(*) AS shops FROM items GROUP BY item
                HAVING count(*) <= $cap),
     sizes AS (SELECT merchant_id, count(*) AS items FROM items JOIN spread USING (item)
               GROUP BY merchant_id),
     kept AS (SELECT i.* FROM items i JOIN spread s USING (item) WHERE s.shops > 1),
     pairs AS (SELECT a.merchant_id AS src_id, b.merchant_id AS dst_id, count(*) AS shared,
                      min(greatest(a.first_seen, b.first_seen)) AS first_seen,
                      max(greatest(a.last_seen, b.last_seen)) AS last_seen
               FROM kept a JOIN kept b USING (item) WHERE a.merchant_id < b.merchant_id
               GROUP BY ALL HAVING count(*) >= $least)
SELECT p.*, x.items AS src_items, y.items AS dst_items,
       (SELECT sum(shops * (shops - 1)) / pow(sum(shops), 2) FROM spread) AS together,
       (SELECT count(*) FROM sizes) AS shops
FROM pairs p JOIN sizes x ON x.merchant_id = p.src_id JOIN sizes y ON y.merchant_id = p.dst_id
ORDER BY src_id, dst_id
"""

# How much creator and merchant live off each other: geometric mean of the two shares of orders.
SALES: Final = """
WITH sales AS (SELECT creator_id, merchant_id, count(*) AS lines,
                      min(placed_at) AS first_seen, max(placed_at) AS last_seen
               FROM orders WHERE placed_at <= $as_of::TIMESTAMP AND creator_id IS NOT NULL
               GROUP BY creator_id, merchant_id),
     totals AS (SELECT merchant_id, count(*) AS lines FROM orders
                WHERE placed_at <= $as_of::TIMESTAMP GROUP BY merchant_id)
SELECT 'creator' AS src_type, s.creator_id AS src_id, 'merchant' AS dst_type,
       s.merchant_id AS dst_id, 'sales' AS relation,
       sqrt(s.lines / t.lines * s.lines / sum(s.lines) OVER (PARTITION BY s.creator_id)) AS rarity,
       s.first_seen, s.last_seen
FROM sales s JOIN totals t USING (merchant_id)
QUALIFY s.lines >= $least AND rarity >= $floor
ORDER BY src_id, dst_id
"""

SHOWN: Final = """
WITH shown AS (SELECT c.creator_id, p.merchant_id, count(*) AS times,
                      min(x.shown_at) AS first_seen, max(x.shown_at) AS last_seen
               FROM content_products x JOIN contents c USING (content_id)
               JOIN products p USING (product_id)
               WHERE x.shown_at <= $as_of::TIMESTAMP AND c.started_at <= $as_of::TIMESTAMP
               GROUP BY c.creator_id, p.merchant_id)
SELECT 'creator' AS src_type, creator_id AS src_id, 'merchant' AS dst_type, merchant_id AS dst_id,
       'shown' AS relation,
       sqrt(times / sum(times) OVER (PARTITION BY merchant_id)
            * times / sum(times) OVER (PARTITION BY creator_id)) AS rarity,
       first_seen, last_seen
FROM shown QUALIFY times >= $least AND rarity >= $floor
ORDER BY src_id, dst_id
"""
