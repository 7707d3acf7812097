"""Server time of the case page over random cases.

    python -m benchmarks.case_page --home HOME [--cases 200] [--json]

Two figures: the reads (all that the page computes: explanation, place in the queue, first tab) and
the page itself, run by Streamlit's own test runner, which adds drawing every element. Each case is
one that was not opened before. The goal is 150 ms at the median and 300 ms at the 95th percentile.
"""

import argparse
import json
import os
import platform
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.columns import EntityType
from analytics.explain.case import explain_entity
from analytics.pipeline import Workbench, open_workbench
from analytics.settings import load_settings
from analytics.warehouse import QueueFilters

ROOT: Final = Path(__file__).parent.parent
GOAL_MEDIAN_MS: Final = 150
GOAL_P95_MS: Final = 300

Case = tuple[EntityType, str]


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    os.environ["PORTREEVE_HOME"] = str(arguments.home.resolve())
    workbench = open_workbench(load_settings())
    cases = random_cases(workbench, arguments.cases, arguments.seed)
    live = workbench.live()
    workbench.warehouse.warm(live.snapshot_id, live.models, after_s=0).join()
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "snapshot": live.snapshot_id,
        "cases": len(cases),
        "entities": _sizes(workbench),
        "reads": _timed(lambda case: _read(workbench, case), cases),
    }
    if not arguments.no_page:
        result["page"] = _timed(page_runner(), cases)
    _print(result, as_json=arguments.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="A built home folder.")
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-page", action="store_true", help="Measure the reads only.")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def random_cases(workbench: Workbench, count: int, seed: int) -> list[Case]:
    """Return so many different entities of what is live."""
    live = workbench.live()
    everybody = workbench.warehouse.queue(live.snapshot_id, live.models, limit=10**9)
    chosen = everybody.sample(min(count, len(everybody)), random_state=seed)
    return list(zip(chosen["entity_type"], chosen["entity_id"], strict=True))


def _sizes(workbench: Workbench) -> dict[str, int]:
    live = workbench.live()
    counts = workbench.warehouse.counts(live.snapshot_id, live.models)
    return dict(zip(counts["entity_type"], counts["entities"].astype(int).tolist(), strict=True))


def _read(workbench: Workbench, case: Case) -> None:
    live = workbench.live()
    warehouse, entity, entity_id = workbench.warehouse, *case
    explain_entity(workbench.case_sources(), entity, entity_id, with_waterfalls=False)
    warehouse.neighbours(live.snapshot_id, live.models, QueueFilters(), entity, entity_id)
    warehouse.timeline(live.snapshot_id, entity, entity_id)
    warehouse.risk_history(live.snapshot_id, live.models, entity, entity_id)


def page_runner() -> Callable[[Case], None]:
    """Return what opens the case page, in the home folder that the environment names."""
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    page.run()
    page.switch_page("pages/case.py")

    def run(case: Case) -> None:
        page.query_params["type"], page.query_params["id"] = case
        page.run()
        if page.exception:
            raise RuntimeError(f"{case}: {page.exception[0].message}")

    return run


def _timed(run: Callable[[Case], None], cases: Sequence[Case]) -> dict[str, float]:
    warm_up = random.Random(0).choice(cases)
    run(warm_up)  # imports and the first use of each table are not a case's time
    walls, processors = [], []
    for case in cases:
        wall, processor = time.perf_counter(), time.process_time()
        run(case)
        walls.append(1000 * (time.perf_counter() - wall))
        processors.append(1000 * (time.process_time() - processor))
    return {
        "median_ms": round(float(np.median(walls)), 1),
        "p95_ms": round(float(np.percentile(walls, 95)), 1),
        "most_ms": round(max(walls), 1),
        "median_processor_ms": round(float(np.median(processors)), 1),
    }


def _print(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, indent=2))
        return
    print(f"{result['machine']}; {result['snapshot']}; {result['entities']}")
    for name in ("reads", "page"):
        if name in result:
            times = result[name]
            print(
                f"{name:6} {result['cases']} cases: median {times['median_ms']:.0f} ms, 95th "
                f"percentile {times['p95_ms']:.0f} ms, most {times['most_ms']:.0f} ms; "
                f"processor time {times['median_processor_ms']:.0f} ms at the median"
            )
    print(f"goal: median {GOAL_MEDIAN_MS} ms, 95th percentile {GOAL_P95_MS} ms")


if __name__ == "__main__":
    main()
