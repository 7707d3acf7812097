"""How long a graph store takes to write, and one hop of a node to read.

`python -m benchmarks.graph_store [--edges 5000000] [--hops 300] [--json]` makes edges between
buyers and shops in DuckDB (a fifth as many buyers, a hundredth as many shops, some of which have
thousands of buyers), writes them as a store into a temporary folder, and reads the edges of shops
and buyers at random. 50 million edges need about 6 GB of disk.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from analytics.signals.graph.store import GraphStore, write_store

# Shops are drawn by the cube of an even number: a few of them sell very much.
EDGES = """
CREATE TEMP TABLE edges AS
SELECT 'buyer' AS src_type,
       'b' || lpad(CAST(hash(i) % ($edges // 5) AS VARCHAR), 10, '0') AS src_id,
       'merchant' AS dst_type,
       'm' || lpad(CAST(CAST(floor(($edges // 100) * pow(hash(i + 7) % 1000000 / 1e6, 3)) AS BIGINT)
                        AS VARCHAR), 10, '0') AS dst_id,
       'orders' AS relation, CAST(1 AS BIGINT) AS times,
       TIMESTAMP '2025-01-01' + to_days(CAST(i % 500 AS INTEGER)) AS first_seen,
       first_seen + INTERVAL 3 DAY AS last_seen,
       CAST(5 AS BIGINT) AS sharers, false AS is_common
FROM range($edges) AS t(i)
"""


def measure(edges: int, hops: int, memory_limit: str) -> dict[str, Any]:
    """Write a store and read from it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config: dict[str, Any] = {
            "threads": 2,
            "memory_limit": memory_limit,
            "temp_directory": f"{folder}/spill",
        }
        with duckdb.connect(config=config) as con:
            con.execute(EDGES, {"edges": edges})
            started, busy = time.perf_counter(), time.process_time()
            totals = write_store(con, folder)
            seconds, cpu = time.perf_counter() - started, time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(path.stat().st_size for path in folder.glob("*.parquet")) / 1e6
        read = _read(folder, hops)
    return {
        "edges": totals.kept,
        "nodes": totals.nodes,
        "write_seconds": round(seconds, 1),
        "write_cpu_seconds": round(cpu, 1),
        "peak_mb": round(peak),
        "file_mb": round(size),
        **read,
    }


def _read(folder: Path, hops: int) -> dict[str, float]:
    started = time.perf_counter()
    store = GraphStore(folder)
    store.neighbours("merchant", "m0000000000")
    first = time.perf_counter() - started
    wall, cpu, found = [], [], []
    for node_type, node_id in _names(folder, hops):
        started, busy = time.perf_counter(), time.process_time()
        found.append(len(store.neighbours(node_type, node_id)))
        wall.append((time.perf_counter() - started) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
    return {
        "first_hop_ms": round(first * 1000, 1),
        "hop_ms_median": round(float(np.median(wall)), 1),
        "hop_ms_p95": round(float(np.percentile(wall, 95)), 1),
        "hop_cpu_ms_median": round(float(np.median(cpu)), 1),
        "hop_cpu_ms_p95": round(float(np.percentile(cpu, 95)), 1),
        "neighbours_most": max(found),
    }


def _names(folder: Path, hops: int) -> list[tuple[str, str]]:
    """Draw shops and buyers in equal parts, in random order."""
    with duckdb.connect() as con:
        con.read_parquet(str(folder / "nodes.parquet")).create_view("nodes")
        drawn = []
        for kind in ("merchant", "buyer"):
            some = con.execute(
                "SELECT node_type, node_id FROM nodes WHERE node_type = $kind "
                "ORDER BY hash(node_id) LIMIT $hops",
                {"kind": kind, "hops": hops // 2},
            )
            drawn += some.fetchall()
    np.random.default_rng(0).shuffle(drawn)
    return [(str(kind), str(name)) for kind, name in drawn]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=5_000_000)
    parser.add_argument("--hops", type=int, default=300)
    parser.add_argument("--memory-limit", default="1500MB")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = measure(given.edges, given.hops, given.memory_limit)
    if given.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:18} {value:>12,}" for name, value in result.items()))


if __name__ == "__main__":
    main()
