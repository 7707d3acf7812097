"""How well the graph risk model ranks Tolokers, and what it costs.

`python -m benchmarks.graph [--splits 10] [--rewired] [--json]` runs `portreeve graph evaluate` once
for each published split of the Tolokers graph (folder `tolokers` of PORTREEVE_DATA), in a process
of its own, so that seconds and memory are what a user pays. `--rewired` deals the ends of the edges
to other nodes first: same degrees, and nothing in them that tells of a node.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

METRICS = ("auroc", "average_precision", "recall_at_k")
COSTS = ("seconds", "processor_seconds", "peak_mb")


def measure(nodes: Path, edges: Path, split: int, threads: int) -> dict[str, Any]:
    """Evaluate one split in a process of its own."""
    command = [sys.executable, "-m", "analytics.cli", "graph", "evaluate", "--json"]
    command += ["--nodes", str(nodes), "--edges", str(edges), "--label", "label"]
    command += ["--split", f"split_{split}", "--threads", str(threads)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    document: dict[str, Any] = json.loads(run.stdout)
    return document | {"split": split}


def rewire(edges: Path, out: Path, nodes: int) -> None:
    """Write the edges with their ends dealt to other nodes, the same one for each old end."""
    frame = pd.read_parquet(edges)
    deal = np.random.default_rng(0).permutation(nodes)
    frame.assign(src=deal[frame["src"]], dst=deal[frame["dst"]]).to_parquet(out, index=False)


def summarise(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation over the splits, with all families and with own features."""
    both = {name: [run[name] for run in runs] for name in (*METRICS, *COSTS)}
    both |= {f"own_{name}": [run["own_features"][name] for run in runs] for name in METRICS}
    return {
        name: {
            "mean": round(float(np.mean(values)), 4),
            "sd": round(float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, 4),
            "highest": round(float(np.max(values)), 4),
        }
        for name, values in both.items()
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--splits", type=int, default=10, choices=range(1, 11))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rewired", action="store_true", help="edges that carry nothing")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(os.environ.get("PORTREEVE_DATA", "../shared/data")) / "tolokers"
    nodes, edges = folder / "nodes.parquet", folder / "edges.parquet"
    if not nodes.is_file():
        parser.error(f"no Tolokers graph in {folder}: set PORTREEVE_DATA")
    runs = []
    with tempfile.TemporaryDirectory() as temporary:
        if given.rewired:
            rewired = Path(temporary) / "edges.parquet"
            rewire(edges, rewired, len(pd.read_parquet(nodes, columns=["node_id"])))
            edges = rewired
        for split in range(given.splits):
            runs.append(measure(nodes, edges, split, given.threads))
            if not given.json:
                _print_run(runs[-1])
    summary = summarise(runs)
    if given.json:
        print(json.dumps({"summary": summary, "runs": runs}, indent=2))
    else:
        print(pd.DataFrame(summary).T.to_string())


def _print_run(run: dict[str, Any]) -> None:
    values = "  ".join(f"{name} {run[name]:.4f}" for name in METRICS)
    costs = "  ".join(f"{name} {run[name]:.1f}" for name in COSTS)
    print(f"split {run['split']}  {values}  {costs}  {'+'.join(run['families'])}", flush=True)


if __name__ == "__main__":
    main()
