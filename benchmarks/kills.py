"""Kills `portreeve ingest` and `portreeve build` at random points and looks at what is left.

`python -m benchmarks.kills --kills 300 [--json]` makes a small sample marketplace, ingests and
builds it once, then starts the same commands again and again, each as of another moment, and sends
each a SIGKILL after a random time. After every kill it checks that

- every published file has the content that its manifest names, and every table can be read;
- the live row points to a snapshot whose scores and models are complete;
- what was live before is live still, unless the killed command had just finished.

At the end one more ingest and build must succeed on what the killed ones left, and `prune` must
find and remove the rest. The commands run in processes of their own, which are forked from one that
has done the imports, so that kills strike work and not the loading of libraries.
"""

import argparse
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

from analytics.review.store import Live, open_store
from analytics.snapshots.home import Home
from analytics.snapshots.prune import prune
from analytics.snapshots.publish import home_lock
from analytics.snapshots.verify import verify_home

Command = Literal["ingest", "build"]
PRELOAD = [
    "analytics.cli",
    "analytics.pipeline",
    "analytics.snapshots.ingest",
    "ibis.backends.duckdb",
    "pandera.backends.pandas.container",
    "pandera.strategies.pandas_strategies",
    "pyarrow.csv",
    "sqlglot.dialects.duckdb",
]
PRELOAD_BUILD = ["analytics.pipeline.build", "analytics.model.training", "analytics.explain.write"]
BEYOND_THE_END = 1.1
BUILDS_IN = 4
KEPT_KILLS = 20  # what older ones left is pruned, or looking at it takes longer than killing


@dataclass(frozen=True)
class Outcome:
    """What all kills came to."""

    kills: int
    ingest_kills: int
    build_kills: int
    finished_before_kill: int
    problems: tuple[str, ...]
    left_behind: int
    snapshots: int
    seconds: float

    @property
    def is_whole(self) -> bool:
        """Whether nothing was ever found broken."""
        return not self.problems


class Killer:
    """Runs commands on one home folder and kills them.

    Attributes:
        home: The home folder.
        tables: Folder of the source's tables.
        as_ofs: Moments to ingest, a new one for every run.
    """

    def __init__(
        self, home: Home, tables: Path, as_ofs: Sequence[datetime], seed: int, *, builds: bool
    ) -> None:
        self.home = home
        self.tables = tables
        self.as_ofs = iter(as_ofs)
        self.random = random.Random(seed)
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload([*PRELOAD, *(PRELOAD_BUILD if builds else [])])
        self.durations: dict[Command, float] = {}

    def complete(self, command: Command) -> None:
        """Run a command to its end and remember how long it takes.

        Raises:
            RuntimeError: It failed.
        """
        started = time.monotonic()
        process = self._start(command)
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"{command} ended with {process.exitcode}.")
        self.durations[command] = time.monotonic() - started

    def kill(self, command: Command) -> bool:
        """Run a command and kill it after a random time; tell whether it was still running."""
        process = self._start(command)
        process.join(self.random.uniform(0, BEYOND_THE_END * self.durations[command]))
        was_running = process.is_alive()
        process.kill()
        process.join()
        return was_running

    def problems(self, before: Live | None, was_running: bool) -> list[str]:
        """What is broken now."""
        live = self.live()
        models = live.models if live else {}
        found = verify_home(self.home, live.snapshot_id if live else None, models)
        if was_running and before is not None and live is None:
            found.append("Nothing is live any more.")
        return found

    def live(self) -> Live | None:
        """What is live now."""
        if not (self.home.path / "portreeve.db").exists():
            return None
        store = open_store(f"sqlite:///{self.home.path / 'portreeve.db'}")
        try:
            return store.live()
        finally:
            store.close()

    def _start(self, command: Command) -> BaseProcess:
        arguments = ["build"]
        if command == "ingest":
            moment = next(self.as_ofs)
            arguments = [
                "ingest",
                "tables",
                str(self.tables),
                "--as-of",
                f"{moment:%Y-%m-%dT%H:%M:%S}",
            ]
        process = self.context.Process(target=_run, args=(arguments, str(self.home.path)))
        process.start()
        return process


def run_kills(
    home: Home,
    tables: Path,
    last: datetime,
    kills: int,
    *,
    seed: int = 0,
    builds: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Kill commands `kills` times and collect what was ever broken.

    Args:
        home: An empty home folder.
        tables: Folder of a source's tables.
        last: The latest moment of the source; the runs go back from it, an hour each.
        kills: How many commands to kill.
        seed: Seed of the random times.
        builds: Whether to kill builds too, one command in four.
        say: Told how far it is.
    """
    started = time.monotonic()
    as_ofs = [last - timedelta(hours=hour) for hour in range(kills + 4)]
    killer = Killer(home, tables, as_ofs, seed, builds=builds)
    commands: list[Command] = ["ingest", "build"] if builds else ["ingest"]
    for command in [*commands, *commands]:  # the second run tells how long one takes
        killer.complete(command)
    problems, finished, build_kills = killer.problems(None, False), 0, 0
    for number in range(1, kills + 1):
        command = "build" if builds and number % BUILDS_IN == 0 else "ingest"
        build_kills += command == "build"
        before = killer.live()
        was_running = killer.kill(command)
        finished += not was_running
        problems += [f"kill {number}: {text}" for text in killer.problems(before, was_running)]
        if number % 10 == 0:
            say(f"{number} of {kills} kills, {len(problems)} problems")
            _forget_old(killer, number)
    for command in commands:
        killer.complete(command)
    problems += killer.problems(killer.live(), False)
    left_behind = _clean(killer, problems)
    return Outcome(
        kills,
        kills - build_kills,
        build_kills,
        finished,
        tuple(problems),
        left_behind,
        len(home.snapshots()),
        time.monotonic() - started,
    )


def _forget_old(killer: Killer, number: int) -> None:
    """Keep the home small: drop all but the newest snapshots and the live one."""
    if number % KEPT_KILLS == 0:
        _prune(killer)


def _clean(killer: Killer, problems: list[str]) -> int:
    """Prune, and see that nothing unfinished is left and what is live is whole."""
    dropped = _prune(killer)
    problems += killer.problems(killer.live(), False)
    problems += [f"{path} is left." for path in killer.home.path.rglob(".tmp-*")]
    return dropped


def _prune(killer: Killer) -> int:
    live = killer.live()
    newest = killer.home.snapshots()[-1:]
    keep = {snapshot.snapshot_id for snapshot in newest} | ({live.snapshot_id} if live else set())
    with home_lock(killer.home.path, exclusive=True):
        return prune(killer.home, (), keep, stale_after_s=0).temporary_folders


def _run(arguments: Sequence[str], home: str) -> None:
    """Run the command line in this process, saying nothing."""
    os.environ["PORTREEVE_HOME"] = home
    # One past moment to learn from: looking further back takes most of a build's time, and in it
    # nothing is published that a kill could break.
    os.environ.setdefault("PORTREEVE_TRAINING_AS_OFS", "1")
    os.environ.setdefault("PORTREEVE_TRAINING_STEP_DAYS", "365")
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, sys.stdout.fileno())
    from analytics.cli import app

    app(list(arguments))


def main() -> None:
    """Run the benchmark and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--merchants", type=int, default=100)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    from sample_data.generator import generate
    from sample_data.plan import DEFAULT_END

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "sample", merchants=options.merchants, seed=options.seed)
        outcome = run_kills(
            Home(folder / "home"),
            folder / "sample" / "tables",
            DEFAULT_END,
            options.kills,
            seed=options.seed,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    print(json.dumps(asdict(outcome), indent=2) if options.as_json else _summary(outcome))
    sys.exit(0 if outcome.is_whole else 1)


def _summary(outcome: Outcome) -> str:
    running = outcome.kills - outcome.finished_before_kill
    lines = [
        f"{outcome.kills} kills ({outcome.ingest_kills} of ingest, {outcome.build_kills} of build) "
        f"in {outcome.seconds:,.0f} s; {running} struck a running command.",
        f"Unfinished folders that prune removed at the end: {outcome.left_behind}.",
        *outcome.problems,
        "The current snapshot was always whole." if outcome.is_whole else "Something was broken.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
