"""The one interface to a query engine, and the one place that chooses it."""

from pathlib import Path
from typing import Any, Protocol

import ibis.expr.types as ir
import pandas as pd

from analytics.errors import InputError
from analytics.settings import Settings


class Engine(Protocol):
    """Runs Ibis expressions over parquet files. One engine belongs to one thread."""

    @property
    def backend(self) -> Any:
        """The Ibis backend."""

    def read(self, path: Path) -> ir.Table:
        """Return the parquet file at `path` as a table, without reading its rows."""

    def materialise(self, table: ir.Table) -> ir.Table:
        """Compute `table` once and return the result as a table of this engine."""

    def frame(self, table: ir.Table) -> pd.DataFrame:
        """Compute `table` and return its rows."""

    def write(self, table: ir.Table, path: Path) -> None:
        """Compute `table` and write its rows to a parquet file."""

    def release(self, table: ir.Table) -> None:
        """Drop what `materialise` made."""

    def close(self) -> None:
        """Free what the engine holds."""


def open_engine(url: str = "duckdb://", settings: Settings | None = None) -> Engine:
    """Open the engine that `url` names.

    Args:
        url: `duckdb://` (in memory, spilling to a temporary folder).
        settings: Threads and memory limit; the defaults where None.

    Raises:
        InputError: No engine answers to that URL.
    """
    from analytics.engines.duckdb_engine import DuckDBEngine

    if url == "duckdb://":
        settings = settings or Settings()
        return DuckDBEngine(threads=settings.threads, memory_limit=settings.memory_limit)
    raise InputError(f"There is no query engine for {url!r}.", hint="Use duckdb://.")
