"""How long steps say what they do, how far they are and how long they take."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress


class Step(Protocol):
    """A running step."""

    def advance(self, amount: float = 1) -> None:
        """Say that `amount` more of the step's total is done."""


class Progress(Protocol):
    """Receives the steps of a long run."""

    def step(self, text: str, total: float | None = None) -> AbstractContextManager[Step]:
        """Open a step described by `text`; without `total` its end is not known beforehand."""


class _SilentStep:
    def advance(self, amount: float = 1) -> None:
        pass


class NullProgress:
    """Says nothing: for tests and notebooks."""

    @contextmanager
    def step(self, text: str, total: float | None = None) -> Iterator[Step]:
        """Open a step that is not shown."""
        yield _SilentStep()


class ConsoleProgress:
    """Prints each step on stderr with its bar and its time: for the command line."""

    def __init__(self, *, is_quiet: bool = False) -> None:
        self._is_quiet = is_quiet

    @contextmanager
    def step(self, text: str, total: float | None = None) -> Iterator[Step]:
        """Show a step while it runs, and one line with its duration when it is done."""
        console = Console(stderr=True, quiet=self._is_quiet, highlight=False)
        started = time.monotonic()
        with _bar(console) as bar:
            yield _RichStep(bar, bar.add_task(escape(text), total=total))
        console.print(f"[green]✓[/] {escape(text)} [dim]{time.monotonic() - started:.1f} s[/]")


class LinesProgress:
    """Writes each change as one JSON line: for a program that shows the progress itself.

    A line holds `step` (its text), `done`, `total` (null where unknown), `state` (`running` or
    `done`) and `seconds`. At most one running line is written every `interval_s` seconds.
    """

    def __init__(self, stream: TextIO, *, interval_s: float = 0.2) -> None:
        self._stream = stream
        self._interval_s = interval_s

    @contextmanager
    def step(self, text: str, total: float | None = None) -> Iterator[Step]:
        """Write a line when the step begins, now and then while it runs, and when it is done."""
        step = _LinesStep(self._stream, text, total, self._interval_s)
        step.write("running")
        yield step
        step.write("done")


class _LinesStep:
    def __init__(self, stream: TextIO, text: str, total: float | None, interval_s: float) -> None:
        self._stream = stream
        self._text = text
        self._total = total
        self._interval_s = interval_s
        self._done = 0.0
        self._started = self._written = time.monotonic()

    def advance(self, amount: float = 1) -> None:
        self._done += amount
        if time.monotonic() - self._written >= self._interval_s:
            self.write("running")

    def write(self, state: str) -> None:
        self._written = time.monotonic()
        line = {
            "step": self._text,
            "done": self._done,
            "total": self._total,
            "state": state,
            "seconds": round(self._written - self._started, 1),
        }
        print(json.dumps(line), file=self._stream, flush=True)


class _RichStep:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def advance(self, amount: float = 1) -> None:
        self._bar.advance(self._task, amount)


def _bar(console: Console) -> RichProgress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    is_off = not console.is_terminal  # a log gets one line a step, not a bar
    return RichProgress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=is_off
    )
