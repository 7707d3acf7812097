"""DuckDB behind Ibis."""

import re
import tempfile
from collections.abc import Hashable
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.schema as sch
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from analytics.engines.engine import Make, Plan

# No SQL that Ibis writes contains a NUL.
_MOMENT, _PREFIX = "\0moment\0", "\0prefix\0"
ONE_THREAD_ROWS = 1_000_000


class DuckDBEngine:
    """An in-memory DuckDB, connected at first use."""

    def __init__(self, *, threads: int, memory_limit: str) -> None:
        self.threads = threads
        self.memory_limit = memory_limit
        self._wanted = self._used = threads
        self._files: dict[Path, ir.Table] = {}
        self._compiled: dict[Hashable, str] = {}
        self._schemas: dict[Hashable, sch.Schema] = {}

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

    def expect(self, rows: int) -> None:
        """Use one thread for tables of few rows, else as many as were given."""
        self._wanted = 1 if rows <= ONE_THREAD_ROWS else self.threads

    def read(self, path: Path) -> ir.Table:
        """Return the parquet file at `path` as a table, without reading its rows."""
        path = path.resolve()
        if path not in self._files:
            self._files[path] = self.backend.read_parquet(path)
        return self._files[path]

    def materialise(self, make: Make, name: str, plan: Plan) -> ir.Table:
        """Compute what `make` returns once into the temporary table `name`."""
        self._run(f"CREATE TEMP TABLE {_quoted(name)} AS {self._sql(make, plan)}")
        schema = self._schemas.get(plan.key)
        if schema is None:
            table = self.backend.table(name)
            self._schemas[plan.key] = table.schema()
            return table
        # As `backend.table` does, without asking the database for columns that are known.
        here = ops.Namespace(catalog=None, database=None)
        return ops.DatabaseTable(name, schema=schema, source=self.backend, namespace=here).to_expr()

    def keep(self, frame: pd.DataFrame, name: str) -> ir.Table:
        """Keep a small frame as the temporary table `name`."""
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        # A column of text without a single value has lost its type.
        fields = [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in rows.schema]
        rows = rows.cast(pa.schema(fields))
        cursor = self.backend.con
        cursor.register("kept_frame", rows)
        self._run(f"CREATE TEMP TABLE {_quoted(name)} AS FROM kept_frame")
        cursor.unregister("kept_frame")
        return self.backend.table(name)

    def frame(self, make: Make, plan: Plan | None = None) -> pd.DataFrame:
        """Compute what `make` returns and return its rows; null numbers as NaN."""
        sql = self._sql(make, plan) if plan else str(self.backend.compile(make()))
        return self._run(sql).df()

    def write(self, table: ir.Table, path: Path) -> None:
        """Compute `table` and write its rows to a parquet file."""
        self.backend.to_parquet(table, path, compression="zstd")

    def release(self, name: str) -> None:
        """Drop what `materialise` or `keep` made."""
        self._run(f"DROP TABLE {_quoted(name)}")

    def close(self) -> None:
        """Disconnect and remove what was spilled."""
        if "backend" in self.__dict__:
            self.backend.disconnect()
            self._spill.cleanup()

    def _run(self, sql: str) -> Any:
        if self._used != self._wanted:
            self.backend.con.execute(f"SET threads = {int(self._wanted)}")
            self._used = self._wanted
        return self.backend.con.execute(sql)

    def _sql(self, make: Make, plan: Plan) -> str:
        moment = _literal(plan.moment)
        template = self._compiled.get(plan.key)
        if template is None:
            sql = str(self.backend.compile(make()))
            template = sql.replace(moment, _MOMENT).replace(plan.prefix, _PREFIX)
            self._compiled[plan.key] = template
        return template.replace(_MOMENT, moment).replace(_PREFIX, plan.prefix)


@lru_cache(maxsize=64)
def _literal(moment: datetime) -> str:
    """Return the moment as Ibis writes it in SQL."""
    sql = str(ibis.to_sql(ibis.timestamp(moment), dialect="duckdb"))
    found = re.search(r"MAKE_TIMESTAMP\([^)]*\)", sql)
    if found is None:
        raise RuntimeError(f"Ibis writes a time in an unknown way: {sql}")
    return found.group()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
