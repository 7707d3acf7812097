"""A DuckDB of one's own for one computation."""

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb


@contextmanager
def scratch_database(*, threads: int, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB that spills to a temporary folder, which goes with it.

    By itself DuckDB spills to the working folder, which may not be writable, and what a killed
    process left there stays.

    Args:
        threads: Threads of DuckDB.
        memory_limit: Beyond it DuckDB spills to disk.
    """
    with TemporaryDirectory(prefix="portreeve-") as spill:
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": memory_limit,
            "temp_directory": spill,
        }
        with duckdb.connect(config=config) as con:
            yield con
