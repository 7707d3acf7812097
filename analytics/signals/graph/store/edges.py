"""The typed edges of a marketplace as of a moment, from the contract's tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from analytics.signals.graph.store import sql
from analytics.signals.tables import make_views

CAP: Final = 100  # sharers of a value, or shops of a buyer, beyond which it links nobody


@dataclass(frozen=True)
class Relation:
    """Where edges of one kind come from; a relation of `links` is named after the value's kind."""

    needs: tuple[str, ...]
    select: str


RELATIONS: Final[Mapping[str, Relation]] = {
    "values": Relation(("links",), sql.VALUES),
    "orders": Relation(("orders",), sql.ORDERS),
    "sales": Relation(("orders",), sql.SALES),
    "shown": Relation(("content_products", "contents"), sql.SHOWN),
    "listing": Relation(("products",), sql.LISTINGS),
}


def make_edges(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Path],
    as_of: datetime,
    exported_at: datetime,
    *,
    cap: int = CAP,
) -> tuple[str, ...]:
    """Make the temporary table `edges` of what was known at `as_of`; see `sql.NO_EDGES`.

    Each edge comes once per relation. Links go from an actor to a value, orders from a buyer to a
    merchant, sales and shown products from a creator, listings from a merchant.

    Args:
        con: Where to; spills to disk as it is told to.
        tables: Name in the contract → parquet file, of those that there are.
        as_of: Naive UTC; nothing that happened later is seen.
        exported_at: Last moment known in the source; products without a date count from then.
        cap: A value with more sharers, or a buyer of more shops, is marked as common.

    Returns:
        The relations that the tables give.
    """
    names = tuple(n for n, relation in RELATIONS.items() if set(relation.needs) <= set(tables))
    chosen = [RELATIONS[name] for name in names]
    make_views(con, tables, dict.fromkeys(need for one in chosen for need in one.needs))
    con.execute(sql.NO_EDGES)
    given = {"as_of": as_of, "exported_at": exported_at, "cap": cap}
    for relation in chosen:
        con.execute(sql.INSERT + relation.select, _asked_for(relation.select, given))
    return names


def _asked_for(statement: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if f"${name}" in statement}
