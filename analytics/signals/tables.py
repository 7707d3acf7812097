"""The contract's tables as views of a DuckDB connection."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import duckdb
import pyarrow

from analytics.errors import InputError
from analytics.snapshots.contract import TABLES

_SQL_TYPES: Final = {
    pyarrow.string(): "VARCHAR",
    pyarrow.timestamp("us"): "TIMESTAMP",
    pyarrow.decimal128(18, 2): "DECIMAL(18, 2)",
    pyarrow.float64(): "DOUBLE",
    pyarrow.int64(): "BIGINT",
}


def make_views(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Path], needed: Iterable[str]
) -> None:
    """Make a view of each needed table; a column that its file does not have is null.

    Raises:
        InputError: A file cannot be read as parquet, or lacks a column that the contract requires.
    """
    for name in needed:
        try:
            rows = con.read_parquet(str(tables[name]))
        except duckdb.Error as error:
            raise InputError(
                f"The table {name} cannot be read from {tables[name].name}.",
                hint=str(error).splitlines()[0],
            ) from error
        contract = TABLES[name]
        missing = [column for column in contract.required if column not in rows.columns]
        if missing:
            raise InputError(
                f"The table {name} lacks the column {missing[0]}.",
                hint="docs/data-contract.md lists what a table needs.",
            )
        absent = [column for column in contract.columns if column not in rows.columns]
        nulls = [f"CAST(NULL AS {_SQL_TYPES[contract.type_of(c)]}) AS {c}" for c in absent]
        rows.project(", ".join(["*", *nulls])).create_view(name, replace=True)
