"""What an incident is worth, and what happened just before it began."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
from scipy.stats import poisson

from analytics.signals.incidents.series import BEYOND
from analytics.signals.tables import make_views

DAYS_BEFORE: Final = 3
# Of what happens anyway, only what happened more often than chance is told.
LEAST_SURPRISE: Final = 0.05

# How many products sold in an incident at a price well above or below their usual one.
_PRODUCTS: Final = """
WITH usual AS (SELECT product_id, median(price) AS usual_price FROM orders
               WHERE placed_at <= $as_of::TIMESTAMP AND price > 0 GROUP BY product_id)
SELECT i.number, count(DISTINCT o.product_id) FILTER (
           CASE i.measure WHEN 'price_rise_rate' THEN o.price > $beyond::DOUBLE * u.usual_price
                          WHEN 'price_cut_rate' THEN o.price * $beyond::DOUBLE < u.usual_price
                          ELSE true END) AS products
FROM incidents i JOIN orders o ON i.entity_type = 'merchant' AND o.merchant_id = i.entity_id
JOIN usual u USING (product_id)
WHERE o.placed_at >= i.start AND o.placed_at < i.stop AND o.placed_at <= $as_of::TIMESTAMP
GROUP BY i.number
"""
_AT_STAKE: Final = """
WITH sold AS (
    SELECT i.number, CAST(o.price * coalesce(o.quantity, 1) AS DOUBLE) AS amount,
           o.placed_at >= i.start AND o.placed_at < i.stop AS is_inside
    FROM incidents i JOIN orders o
      ON (i.entity_type = 'merchant' AND o.merchant_id = i.entity_id)
      OR (i.entity_type = 'creator' AND o.creator_id = i.entity_id)
    WHERE o.placed_at <= $as_of::TIMESTAMP
      AND o.placed_at >= i.start - INTERVAL 28 DAY AND o.placed_at < i.stop)
SELECT number, coalesce(sum(amount) FILTER (is_inside), 0) AS inside,
       coalesce(sum(amount) FILTER (NOT is_inside), 0) / 28 AS per_day_before
FROM sold GROUP BY number
"""
_OWN_EVENTS: Final = """
WITH own AS (
    SELECT entity_type, entity_id, entity_type AS whose_type, entity_id AS whose, kind, "at" AS moment
    FROM events WHERE "at" <= $as_of::TIMESTAMP
    UNION ALL
    SELECT 'product', e.entity_id, 'merchant', p.merchant_id, e.kind, e."at"
    FROM events e JOIN products p ON p.product_id = e.entity_id
    WHERE e.entity_type = 'product' AND e."at" <= $as_of::TIMESTAMP),
counted AS (
    SELECT i.number, o.kind, o.entity_type AS at_what,
           count(*) FILTER (o.moment >= i.start - to_days($days) AND o.moment < i.start + INTERVAL 1 DAY)
               AS events,
           count(*) AS always,
           min(o.moment) FILTER (o.moment >= i.start - to_days($days)
                                 AND o.moment < i.start + INTERVAL 1 DAY) AS first_at
    FROM incidents i JOIN own o ON o.whose_type = i.entity_type AND o.whose = i.entity_id
    WHERE o.moment >= i.start - INTERVAL 365 DAY AND o.moment < i.start + INTERVAL 1 DAY
    GROUP BY ALL)
SELECT * FROM counted WHERE events > 0 ORDER BY number, kind, at_what
"""
_NEW_CREATORS: Final = """
WITH first AS (SELECT merchant_id, creator_id, min(placed_at) AS moment FROM orders
               WHERE placed_at <= $as_of::TIMESTAMP AND creator_id IS NOT NULL
               GROUP BY merchant_id, creator_id)
SELECT i.number, 'new_creator' AS kind, 'creator' AS at_what,
       count(*) FILTER (f.moment >= i.start - to_days($days)) AS events, count(*) AS always,
       min(f.moment) FILTER (f.moment >= i.start - to_days($days)) AS first_at
FROM incidents i JOIN first f ON i.entity_type = 'merchant' AND f.merchant_id = i.entity_id
WHERE f.moment >= i.start - INTERVAL 365 DAY AND f.moment < i.start + INTERVAL 1 DAY
GROUP BY i.number HAVING events > 0 ORDER BY i.number
"""


def add_causes(
    found: pd.DataFrame, tables: Mapping[str, Path], as_of: datetime, *, threads: int = 1
) -> pd.DataFrame:
    """Add `gmv_at_stake`, `products` and `before` to incidents of merchants and creators.

    At stake is what was sold in the incident; where orders fell, what was sold less than in the
    same number of days before. `products` is the number of products sold in it; of a change of
    prices, of those whose price changed. `before` lists what happened from three days before the start to its
    end: kind, at_what (entity type), events, usual (events expected in as many days, from the year
    before), first_at; only what is more than chance (Poisson, 5 %), the most surprising first.

    Args:
        found: entity_type, entity_id, direction, measure, start, stop.
        tables: Name in the contract → parquet file.
        as_of: Nothing later is looked at.
        threads: Threads of DuckDB.
    """
    nothing: list[list[dict[str, Any]]] = [[] for _ in range(len(found))]
    found = found.assign(gmv_at_stake=float("nan"), products=0, before=nothing)
    if found.empty:
        return found
    columns = ["entity_type", "entity_id", "measure", "start", "stop"]
    incidents = found[columns].reset_index(names="number")
    with duckdb.connect(config={"threads": threads}) as con:
        con.register("incidents", incidents)
        if "orders" in tables:
            make_views(con, tables, ["orders"])
            sold = con.execute(_AT_STAKE, {"as_of": as_of}).df().set_index("number")
            found["gmv_at_stake"] = _at_stake(found, sold)
            given = {"as_of": as_of, "beyond": BEYOND}
            products = con.execute(_PRODUCTS, given).df().set_index("number")["products"]
            found["products"] = products.reindex(found.index).fillna(0).astype(int)
        parts = []
        given = {"as_of": as_of, "days": DAYS_BEFORE}
        if "events" in tables:
            make_views(con, tables, ["events"])
            if "products" in tables:
                make_views(con, tables, ["products"])
            else:
                con.execute(_NO_PRODUCTS)
            parts.append(con.execute(_OWN_EVENTS, given).df())
        if "orders" in tables:
            parts.append(con.execute(_NEW_CREATORS, given).df())
    if parts:
        found["before"] = _before(len(found), pd.concat(parts))
    return found


_NO_PRODUCTS: Final = (
    "CREATE TEMP VIEW products AS SELECT NULL::VARCHAR AS product_id, "
    "NULL::VARCHAR AS merchant_id WHERE false"
)


def _at_stake(found: pd.DataFrame, sold: pd.DataFrame) -> pd.Series:
    sold = sold.reindex(found.index)
    missed = (sold["per_day_before"] * found["days"] - sold["inside"]).clip(lower=0)
    fell = (found["direction"] == "down") & (found["measure"] == "all_orders")
    return sold["inside"].where(~fell, missed)


def _before(count: int, happened: pd.DataFrame) -> list[list[dict[str, Any]]]:
    window = DAYS_BEFORE + 1
    earlier = happened["always"] - happened["events"]
    # One event more than were seen: what was never seen before is rare, not impossible.
    usual = (earlier + 1) / (365 - window) * window
    happened = happened.assign(usual=usual, chance=poisson.sf(happened["events"] - 1, usual))
    happened = happened[happened["chance"] <= LEAST_SURPRISE]
    happened = happened.sort_values(["number", "chance", "kind", "at_what"])
    listed: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    columns = ["kind", "at_what", "events", "usual", "first_at"]
    for number, row in zip(happened["number"], happened[columns].to_dict("records"), strict=True):
        listed[int(number)].append(row)
    return listed
