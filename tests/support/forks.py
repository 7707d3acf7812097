"""One fork server for all tests of a worker process, which has imported what any of them needs."""

import multiprocessing
from multiprocessing.forkserver import ensure_running

PRELOAD = [
    "analytics.cli",
    "analytics.model.backtest",
    "analytics.pipeline.build",
    "analytics.pipeline.retrain",
    "analytics.explain.write",
    "analytics.review.history",
    "analytics.review.opening",
    "benchmarks.reviewing",
    "ibis.backends.duckdb",
    "mlflow",
    "sqlglot.dialects.duckdb",
]


def start_fork_server() -> None:
    """Start it, unless it runs: later wishes of what to preload do not reach a running one."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(PRELOAD)
    ensure_running()
