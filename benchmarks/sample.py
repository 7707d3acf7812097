"""How long the sample marketplace takes to make, and how much memory.

`python -m benchmarks.sample [--merchants N] [--seed S] [--json]` writes a sample to a temporary
folder and deletes it again; 500,000 merchants need about 6 GB of disk.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from sample_data.generator import generate


def measure(merchants: int, seed: int) -> dict[str, float | int]:
    """Generate once, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        started, busy = time.monotonic(), time.process_time()
        summary = generate(out, merchants=merchants, seed=seed)
        seconds, cpu = time.monotonic() - started, time.process_time() - busy
        size = sum(file.stat().st_size for file in out.rglob("*.parquet"))
    return {
        "merchants": merchants,
        "order_lines": summary.rows["orders"],
        "rows": sum(summary.rows.values()),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "file_mb": round(size / 1e6),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = measure(given.merchants, given.seed)
    if given.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{name:12} {value:>12,}" for name, value in result.items()))


if __name__ == "__main__":
    main()
