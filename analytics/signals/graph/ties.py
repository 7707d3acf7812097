"""Who is tied to whom as of a moment, in DuckDB: pairs of merchants, products and creators."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from analytics.engines.scratch import scratch_database
from analytics.features.as_of import AsOf
from analytics.signals.graph.store.edges import make_edges
from analytics.snapshots.contract import TABLES

MEMORY: Final = "1GB"  # of the edges' database, which spills beyond it
MOST_SHOPS: Final = 20  # a buyer of more says nothing of any two of them
LEAST_BUYERS: Final = 3  # in common
LEAST_OVERLAP: Final = 0.05  # of the smaller shop's buyers
# Each pair stands in both directions; `weight` is the rarity of what ties them, per value.
_TIES: Final = """
CREATE TEMP TABLE ties AS
WITH held AS (SELECT * FROM edges WHERE dst_type = 'value' AND NOT is_common AND sharers > 1
                                    AND src_type <> 'buyer'),
bought AS (SELECT *, count(*) OVER (PARTITION BY dst_id) AS buyers
           FROM edges WHERE relation = 'orders' AND sharers <= $most),
direct AS (SELECT *, 1 / log2(greatest(sharers, 2)) AS weight
           FROM edges WHERE relation IN ('sales', 'shown', 'listing'))
SELECT a.src_type AS entity_type, a.src_id AS entity_id,
       b.src_type AS other_type, b.src_id AS other_id, 'linked' AS relation, a.relation AS kind,
       1 / log2(a.sharers) AS weight, 1 AS times, greatest(a.first_seen, b.first_seen) AS at
FROM held a JOIN held b USING (dst_id)
WHERE (a.src_type, a.src_id) <> (b.src_type, b.src_id)
UNION ALL
SELECT 'merchant', a.dst_id, 'merchant', b.dst_id, 'buyers', NULL,
       sum(1 / log2(greatest(a.sharers, 2))), count(*) AS common,
       min(greatest(a.first_seen, b.first_seen))
FROM bought a JOIN bought b USING (src_id)
WHERE a.sharers > 1 AND a.dst_id <> b.dst_id
GROUP BY a.dst_id, b.dst_id
HAVING common >= greatest($least, $overlap * least(any_value(a.buyers), any_value(b.buyers)))
UNION ALL
SELECT src_type, src_id, dst_type, dst_id, relation, NULL, weight, times, first_seen FROM direct
UNION ALL
SELECT dst_type, dst_id, src_type, src_id, relation, NULL, weight, times, first_seen FROM direct
"""


@contextmanager
def open_edges(view: AsOf) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database with the typed edges of a view, as `make_edges` makes them."""
    tables = {name: path for name in TABLES if (path := view.dataset.path(name)) is not None}
    with scratch_database(threads=1, memory_limit=MEMORY) as con:
        make_edges(con, tables, view.as_of, view.dataset.manifest.exported_at)
        yield con


def make_ties(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table `ties` from `edges`.

    Two are tied by each value in common, by enough buyers in common, or directly: a creator with
    the shops it sells for and the products it shows, a shop with its products.
    """
    given = {"most": MOST_SHOPS, "least": LEAST_BUYERS, "overlap": LEAST_OVERLAP}
    con.execute(_TIES, given)
