"""DuckDB behind Ibis."""

import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd


class DuckDBEngine:
    """An in-memory DuckDB, connected at first use."""

    def __init__(self, *, threads: int, memory_limit: str) -> None:
        self.threads = threads
        self.memory_limit = memory_limit
        self._made = 0
        self._files: dict[Path, ir.Table] = {}

    @cached_property
    def backend(self) -> Any:
        """The Ibis backend."""
        self._spill = tempfile.TemporaryDirectory(prefix="portreeve-")
        return ibis.duckdb.connect(
            threads=self.threads,
            memory_limit=self.memory_limit,
            temp_directory=self._spill.name,
            preserve_insertion_order=False,
        )

    def read(self, path: Path) -> ir.Table:
        """Return the parquet file at `path` as a table, without reading its rows."""
        path = path.resolve()
        if path not in self._files:
            self._files[path] = self.backend.read_parquet(path)
        return self._files[path]

    def materialise(self, table: ir.Table) -> ir.Table:
        """Compute `table` once into a temporary table."""
        self._made += 1
        return self.backend.create_table(f"step_{self._made}", table, temp=True)

    def frame(self, table: ir.Table) -> pd.DataFrame:
        """Compute `table` and return its rows."""
        return self.backend.to_pandas(table)

    def write(self, table: ir.Table, path: Path) -> None:
        """Compute `table` and write its rows to a parquet file."""
        self.backend.to_parquet(table, path, compression="zstd")

    def release(self, table: ir.Table) -> None:
        """Drop what `materialise` made."""
        self.backend.drop_table(table.get_name(), force=True)

    def close(self) -> None:
        """Disconnect and remove what was spilled."""
        if "backend" in self.__dict__:
            self.backend.disconnect()
            self._spill.cleanup()
