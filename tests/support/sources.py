"""Small sources, written as files, for the tests of ingest."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import IngestResult, ingest
from analytics.snapshots.sources.tables import open_tables

NOW = datetime(2024, 12, 31)

MERCHANTS = "merchant_id,registered_at\nm1,2024-01-01\nm2,2024-01-05\n"
PRODUCTS = "product_id,merchant_id,listed_at\np1,m1,2024-01-02\np2,m2,2024-01-06\n"
ORDERS = (
    "order_id,line_no,merchant_id,product_id,placed_at,price\n"
    "o1,1,m1,p1,2024-02-01 10:00:00,10.00\n"
    "o2,1,m2,p2,2024-02-02 11:00:00,20.50\n"
)


def write_source(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files of a source into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return folder


def ingest_files(
    folder: Path,
    files: Mapping[str, str | bytes],
    *as_ofs: datetime,
    home: Home | None = None,
    **settings: Any,
) -> IngestResult:
    """Write files and ingest them; every bad row may be spared unless a limit is given."""
    source = open_tables(write_source(folder / "source", files))
    return ingest_source(source, home or Home(folder / "home"), *as_ofs, **settings)


def ingest_source(source: Any, home: Home, *as_ofs: datetime, **settings: Any) -> IngestResult:
    """Ingest an open source with small settings and a fixed clock."""
    given = {"reject_share_limit": 1.0, "threads": 2, **settings}
    return ingest(source, home, as_ofs=as_ofs, settings=Settings(**given), now=NOW)


def rows(result: IngestResult, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Stored rows of a table, in the order in which they are stored."""
    return read(result.dataset.path(table), columns)


def rejects(result: IngestResult, table: str) -> list[tuple[Any, ...]]:
    """Row number, column, value, reason and scope of each reject."""
    path = result.dataset.rejects_path(table)
    return read(path, 'row_number, "column", value, reason, scope') if path else []


def read(path: Path | None, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a parquet file."""
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM read_parquet($1)", [str(path)]).fetchall()
