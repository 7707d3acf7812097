"""Where Ibis expressions run: DuckDB here, a cluster behind the same function later."""

from analytics.engines.engine import Engine, Make, Plan, open_engine

__all__ = ["Engine", "Make", "Plan", "open_engine"]
