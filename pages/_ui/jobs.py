"""Long commands in a process of their own, which outlives the browser and the server.

A job is a folder below `<home>/jobs` with what the command printed. The command holds a lock on one
file as long as it lives, so that only one runs at a time and a dead one is told from a running one.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from analytics.errors import InputError

Status = Literal["running", "done", "failed"]
KEPT = 20
NAMED = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Step:
    """One step of a job: `share` is None where its end is not known beforehand."""

    text: str
    is_done: bool
    share: float | None
    seconds: float


@dataclass(frozen=True)
class Job:
    """A command that was started from a page."""

    folder: Path

    @property
    def title(self) -> str:
        """What it does, in words."""
        return str(self._described()["title"])

    @property
    def kind(self) -> str:
        """`ingest`, `build`, `retrain` or `scheduled`."""
        return str(self._described()["kind"])

    @property
    def started(self) -> datetime:
        """When it was started."""
        return datetime.strptime(self.folder.name, NAMED).replace(tzinfo=UTC)

    @property
    def status(self) -> Status:
        """Running while its process lives; done once it has printed its result."""
        if _is_locked(self.folder.parent, self.folder.name):
            return "running"
        result = self.result()
        return "failed" if result is None or "error" in result else "done"

    def steps(self) -> list[Step]:
        """Its steps so far, in order, each as last told."""
        told: dict[str, Step] = {}
        for line in _lines(self.folder / "progress"):
            with suppress(ValueError, KeyError, TypeError):
                step = _step(json.loads(line))
                told[step.text] = step
        return list(told.values())

    def result(self) -> dict[str, Any] | None:
        """The document that it printed; None before its end or where it died."""
        with suppress(OSError, ValueError):
            document = json.loads((self.folder / "result").read_text(encoding="utf-8"))
            return document if isinstance(document, dict) else None
        return None

    def cancel(self) -> None:
        """End it; whatever it had not published leaves no trace."""
        if self.status == "running":
            with suppress(ProcessLookupError):
                os.killpg(int((self.folder / "pid").read_text()), signal.SIGTERM)

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = json.loads((self.folder / "job.json").read_text("utf-8"))
        return described


def latest_job(home: Path) -> Job | None:
    """The job started last, running or not."""
    folders = _folders(home / "jobs")
    return Job(folders[-1]) if folders else None


def last_started(home: Path, kind: str) -> datetime | None:
    """When the newest job of a kind was started; None where none is remembered."""
    started = [
        job.started for folder in _folders(home / "jobs") if (job := Job(folder)).kind == kind
    ]
    return max(started, default=None)


def start_job(home: Path, kind: str, title: str, arguments: Sequence[str]) -> Job:
    """Run `portreeve` with these arguments in a process of its own.

    Raises:
        InputError: Another job is running.
    """
    jobs = home / "jobs"
    jobs.mkdir(parents=True, exist_ok=True)
    lock = _take_lock(jobs)
    try:
        folder = jobs / datetime.now(UTC).strftime(NAMED)
        folder.mkdir()
        job = {"kind": kind, "title": title, "arguments": list(arguments)}
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        lock.truncate(0)
        lock.write(folder.name)
        lock.flush()
        _spawn(folder, home, arguments, lock)
    finally:
        lock.close()
    _forget_old(jobs)
    return Job(folder)


def _spawn(folder: Path, home: Path, arguments: Sequence[str], lock: IO[str]) -> None:
    environment = {**os.environ, "PORTREEVE_HOME": str(home), "PORTREEVE_PROGRESS": "lines"}
    with (folder / "result").open("wb") as result, (folder / "progress").open("wb") as progress:
        process = subprocess.Popen(
            [sys.executable, "-m", "analytics.cli", *arguments, "--json"],
            cwd=Path(__file__).parent.parent.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=result,
            stderr=progress,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    (folder / "pid").write_text(str(process.pid))


def _take_lock(jobs: Path) -> IO[str]:
    import fcntl

    lock = (jobs / "lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise InputError(
            "Another ingest, build or retraining is running.",
            hint="Wait for it to end, or cancel it.",
        ) from error
    return lock


def _is_locked(jobs: Path, name: str) -> bool:
    import fcntl

    with suppress(FileNotFoundError), (jobs / "lock").open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return lock.read() == name
    return False


def _step(entry: dict[str, Any]) -> Step:
    total = entry["total"]
    share = min(1.0, entry["done"] / total) if total else None
    return Step(str(entry["step"]), entry["state"] == "done", share, float(entry["seconds"]))


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    return []


def _folders(jobs: Path) -> list[Path]:
    return sorted(path.parent for path in jobs.glob("*/job.json"))


def _forget_old(jobs: Path) -> None:
    for folder in _folders(jobs)[:-KEPT]:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
