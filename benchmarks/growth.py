"""How a build grows with the marketplace.

`python -m benchmarks.growth [--merchants 3000] [--times 10] [--seed 0] [--json]` makes a sample
marketplace and one that many times as large, ingests and builds each with all
families of signals, every step in a process of its own, and prints seconds, processor seconds and
memory of each step and what the larger needs over the smaller. A build has fixed costs (compiling
queries, importing libraries), so that small marketplaces look better than they are.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

STEPS: Final = ("ingest", "build")


def measure(merchants: int, seed: int) -> dict[str, Any]:
    """Make, ingest and build one marketplace."""
    with tempfile.TemporaryDirectory() as temporary:
        market, home = Path(temporary) / "market", Path(temporary) / "home"
        size, start = ["--merchants", str(merchants)], ["--seed", str(seed)]
        _portreeve(home, "sample", str(market), *size, *start)
        found = {
            "ingest": _portreeve(home, "ingest", "tables", str(market / "tables")),
            "build": _portreeve(home, "build"),
        }
    return {"merchants": merchants, **found}


def _portreeve(home: Path, *arguments: str) -> dict[str, float]:
    """Run a command and return what it cost; raise CalledProcessError where it fails."""
    started = time.monotonic()
    command = [sys.executable, "-m", "analytics.cli", *arguments]
    environment = os.environ | {"PORTREEVE_HOME": str(home)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said)
    return {
        "seconds": round(time.monotonic() - started, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def ratios(small: dict[str, Any], large: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return for each step what the larger marketplace needs over the smaller."""
    return {
        step: {name: round(large[step][name] / value, 2) for name, value in small[step].items()}
        for step in STEPS
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    runs = []
    for merchants in (given.merchants, given.merchants * given.times):
        runs.append(measure(merchants, given.seed))
        print(runs[-1], file=sys.stderr, flush=True)
    document = {"runs": runs, "ratios": ratios(*runs)}
    print(json.dumps(document, indent=2) if given.json else document["ratios"])


if __name__ == "__main__":
    main()
