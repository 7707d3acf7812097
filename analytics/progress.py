"""How long steps say what they do, how far they are and how long they take."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


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
