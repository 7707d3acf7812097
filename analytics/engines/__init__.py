"""Where Ibis expressions run: DuckDB here, a cluster behind the same function later."""

from analytics.engines.duckdb_engine import DuckDBEngine
from analytics.engines.engine import Engine, open_engine

__all__ = ["DuckDBEngine", "Engine", "open_engine"]
