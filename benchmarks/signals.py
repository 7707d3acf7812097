"""What each family of signals adds: `python -m benchmarks.signals [--olist DIR] [--merchants N]`.

Backtests quality and violation on a generated marketplace (default 3,000 merchants), or quality on
the published Olist files, without signals, with each family alone, with all, and with those that
training chooses, on the same rows. Printed are average precision and AUROC without signals, and
what each adds, paired, bootstrap by entity, [5 %, 95 %].
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analytics.columns import ENTITY_TABLE, ENTITY_TYPES, TARGETS
from analytics.engines import open_engine
from analytics.errors import InputError
from analytics.model.ablation import compare_families
from analytics.model.report import MODEL
from analytics.pipeline import open_workbench
from analytics.settings import Settings, load_settings
from analytics.snapshots.home import Dataset, Home
from sample_data.generator import generate

METRICS = ("average_precision", "auroc")


def ingested(home: Path, olist: Path | None, merchants: int, seed: int) -> Dataset:
    """Ingest the Olist files, or a generated marketplace, into a home folder."""
    workbench = open_workbench(load_settings(home=home))
    try:
        if olist is not None:
            workbench.ingest("olist", olist)
        else:
            generate(home / "market", merchants=merchants, seed=seed)
            workbench.ingest("tables", home / "market" / "tables")
    finally:
        workbench.close()
    return Home(home).snapshot().dataset


def rows(dataset: Dataset, settings: Settings, *, strangers: bool) -> Iterator[dict[str, Any]]:
    """Yield one row per entity type, prediction and set of families."""
    engine = open_engine(settings=settings)
    try:
        for entity in ENTITY_TYPES:
            for target in TARGETS if dataset.has(ENTITY_TABLE[entity]) else ():
                try:
                    report = compare_families(
                        engine, dataset, entity, target, settings, strangers=strangers
                    )
                except InputError as error:
                    yield {"entity": entity, "target": target, "left_out": error.message}
                    continue
                count = sum(trial["rows"] for trial in report.trials)
                positives = sum(trial["positives"] for trial in report.trials)
                head = {"entity": entity, "target": target, "rows": count, "positives": positives}
                plain = {m: round(report.results[MODEL][m].value, 4) for m in METRICS}
                yield {**head, "signals": "none", **plain}
                for name, difference in report.differences.items():
                    yield {**head, "signals": name, **{m: _added(difference[m]) for m in METRICS}}
    finally:
        engine.close()


def _added(lacking: Any) -> list[float]:
    """Turn what the plain model lacks into what the other adds: value, low, high."""
    return [round(-value, 4) for value in (lacking.value, lacking.high, lacking.low)]


def _line(row: dict[str, Any]) -> str:
    head = f"{row['entity']:9}{row['target']:10}"
    if "left_out" in row:
        return f"{head}{row['left_out']}"
    head += f"{row['rows']:>7,}{row['positives']:>7,}  {row['signals']:12}"
    return head + "".join(f"{_figure(row[m]):>28}" for m in METRICS)


def _figure(value: float | list[float]) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    added, low, high = value
    return f"{added:+.4f} [{low:+.4f}, {high:+.4f}]"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--olist", type=Path, help="folder of the published Olist files")
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--strangers", action="store_true", help="judge violation on strangers to the decided only"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dataset = ingested(Path(folder), given.olist, given.merchants, given.seed)
        found = []
        for row in rows(dataset, load_settings(), strangers=given.strangers):
            found.append(row)
            if not given.json:
                print(_line(row), flush=True)
    if given.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
