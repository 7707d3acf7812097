"""Pictures of products, hashed at ingest: a dataset keeps their hashes, not the files."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analytics.progress import Progress
from analytics.snapshots.manifest import PicturesManifest
from analytics.snapshots.store import hash_of

SCHEMA: Final = pa.schema(
    [
        ("image_path", pa.string()),
        ("hash", pa.string()),
        ("quality", pa.int64()),
        ("problem", pa.string()),
    ]
)
FILE: Final = "pictures.parquet"
_NAMED: Final = """
SELECT DISTINCT image_path FROM read_parquet($path) WHERE image_path IS NOT NULL ORDER BY 1
"""

PictureReader = Callable[[Iterable[str], Callable[[], None]], pa.Table]
"""Takes paths relative to the source, and whom to tell of each; returns rows of `SCHEMA`."""


def read_pictures(
    con: duckdb.DuckDBPyConnection,
    products: Path,
    work: Path,
    read: PictureReader,
    progress: Progress,
) -> PicturesManifest | None:
    """Hash the pictures that the stored products name, into `work`; None where they name none."""
    paths = [path for (path,) in con.execute(_NAMED, {"path": str(products)}).fetchall()]
    if not paths:
        return None
    with progress.step("Hashing pictures", len(paths)) as step:
        table = read(paths, step.advance)
    pq.write_table(table, work / FILE, compression="zstd")
    return PicturesManifest(
        file_hash=hash_of(work / FILE),
        files=table.num_rows,
        usable=table["problem"].null_count,
    )
