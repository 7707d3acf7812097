"""How long steps say what they do, how far they are and how long they take."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

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


class _RichStep:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar = bar
        self._task = task

    def advance(self, amount: float = 1) -> None:
        self._bar.advance(self._task, amount)


def _bar(console: Console) -> RichProgress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    return RichProgress(*columns, TimeElapsedColumn(), console=console, transient=True)
