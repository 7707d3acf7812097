"""How long a retrain with its comparison takes, and how much memory, at the size of Olist.

`python -m benchmarks.retrain [--home HOME] [--entity merchant] [--json]` takes a copy of a built
home folder, or ingests and builds Olist anew, lets a simulated reviewer decide 1,000 cases taken
from the queue, and then runs `portreeve retrain` and `portreeve promote` in processes of their own,
as the Model page does. Meanwhile the case page is opened again and again in this process, to see
that it stays usable.

Olist has no decisions. The rule by which they are made here (the worse an entity's defect rate
ranks, the more often it is a violation) serves to have labels, not to learn anything from them.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import cycle
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.pipeline import Workbench, open_workbench
from analytics.pipeline.build import read_features
from analytics.settings import load_settings
from benchmarks.case_page import Case, page_runner, random_cases
from benchmarks.reviewing import Desk
from sample_data.reviewer import Verdict

OLIST = Path(os.environ.get("PORTREEVE_DATA", "../shared/data")) / "olist"
POLICY = {"merchant": "M2", "product": "P7", "creator": "C2"}
CLI = (sys.executable, "-m", "analytics.cli")
RATE = "defect_rate_shrunk"
STEEPNESS = 6.0
READING_S = 0.2  # between two pages
USUAL = 0.9  # rank of the defect rate from which on a violation is likelier than not


@dataclass(frozen=True)
class Timed:
    """One retrain, which scores and explains all entities, and the promotion after it."""

    entity: str
    entities: int
    labels: int
    confirmed: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    reuses_quality: bool
    verdict: str
    pages: int
    page_median_ms: float
    page_p95_ms: float
    promote_seconds: float


class RuleReviewer:
    """Decides by the rank of the defect rate and a draw that is the same at every run."""

    def __init__(self, rates: pd.Series, seed: int) -> None:
        rank = rates.rank(pct=True).fillna(0.5)
        likely = 1 / (1 + np.exp(-STEEPNESS * (rank - USUAL) / (1 - USUAL) / 2))
        drawn = np.random.default_rng(seed).random(len(rank))
        self._is_bad = pd.Series(drawn < np.asarray(likely), index=rank.index)

    def decide(self, entity_type: EntityType, entity_id: str, at: datetime) -> Verdict:
        """Decide about an entity."""
        if self._is_bad[entity_id]:
            return Verdict("violation", POLICY[entity_type], 30.0)
        return Verdict("no_violation", None, 30.0)


def measure(workbench: Workbench, entity: EntityType, labels: int) -> Timed:
    """Review so many cases, then time `portreeve retrain`."""
    live = workbench.live()
    snapshot = workbench.home.snapshot(live.snapshot_id)
    features = read_features(snapshot, entity)
    desk = Desk(workbench, entity, RuleReviewer(features[RATE], 0), set(features.index))
    desk.review(labels)
    open_page, cases = _pages(workbench)
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [*CLI, "retrain", "--entity", entity, "--json"]
    environment = {**os.environ, "PORTREEVE_HOME": str(workbench.home.path)}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT) as run,
    ):
        shown = []
        while run.poll() is None:
            opened = time.perf_counter()
            open_page(next(cases))
            shown.append(1000 * (time.perf_counter() - opened))
            time.sleep(READING_S)
        seconds = time.monotonic() - started
        said.seek(0)
        output = said.read()
    if run.returncode:
        raise RuntimeError(f"retrain failed: {output}")
    report = json.loads(output[output.index("{") :])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Timed(
        entity,
        len(features),
        desk.decided,
        desk.confirmed,
        round(seconds, 1),
        round(used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, 1),
        round(used.ru_maxrss / 1024),
        report["reuses_quality"],
        report["comparison"]["verdict"],
        len(shown),
        round(float(np.median(shown)), 1),
        round(float(np.percentile(shown, 95)), 1),
        _promoted(entity, environment),
    )


def _promoted(entity: EntityType, environment: Mapping[str, str]) -> float:
    """Put the challenger live and return the seconds that takes."""
    started = time.monotonic()
    command = [*CLI, "promote", "--entity", entity, "--reason", "timed", "--override"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return round(time.monotonic() - started, 1)


def _pages(workbench: Workbench) -> tuple[Callable[[Case], None], Iterator[Case]]:
    """Return what opens a case page, warmed up, and cases without end."""
    os.environ["PORTREEVE_HOME"] = str(workbench.home.path)
    cases = random_cases(workbench, 1_000, seed=0)
    open_page = page_runner()
    open_page(cases[-1])
    return open_page, cycle(cases)


def prepare(folder: Path, built: Path | None) -> Workbench:
    """Copy a built home folder, or ingest and build Olist."""
    home = folder / "home"
    if built is not None:
        shutil.copytree(built, home)
    workbench = open_workbench(load_settings(home=home))
    if built is None:
        workbench.ingest("olist", OLIST)
        workbench.build()
    return workbench


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="A built home folder of Olist, to be copied.")
    parser.add_argument("--entity", choices=ENTITY_TYPES, nargs="+", default=["merchant"])
    parser.add_argument("--labels", type=int, default=1_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        workbench = prepare(Path(name), given.home)
        timed = [measure(workbench, entity, given.labels) for entity in given.entity]
        workbench.close()
    if given.json:
        print(json.dumps([asdict(one) for one in timed], indent=2))
    else:
        print(pd.DataFrame([asdict(one) for one in timed]).to_string(index=False))


if __name__ == "__main__":
    main()
