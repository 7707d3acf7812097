"""The contract's tables as known at a snapshot's as-of, for DuckDB."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analytics.columns import KNOWN_AT
from analytics.snapshots.home import Snapshot
from analytics.snapshots.loading import load_ibis

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType

_CREATE: Final = """
CREATE {kind} {name} AS
WITH stored AS (FROM read_parquet('{path}'))
SELECT * FROM ({masked})
"""


# A table in memory answers in a millisecond or two, a view over its file in twenty; but only
# small ones may stay in memory.
MEMORY_ROWS: Final = 400_000
MEMORY_BYTES: Final = 32 * 1024 * 1024


def masked_tables(snapshot: Snapshot) -> Iterator[str]:
    """Yield the statements that create each table of the contract, small ones in memory.

    A table that the source did not give becomes an empty one with the contract's columns, so that
    whoever reads it need not ask.
    """
    # Here, because Ibis and the schema library take a second to import, and the first page
    # that opens needs neither.
    load_ibis()
    import ibis
    import pyarrow.parquet as pq

    from analytics.snapshots.contract import TABLES, TIME
    from analytics.snapshots.point_in_time import mask

    for name, contract in TABLES.items():
        path = snapshot.dataset.path(name)
        if path is None:
            columns = {column: contract.type_of(column) for column in contract.columns}
            if contract.entity:
                columns[KNOWN_AT] = TIME
            yield _empty_table(name, ibis.schema(columns))
            continue
        stored = ibis.table(ibis.Schema.from_pyarrow(pq.read_schema(path)), name="stored")
        seen = mask(name, stored, snapshot.as_of, snapshot.dataset.manifest.exported_at)
        yield _create(name, str(ibis.to_sql(seen, dialect="duckdb")), path)


def _create(name: str, masked: str, path: Path) -> str:
    import pyarrow.parquet as pq

    rows = pq.read_metadata(path).num_rows
    is_small = rows <= MEMORY_ROWS and path.stat().st_size <= MEMORY_BYTES
    quoted = str(path).replace("'", "''")  # a view cannot hold a bound value
    return _CREATE.format(
        kind="TABLE" if is_small else "VIEW", name=name, path=quoted, masked=masked
    )


def _empty_table(name: str, columns: "Mapping[str, DataType]") -> str:
    from ibis.backends.sql.datatypes import DuckDBType

    declared = ", ".join(f'"{c}" {DuckDBType.to_string(t)}' for c, t in columns.items())
    return f"CREATE TABLE {name} ({declared})"
