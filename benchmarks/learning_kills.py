"""Kills a process in the middle of saves, retrains, promotions and roll backs.

`python -m benchmarks.learning_kills --kills 100 [--json]` builds a small sample marketplace, and
starts a process that decides cases, retrains, promotes and rolls back, over and over, and says so
after each. It is sent a SIGKILL after a random time. After every kill

- every decision that was acknowledged is there, once;
- what is live is whole: its model, its scores and its explanations can be read;
- it is the model that was acknowledged last, or the one that was being put in its place.

At the end one more retrain and promotion succeed on what the killed ones left, and the registry
says what the database says. `benchmarks.review_kills` does the same to the store alone.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from analytics.columns import EntityType
from analytics.errors import InputError
from analytics.model.registry import aliases
from analytics.pipeline import Workbench, open_workbench
from analytics.review.store import Live
from analytics.settings import load_settings
from analytics.snapshots.verify import verify_home
from benchmarks.reviewing import Desk
from sample_data.generator import generate
from sample_data.plan import DEFAULT_END
from sample_data.reviewer import SimulatedReviewer

ENTITY: EntityType = "product"
PRELOAD = [
    "analytics.pipeline.build",
    "analytics.pipeline.retrain",
    "analytics.explain.write",
    "analytics.review.opening",
    "benchmarks.reviewing",
    "ibis.backends.duckdb",
    "mlflow",
    "sqlglot.dialects.duckdb",
]
FIRST_LABELS = 120
LABELS_A_ROUND = 5
PATIENCE_S = 600.0
Said = tuple[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What all kills came to."""

    kills: int
    decisions: int
    retrains: int
    promotions: int
    problems: tuple[str, ...]
    seconds: float


def prepare(folder: Path, merchants: int = 60) -> Workbench:
    """Make a small marketplace, build it, and decide some cases."""
    generate(folder / "sample", merchants=merchants, seed=3)
    workbench = open_market(folder)
    workbench.ingest("tables", folder / "sample" / "tables", [DEFAULT_END - timedelta(days=2)])
    workbench.build()
    desk(folder, workbench).review(FIRST_LABELS)
    return workbench


def open_market(folder: Path) -> Workbench:
    """Open the marketplace in a folder."""
    return open_workbench(
        load_settings(
            home=folder / "home",
            training_as_ofs=2,
            training_step_days=90,
            min_labels_per_class=2,
            review_capacity=40,
            control_share=0.1,
            threads=2,
        )
    )


def desk(folder: Path, workbench: Workbench) -> Desk:
    """Return where the simulated reviewer decides."""
    import pandas as pd

    truth, look_alikes = (
        pd.read_parquet(folder / "sample" / f"{name}.parquet") for name in ("truth", "lookalikes")
    )
    products = pd.read_parquet(folder / "sample" / "tables" / "products.parquet")
    return Desk(
        workbench, ENTITY, SimulatedReviewer(truth, look_alikes), set(products["product_id"])
    )


def work(folder: Path, say: Callable[[Said], None]) -> None:
    """Decide, retrain, promote and roll back until killed."""
    workbench = open_market(folder)
    place = desk(folder, workbench)
    say(("started", None))
    while True:
        place.review(place.decided + LABELS_A_ROUND)
        say(("decisions", place.made[-LABELS_A_ROUND:]))
        try:
            say(("trained", workbench.retrain(ENTITY).challenger))
            say(("live", workbench.promote(ENTITY, reason="learned more", override=True).version))
        except InputError as error:
            say(("refused", error.message))
        try:
            say(("live", workbench.rollback(ENTITY, reason="to try it").version))
        except InputError as error:
            say(("refused", error.message))


def run_kills(
    folder: Path, kills: int, *, seed: int = 0, say: Callable[[str], None] = lambda text: None
) -> Outcome:
    """Kill the work so many times in a prepared folder, and collect what was ever wrong.

    Args:
        folder: As made by `prepare`.
        kills: How many times.
        seed: Seed of the random times.
        say: Told how far it is.
    """
    started = time.monotonic()
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    longest = _time_round(folder)
    counts = {"decisions": 0, "trained": 0, "live": 0}
    problems: list[str] = []
    for number in range(1, kills + 1):
        before = _live(folder)
        said = _kill(context, folder, chance.uniform(0, longest))
        for kind, what in said:
            if kind in counts:
                counts[kind] += len(what) if kind == "decisions" else 1
        problems += [f"kill {number}: {text}" for text in problems_after(folder, before, said)]
        say(f"{number} of {kills} kills, {len(problems)} problems")
    problems += _end(folder)
    return Outcome(
        kills,
        counts["decisions"],
        counts["trained"],
        counts["live"],
        tuple(problems),
        time.monotonic() - started,
    )


def problems_after(folder: Path, before: Live, said: Sequence[Said]) -> list[str]:
    """Return what is wrong after a kill."""
    workbench = open_market(folder)
    store = workbench.store
    found = []
    for ids in (what for kind, what in said if kind == "decisions"):
        for decision_id in ids:
            try:
                store.decisions.get(decision_id)
            except InputError as error:
                found.append(f"Acknowledged: {error.message}")
    history = store.history()
    live = history[0]
    acknowledged = [what for kind, what in said if kind == "live"]
    last = acknowledged[-1] if acknowledged else before.models[ENTITY]
    if last not in [row.models[ENTITY] for row in history[:2]]:
        found.append(f"{last} was acknowledged as live; live is {live.models[ENTITY]}.")
    found += verify_home(workbench.home, live.snapshot_id, live.models)
    workbench.close()
    return found


def _end(folder: Path) -> list[str]:
    """Learn once more; the registry must then say what the database says."""
    workbench = open_market(folder)
    desk(folder, workbench).review(LABELS_A_ROUND)
    found = []
    try:
        workbench.retrain(ENTITY)
        workbench.promote(ENTITY, reason="the last one", override=True)
    except InputError as error:
        found += [] if "already" in error.message else [f"In the end: {error.message}"]
    workbench.reconcile()
    champions = {name: known.get("champion") for name, known in aliases(workbench.home).items()}
    if champions != dict(workbench.live().models):
        found.append(f"The registry says {champions}.")
    workbench.close()
    return found


def _time_round(folder: Path) -> float:
    """Work one round to its end and return the seconds that it took."""
    rounds: list[Said] = []
    started = time.monotonic()

    def say(said: Said) -> None:
        rounds.append(said)
        if len([kind for kind, _ in rounds if kind == "decisions"]) == 2:
            raise StopIteration

    try:
        work(folder, say)
    except StopIteration:
        return time.monotonic() - started
    raise RuntimeError("The work ended by itself.")


def _live(folder: Path) -> Live:
    workbench = open_market(folder)
    live = workbench.live()
    workbench.close()
    return live


def _kill(context: ForkServerContext, folder: Path, after_s: float) -> list[Said]:
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(folder, theirs))
    process.start()
    theirs.close()
    if not ours.poll(PATIENCE_S):
        process.kill()
        raise RuntimeError(f"Nothing was done within {PATIENCE_S:.0f} s.")
    time.sleep(after_s)
    process.kill()
    process.join()
    said: list[Said] = []
    try:
        while True:
            said.append(ours.recv())
    except (EOFError, OSError):  # OSError: it was killed in the middle of a word
        return said
    finally:
        ours.close()


def _work(folder: Path, theirs: Connection) -> None:
    work(folder, theirs.send)


def main() -> None:
    """Run the benchmark and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name)).close()
        outcome = run_kills(
            Path(name),
            options.kills,
            seed=options.seed,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    print(json.dumps(asdict(outcome), indent=2) if options.as_json else _summary(outcome))
    sys.exit(1 if outcome.problems else 0)


def _summary(outcome: Outcome) -> str:
    lines = [
        f"{outcome.kills} kills in {outcome.seconds:,.0f} s; acknowledged before them: "
        f"{outcome.decisions:,} decisions, {outcome.retrains} retrains, {outcome.promotions} "
        "promotions and roll backs.",
        *(outcome.problems or ("No decision was lost; what was live was always whole.",)),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
