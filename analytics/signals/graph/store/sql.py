"""SQL of the typed edges. Table names are our own views over the files; values are bound."""

from typing import Final

# `sharers` is how many stand around the end through which others are linked; `is_common`: so many
# that it links nobody.
NO_EDGES: Final = """
CREATE OR REPLACE TEMP TABLE edges (
    src_type VARCHAR, src_id VARCHAR, dst_type VARCHAR, dst_id VARCHAR, relation VARCHAR,
    times BIGINT, first_seen TIMESTAMP, last_seen TIMESTAMP, sharers BIGINT, is_common BOOLEAN)
"""

INSERT: Final = "INSERT INTO edges BY NAME "

# Buyers do not make a value common: a ring's phone with twenty puppets on it is still rare.
VALUES: Final = """
WITH holders AS (
    SELECT entity_type, entity_id, kind, value_hash, count(*) AS times,
           min(first_seen) AS first_seen,
           max(last_seen) FILTER (last_seen <= $as_of::TIMESTAMP) AS last_seen
    FROM links
    WHERE first_seen <= $as_of::TIMESTAMP
    GROUP BY ALL)
SELECT entity_type AS src_type, entity_id AS src_id, 'value' AS dst_type,
       kind || ':' || value_hash AS dst_id, kind AS relation, times, first_seen, last_seen,
       count(*) FILTER (entity_type <> 'buyer') OVER same AS sharers,
       sharers > $cap OR count(*) OVER same > 2 * $cap AS is_common
FROM holders WINDOW same AS (PARTITION BY kind, value_hash)
"""

ORDERS: Final = """
WITH bought AS (
    SELECT buyer_id, merchant_id, count(DISTINCT order_id) AS times,
           min(placed_at) AS first_seen, max(placed_at) AS last_seen
    FROM orders
    WHERE placed_at <= $as_of::TIMESTAMP AND buyer_id IS NOT NULL AND merchant_id IS NOT NULL
    GROUP BY ALL)
SELECT 'buyer' AS src_type, buyer_id AS src_id, 'merchant' AS dst_type, merchant_id AS dst_id,
       'orders' AS relation, times, first_seen, last_seen,
       count(*) OVER (PARTITION BY buyer_id) AS sharers, sharers > $cap AS is_common
FROM bought
"""

# The hub of what follows is a shop or a showcase, which is no reason to leave its edges out.
SALES: Final = """
WITH sold AS (
    SELECT creator_id, merchant_id, count(DISTINCT order_id) AS times,
           min(placed_at) AS first_seen, max(placed_at) AS last_seen
    FROM orders
    WHERE placed_at <= $as_of::TIMESTAMP AND creator_id IS NOT NULL AND merchant_id IS NOT NULL
    GROUP BY ALL)
SELECT 'creator' AS src_type, creator_id AS src_id, 'merchant' AS dst_type, merchant_id AS dst_id,
       'sales' AS relation, times, first_seen, last_seen,
       count(*) OVER (PARTITION BY creator_id) AS sharers, false AS is_common
FROM sold
"""

SHOWN: Final = """
WITH shown AS (
    SELECT c.creator_id, x.product_id, count(*) AS times,
           min(x.shown_at) AS first_seen, max(x.shown_at) AS last_seen
    FROM content_products x JOIN contents c USING (content_id)
    WHERE x.shown_at <= $as_of::TIMESTAMP AND c.started_at <= $as_of::TIMESTAMP
    GROUP BY ALL)
SELECT 'creator' AS src_type, creator_id AS src_id, 'product' AS dst_type, product_id AS dst_id,
       'shown' AS relation, times, first_seen, last_seen,
       count(*) OVER (PARTITION BY creator_id) AS sharers, false AS is_common
FROM shown
"""

LISTINGS: Final = """
SELECT 'merchant' AS src_type, merchant_id AS src_id, 'product' AS dst_type, product_id AS dst_id,
       'listing' AS relation, 1 AS times, known_at AS first_seen,
       CAST(NULL AS TIMESTAMP) AS last_seen,
       count(*) OVER (PARTITION BY merchant_id) AS sharers, false AS is_common
FROM products
WHERE (known_at <= $as_of::TIMESTAMP
       OR (known_at IS NULL AND $as_of::TIMESTAMP >= $exported_at::TIMESTAMP))
  AND merchant_id IS NOT NULL
"""

# Rarity after Adamic and Adar (2003), "Friends and neighbors on the Web": 1 for what two have, 1/2
# for what four have, 1/4 for sixteen. A row without an end, or from a node to itself, is no edge.
NODES: Final = """
CREATE OR REPLACE TEMP TABLE nodes AS
WITH ends AS (SELECT src_type AS node_type, src_id AS node_id FROM edges WHERE NOT is_common
              UNION SELECT dst_type, dst_id FROM edges WHERE NOT is_common)
SELECT CAST(row_number() OVER (ORDER BY node_type, node_id) - 1 AS INTEGER) AS node,
       node_type, node_id
FROM ends WHERE node_type IS NOT NULL AND node_id IS NOT NULL
"""

# One end after the other, then together: each step has one large hash table, which can be spilled.
FROM_NODES: Final = """
CREATE OR REPLACE TEMP TABLE from_nodes AS
SELECT s.node AS src, e.* EXCLUDE (src_type, src_id)
FROM edges e JOIN nodes s ON s.node_type = e.src_type AND s.node_id = e.src_id
WHERE NOT e.is_common
"""
BETWEEN_NODES: Final = """
CREATE OR REPLACE TEMP TABLE between_nodes AS
SELECT e.src, d.node AS dst, e.* EXCLUDE (src, dst_type, dst_id)
FROM from_nodes e JOIN nodes d ON d.node_type = e.dst_type AND d.node_id = e.dst_id
WHERE e.src <> d.node
"""
KEPT: Final = """
CREATE OR REPLACE TEMP TABLE kept AS
SELECT src, dst, relation,
       CAST(max(1 / log2(greatest(sharers, 2))) AS FLOAT) AS weight,
       CAST(sum(times) AS INTEGER) AS times,
       min(first_seen) AS first_seen,
       max(CASE WHEN last_seen < first_seen THEN first_seen ELSE last_seen END) AS last_seen
FROM between_nodes
GROUP BY src, dst, relation
"""
STEPS: Final = (
    FROM_NODES,
    BETWEEN_NODES,
    "DROP TABLE from_nodes",
    KEPT,
    "DROP TABLE between_nodes",
)

# Where the edges of a node begin and how many they are, in either file: a CSR matrix's row pointer.
PLACED: Final = """
WITH outward AS (SELECT src AS node, count(*) AS edges FROM kept GROUP BY src),
     inward AS (SELECT dst AS node, count(*) AS edges FROM kept GROUP BY dst),
     counted AS (SELECT n.*, coalesce(o.edges, 0) AS out_edges, coalesce(i.edges, 0) AS in_edges
                 FROM nodes n LEFT JOIN outward o USING (node) LEFT JOIN inward i USING (node))
SELECT node, node_type, node_id,
       CAST(sum(out_edges) OVER before - out_edges AS BIGINT) AS out_from, out_edges,
       CAST(sum(in_edges) OVER before - in_edges AS BIGINT) AS in_from, in_edges
FROM counted WINDOW before AS (ORDER BY node ROWS UNBOUNDED PRECEDING) ORDER BY node
"""

# The other end's name stands in each row, so that one read answers one hop.
BY_SRC: Final = """
SELECT k.*, n.node_type AS other_type, n.node_id AS other_id
FROM kept k JOIN nodes n ON n.node = k.dst ORDER BY src, dst, relation
"""
BY_DST: Final = """
SELECT k.*, n.node_type AS other_type, n.node_id AS other_id
FROM kept k JOIN nodes n ON n.node = k.src ORDER BY dst, src, relation
"""

CAPPED: Final = """
SELECT relation, CASE WHEN dst_type = 'value' THEN dst_type ELSE src_type END AS node_type,
       CASE WHEN dst_type = 'value' THEN dst_id ELSE src_id END AS node_id,
       max(sharers) AS sharers, count(*) AS edges
FROM edges WHERE is_common GROUP BY ALL ORDER BY edges DESC, relation, node_id
"""

TOTALS: Final = """
SELECT count(*) AS given,
       count(*) FILTER (is_common) AS capped,
       count(*) FILTER (NOT is_common AND (src_type IS NULL OR src_id IS NULL
                                           OR dst_type IS NULL OR dst_id IS NULL)) AS without_end,
       count(*) FILTER (NOT is_common AND src_type = dst_type AND src_id = dst_id) AS self_loops,
       count(*) FILTER (NOT is_common AND last_seen < first_seen) AS out_of_order,
       (SELECT count(*) FROM kept) AS kept,
       (SELECT count(*) FROM nodes) AS nodes
FROM edges
"""
