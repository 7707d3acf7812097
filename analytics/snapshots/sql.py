"""Running SQL: a cursor per call, read to its end, because an open result owns its connection."""

from collections.abc import Mapping
from typing import Any

import duckdb


def run(
    con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows of a query, none for a statement."""
    cursor = con.cursor()
    try:
        return cursor.execute(query, dict(values or {})).fetchall()
    finally:
        cursor.close()


def count(
    con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any] | None = None
) -> int:
    """The one number that a query gives."""
    return int(run(con, query, values)[0][0])


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
