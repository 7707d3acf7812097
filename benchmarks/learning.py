"""The learning loop, measured on generated marketplaces with the simulated reviewer.

`python -m benchmarks.learning [--parts labels poisoned rules loop] [--json] [--save FILE]` prints
the figures that docs/learning.md, docs/labels.md and docs/retraining.md quote:

- labels: how many reach 95 % of the average precision that all labels give, by queue policy and
  in random order (see `benchmarks.queue_policies`); `--save` writes the curves that the Model page
  shows;
- poisoned: whether a reviewer who turns labels round is noticed (`benchmarks.poisoned`);
- rules: what suggested rules find among those who were never labelled
  (`benchmarks.suggested_rules`);
- loop: decisions from the real queue, retraining, the gate and promotion. It takes longest, so it
  is run on the first marketplace alone unless `--loop-seeds` says more; `benchmarks.loop` runs it
  for all entity types.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import ENTITY_TYPES, EntityType
from benchmarks import loop, poisoned, queue_policies, suggested_rules
from benchmarks.labelling import make_label_market

LABELS: Final = "labels"
LOOP: Final = "loop"
BESIDE: Final = {"poisoned": poisoned, "rules": suggested_rules}
PARTS: Final = (LABELS, *BESIDE, LOOP)
Found = dict[str, list[Any]]


def measure(
    seed: int,
    merchants: int,
    entity: EntityType,
    policies: Sequence[str],
    parts: Sequence[str],
    loop_on: Sequence[int],
) -> Found:
    """Measure the parts on the marketplace of one seed; the loop where `loop_on` names it."""
    found: Found = {}
    if set(parts) - {LOOP}:
        with tempfile.TemporaryDirectory() as folder:
            market = make_label_market(Path(folder), seed, merchants, entity)
        found |= {name: [part.measure(market)] for name, part in BESIDE.items() if name in parts}
        if LABELS in parts:
            found[LABELS] = queue_policies.measure(market, policies)
    if LOOP in parts and seed in loop_on:
        found[LOOP] = loop.run(seed, merchants, [entity], loop.LABELS)
    return found


def run(seeds: Sequence[int], one: "partial[Found]", processes: int) -> Found:
    """Measure the marketplaces of all seeds, some at a time."""
    started = time.monotonic()
    together: Found = {}
    spawn = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_quiet) as pool:
        for seed, found in zip(seeds, pool.map(one, seeds), strict=True):
            for part, rows in found.items():
                together.setdefault(part, []).extend(rows)
            _say(f"seed {seed}: {time.monotonic() - started:.0f} s")
    return together


def summary(found: Found) -> dict[str, Any]:
    """Return what the benchmark prints: labels needed at the top, each other part by its name."""
    document: dict[str, Any] = queue_policies.summary(found[LABELS]) if LABELS in found else {}
    for name, part in BESIDE.items():
        if name in found:
            document[name] = {**part.summary(found[name]), "runs": found[name]}
    if LOOP in found:
        document[LOOP] = loop.summary(found[LOOP])
    return document


def _quiet() -> None:
    """Let what a child prints, such as DuckDB's progress, not get into the document."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def text(document: Mapping[str, Any]) -> str:
    """Return the figures as tables."""
    lines = [_labels(document)] if "labels_needed" in document else []
    for name in BESIDE:
        if name in document:
            figures = {key: value for key, value in document[name].items() if key != "runs"}
            lines.append(f"{name}: " + ", ".join(f"{key} {v}" for key, v in figures.items()))
    if LOOP in document:
        runs = pd.DataFrame(document[LOOP]["runs"])
        lines += [loop.text(document[LOOP]["entities"]), runs.to_string(index=False)]
    return "\n\n".join(lines)


def _labels(document: Mapping[str, Any]) -> str:
    rows = [
        {"policy": policy, "labels needed": labels, "by seed": by_seed}
        for (policy, labels), by_seed in zip(
            document["labels_needed"].items(),
            document["labels_needed_by_seed"].values(),
            strict=True,
        )
    ]
    table = pd.DataFrame(rows).to_string(index=False)
    if "labels_ratio_to_random" in document:
        table += f"\nmix / random: {document['labels_ratio_to_random']:.2f}"
    return table


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--loop-seeds", type=int, default=1, help="On how many to run the loop.")
    parser.add_argument("--entity", choices=ENTITY_TYPES, default="merchant")
    policies = list(queue_policies.ALL)
    parser.add_argument("--policies", nargs="+", choices=policies, default=policies)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--save", type=Path, help="Where to write the curves of the labels.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    one = partial(
        measure,
        merchants=given.merchants,
        entity=given.entity,
        policies=given.policies,
        parts=given.parts,
        loop_on=given.seeds[: given.loop_seeds],
    )
    found = run(given.seeds, one, given.processes)
    document = {**summary(found), "entity": given.entity, "merchants": given.merchants}
    if given.save:
        kept = {name: value for name, value in document.items() if name not in (*BESIDE, LOOP)}
        given.save.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    document["seconds"] = round(time.monotonic() - started)
    print(json.dumps(document, indent=2) if given.json else text(document))


if __name__ == "__main__":
    main()
