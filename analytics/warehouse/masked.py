"""The contract's tables as known at a snapshot's as-of, as views for DuckDB."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analytics.columns import KNOWN_AT
from analytics.snapshots.home import Snapshot

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType

_VIEW: Final = """
CREATE VIEW {name} AS
WITH stored AS (FROM read_parquet('{path}'))
SELECT * FROM ({masked})
"""


def masked_views(snapshot: Snapshot) -> Iterator[str]:
    """Yield the statements that create a view per table of the contract.

    A table that the source did not give becomes an empty one with the contract's columns, so that
    whoever reads it need not ask.
    """
    # Here, because Ibis and the schema library take a second to import, and the first page
    # that opens needs neither.
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
        yield _view(name, str(ibis.to_sql(seen, dialect="duckdb")), path)


def _view(name: str, masked: str, path: Path) -> str:
    quoted = str(path).replace("'", "''")  # a view cannot hold a bound value
    return _VIEW.format(name=name, path=quoted, masked=masked)


def _empty_table(name: str, columns: "Mapping[str, DataType]") -> str:
    from ibis.backends.sql.datatypes import DuckDBType

    declared = ", ".join(f'"{c}" {DuckDBType.to_string(t)}' for c, t in columns.items())
    return f"CREATE TABLE {name} ({declared})"
