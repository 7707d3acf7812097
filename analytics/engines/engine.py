"""The one interface to a query engine, and the one place that chooses it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import ibis.expr.types as ir
import pandas as pd

from analytics.errors import InputError
from analytics.settings import Settings, load_settings

Make = Callable[[], ir.Table]


@dataclass(frozen=True)
class Plan:
    """What tells one step of a computation from another that has the same SQL.

    Building and compiling an Ibis expression costs more than running it on a hundred thousand rows,
    so an engine may keep what it compiled under `key`. Two steps with equal keys must differ in
    nothing but `moment` and the names of the tables that begin with `prefix`.
    """

    key: Hashable
    moment: datetime
    prefix: str


class Engine(Protocol):
    """Runs Ibis expressions over parquet files. One engine belongs to one thread."""

    @property
    def backend(self) -> Any:
        """The Ibis backend."""

    def expect(self, rows: int) -> None:
        """Prepare for tables of so many rows.

        On few rows several threads gain nothing, and in which order they add numbers up shows in
        the last digits of a sum; an engine may then use one, so that same data give same digits.
        """

    def read(self, path: Path) -> ir.Table:
        """Return the parquet file at `path` as a table, without reading its rows."""

    def materialise(self, make: Make, name: str, plan: Plan) -> ir.Table:
        """Compute what `make` returns once, keep it as the table `name` and return that."""

    def keep(self, frame: pd.DataFrame, name: str) -> ir.Table:
        """Keep a small frame as the table `name` and return that."""

    def frame(self, make: Make, plan: Plan | None = None) -> pd.DataFrame:
        """Compute what `make` returns and return its rows; null numbers as NaN."""

    def write(self, table: ir.Table, path: Path) -> None:
        """Compute `table` and write its rows to a parquet file."""

    def release(self, name: str) -> None:
        """Drop what `materialise` or `keep` made."""

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
        settings = settings or load_settings()
        return DuckDBEngine(threads=settings.threads, memory_limit=settings.memory_limit)
    raise InputError(f"There is no query engine for {url!r}.", hint="Use duckdb://.")
