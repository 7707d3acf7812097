"""The learning loop, measured on generated marketplaces with the simulated reviewer.

`python -m benchmarks.learning [--json] [--save FILE]` says how many labels reach 95 % of the
average precision that all labels give, by queue policy and in random order (see
`benchmarks.queue_policies` for how). `--save` writes the curves that the Model page and
docs/learning.md show.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.columns import ENTITY_TYPES, EntityType
from benchmarks.queue_policies import ALL, Point, measure, summary


def run(
    seeds: Sequence[int],
    merchants: int,
    entity: EntityType,
    policies: Sequence[str],
    processes: int,
) -> dict[str, Any]:
    """Label the marketplaces of all seeds, some at a time."""
    started = time.monotonic()
    one = partial(measure, merchants=merchants, entity=entity, policies=policies)
    points: list[Point] = []
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_quiet) as pool:
        for seed, found in zip(seeds, pool.map(one, seeds), strict=True):
            points += found
            _say(f"seed {seed}: {time.monotonic() - started:.0f} s")
    return {
        **summary(points),
        "entity": entity,
        "merchants": merchants,
        "seconds": round(time.monotonic() - started),
    }


def _quiet() -> None:
    """Let what a child prints, such as DuckDB's progress, not get into the document."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _text(document: Mapping[str, Any]) -> str:
    rows = [
        {"policy": policy, "labels needed": labels, "by seed": by_seed}
        for (policy, labels), by_seed in zip(
            document["labels_needed"].items(),
            document["labels_needed_by_seed"].values(),
            strict=True,
        )
    ]
    lines = [pd.DataFrame(rows).to_string(index=False)]
    if "labels_ratio_to_random" in document:
        lines.append(f"mix / random: {document['labels_ratio_to_random']:.2f}")
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--entity", choices=ENTITY_TYPES, default="merchant")
    parser.add_argument("--policies", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--save", type=Path, help="Where to write the curves.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    document = run(given.seeds, given.merchants, given.entity, given.policies, given.processes)
    if given.save:
        kept = {name: value for name, value in document.items() if name != "seconds"}
        given.save.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(document, indent=2) if given.json else _text(document))


if __name__ == "__main__":
    main()
