"""What the contract's tables say day by day, read in DuckDB."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from analytics.engines.scratch import scratch_database
from analytics.errors import InputError
from analytics.signals.incidents import sql
from analytics.signals.incidents.declared import LOWERED, RAISED, SURGE
from analytics.signals.tables import make_views

READ: Final = (
    "orders", "products", "merchants", "creators", "reviews", "contents", "content_products",
    "events",
)  # fmt: skip
# Who sells less is not watched: nothing it does could stand out from chance.
LEAST_ACTIVITY: Final = 10


@dataclass(frozen=True)
class Daily:
    """Counts by day, not yet laid out in matrices.

    Attributes:
        entities: entity (a number), kind (index into `KINDS`), id, group_name, first_day, and
            watched_day, on which it had sold enough.
        placed: entity, day, orders, gmv, squares, priced, raised, lowered.
        known: entity, series, day, k, n.
        placed_controls: The columns of `placed` of everybody, by kind and group_name.
        known_controls: Those of `known`.
        delays: series, day, lag, count: how long after the order something became known.
        first_day: Days since 1970.
        last_day: Last day that is over at the as-of.
    """

    entities: pd.DataFrame
    placed: pd.DataFrame
    known: pd.DataFrame
    placed_controls: pd.DataFrame
    known_controls: pd.DataFrame
    delays: pd.DataFrame
    first_day: int
    last_day: int

    @property
    def days(self) -> int:
        """Number of days."""
        return self.last_day - self.first_day + 1


@contextmanager
def open_days(
    tables: Mapping[str, Path], as_of: datetime, *, threads: int, memory_limit: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in which the daily tables of `sql` stand, as known at `as_of`.

    Args:
        tables: Name in the contract → parquet file; `orders` is needed.
        as_of: Naive UTC.
        threads: Threads of DuckDB.
        memory_limit: Beyond it DuckDB spills to disk.

    Raises:
        InputError: There are no orders, or a file lacks a column that the contract requires.
    """
    if "orders" not in tables:
        raise InputError(
            "There is no table orders to watch day by day.",
            hint="docs/data-contract.md lists what a table needs.",
        )
    with scratch_database(threads=threads, memory_limit=memory_limit) as con:
        make_views(con, tables, [name for name in READ if name in tables])
        _prepare(con, tables, as_of)
        yield con


def last_day_before(as_of: datetime) -> int:
    """Return the last day that is over at a moment, in days since 1970."""
    return int(np.datetime64(as_of, "D").astype(int)) - 1


def _prepare(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], as_of: datetime) -> None:
    moment = {"as_of": as_of}
    con.execute(_catalogue(con, tables))
    con.execute(sql.LINES, moment)
    con.execute(sql.HOLDINGS)
    con.execute(sql.ORDERS, {"raised": RAISED, "lowered": LOWERED})
    for name, read, without in (
        ("reviews", sql.REVIEWS, sql.NO_REVIEWS),
        ("contents", sql.CONTENTS, sql.NO_CONTENTS),
    ):
        con.execute(read, moment) if name in tables else con.execute(without)
    con.execute(sql.BORN)
    for name, insert in sql.BORN_OF.items():
        if name in tables:
            con.execute(insert, moment)
    con.execute(sql.MEMBERS, {"least": LEAST_ACTIVITY})
    last = last_day_before(as_of)
    con.execute(sql.BY_PLACED, {"last": last})
    con.execute(sql.BY_KNOWN, {"last": last, "surge": SURGE})


def _catalogue(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Path]) -> str:
    if "products" not in tables:
        return sql.NO_PRODUCTS
    is_dataset = "known_at" in con.table("products").columns
    return sql.PRODUCTS_KNOWN if is_dataset else sql.PRODUCTS


def read_daily(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Daily:
    """Read the counts of every day that is over, of everybody who sells enough."""
    last = last_day_before(as_of)
    placed = con.execute(sql.PLACED_ROWS).df()
    return Daily(
        entities=con.execute(sql.ENTITIES).df(),
        placed=placed,
        known=con.execute(sql.KNOWN_ROWS).df(),
        placed_controls=con.execute(sql.PLACED_CONTROLS).df(),
        known_controls=con.execute(sql.KNOWN_CONTROLS).df(),
        delays=con.execute(sql.DELAYS, {"last": last}).df(),
        first_day=int(placed["day"].min()) if len(placed) else last,
        last_day=last,
    )
