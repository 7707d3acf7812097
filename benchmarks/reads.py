"""The reads of the queue, the search and a case at a large marketplace's size.

    python -m benchmarks.reads [--entities 500000] [--json]

Makes a home folder with that many scored merchants (random scores, no orders) and times what the
pages read: the first look loads the scores, each later one is as a reviewer meets it.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from analytics.snapshots.home import Home
from analytics.snapshots.manifest import (
    DatasetManifest,
    SnapshotManifest,
    TableManifest,
    write_manifest,
)
from analytics.warehouse import QueueFilters, Warehouse

AS_OF: Final = datetime(2026, 1, 1)
SNAPSHOT: Final = "20260101T000000-00000000"
DATASET: Final = "0" * 16
MODELS: Final = {"merchant": "merchant-000000000000"}
REPEATS: Final = 15

SCORES: Final = """
COPY (
    SELECT md5(i::VARCHAR) AS entity_id, 'Shop ' || md5((7 * i)::VARCHAR)[:12] AS name,
           'category ' || i % 70 AS category, 'region ' || i % 27 AS region,
           '1–9' AS size_band, 'category ' || i % 70 || '|1–9' AS peer_group,
           50 * random() AS volume, 1000 * random() AS gmv_30d, 10 * random() AS gmv_open,
           random() AS quality_probability, 'scored' AS quality_status,
           random() AS shrunken_rate, random() AS violation_probability,
           'prior' AS violation_source, 'M2' AS top_policy,
           '[{{"code": "M2", "probability": 0.1, "harm": 12.5}}]' AS policies,
           1000 * random() AS gmv_at_risk, 1000 * random() AS expected_harm,
           'money' AS harm_unit, i AS rank, 'fulfilment' AS top_family
    FROM range($entities) t(i) ORDER BY entity_id
) TO '{path}' (ROW_GROUP_SIZE 65536)
"""
MERCHANTS: Final = """
COPY (
    SELECT entity_id AS merchant_id, TIMESTAMP '2025-01-01' AS known_at
    FROM read_parquet('{scores}')
) TO '{path}'
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--entities", type=int, default=500_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = _measure(_make_home(Path(folder), arguments.entities))
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "entities": arguments.entities,
        **result,
    }
    if arguments.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['machine']}; {result['entities']:,} entities")
    print(f"{'first look (loads the scores)':34} {result['first_ms']:8.0f} ms")
    for name, median in result["median_ms"].items():
        print(f"{name:34} {median:8.1f} ms")


def _make_home(folder: Path, entities: int) -> Home:
    home = Home(folder)
    scores = home.snapshots_dir / SNAPSHOT / "scores" / MODELS["merchant"]
    dataset = home.datasets_dir / DATASET
    for made in (scores, dataset, home.files_dir):
        made.mkdir(parents=True)
    connection = duckdb.connect()
    path = scores / "scores.parquet"
    connection.execute(SCORES.format(path=path), {"entities": entities})
    connection.execute(MERCHANTS.format(scores=path, path=home.file_path("merchants")))
    (scores / "meta.json").write_text(json.dumps({"thresholds": {"queue_harm": 990.0}}))
    table = TableManifest(
        rows=entities,
        read=entities,
        not_yet_known=0,
        bad_rows=0,
        rejected_rows=0,
        emptied_cells=0,
        file_hash="merchants",
        source_file="merchants",
        columns=(),
    )
    write_manifest(
        DatasetManifest(
            dataset_id=DATASET,
            source="tables",
            source_name="benchmark",
            currency="USD",
            exported_at=AS_OF,
            known_until=AS_OF,
            ingested_at=AS_OF,
            tables={"merchants": table},
            program_version="0",
            contract_version="0",
        ),
        dataset,
    )
    write_manifest(
        SnapshotManifest(
            snapshot_id=SNAPSHOT,
            dataset_id=DATASET,
            as_of=AS_OF,
            created_at=AS_OF,
            program_version="0",
        ),
        home.snapshots_dir / SNAPSHOT,
    )
    return home


def _measure(home: Home) -> dict[str, Any]:
    warehouse = Warehouse(home, threads=os.cpu_count() or 1)
    live = (SNAPSHOT, MODELS)
    start = time.perf_counter()
    first = warehouse.queue(*live)
    first_ms = 1000 * (time.perf_counter() - start)
    somebody = str(first["entity_id"].iloc[50])
    toys = QueueFilters(category=("category 7",), min_probability=0.5)
    reads: dict[str, Callable[[], object]] = {
        "search: part of a name": lambda: warehouse.search(*live, "abc12"),
        "search: beginning of a name": lambda: warehouse.search(*live, "Shop 12"),
        "search: an id": lambda: warehouse.search(*live, somebody),
        "queue: first page": lambda: warehouse.queue(*live),
        "queue: filtered page": lambda: warehouse.queue(*live, toys),
        "queue: counts": lambda: warehouse.counts(*live, toys),
        "case: neighbours in the queue": lambda: warehouse.neighbours(
            *live, QueueFilters(), "merchant", somebody
        ),
        "overview: totals": lambda: warehouse.overview(*live),
        "explore: slice by category": lambda: warehouse.slice(*live, "merchant", "category"),
    }
    return {"first_ms": round(first_ms, 1), "median_ms": {k: _median(v) for k, v in reads.items()}}


def _median(read: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        read()
        times.append(1000 * (time.perf_counter() - start))
    return round(float(np.median(times)), 1)


if __name__ == "__main__":
    main()
