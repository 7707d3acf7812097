"""A dataset as it was known at a moment: the only way a feature reads a table."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from weakref import WeakKeyDictionary

import ibis.expr.types as ir
import pandas as pd

from analytics.engines import Engine, Plan
from analytics.errors import InputError
from analytics.snapshots.home import Dataset
from analytics.snapshots.point_in_time import mask

Turn = Callable[[pd.DataFrame], pd.DataFrame]
Remembered = TypeVar("Remembered")
_numbers = count(1)


class AsOf:
    """The tables of a dataset as known at `as_of`, and what was computed from them so far.

    Close it (or use it in a `with`) to free the intermediate results. A view belongs to one thread.
    """

    def __init__(self, engine: Engine, dataset: Dataset, as_of: datetime) -> None:
        self.engine = engine
        self.dataset = dataset
        self.as_of = as_of
        self._once: dict[str, ir.Table] = {}
        self._remembered: dict[str, Any] = {}
        self._asking: list[list[_Step]] = []
        self._prefix = f"view_{next(_numbers):06}_"
        engine.expect(max((t.rows for t in dataset.manifest.tables.values()), default=0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def has(self, need: str) -> bool:
        """Say whether the dataset has a table (`orders`) or a column (`orders.ship_by`)."""
        return has(self.dataset, need)

    def table(self, name: str) -> ir.Table:
        """Return the rows and fields of one table that were known at `as_of`.

        Raises:
            InputError: The dataset has no such table.
        """
        return mask(name, self.raw(name), self.as_of, self.dataset.manifest.exported_at)

    def timeless(self, key: str, make: Callable[["AsOf"], ir.Table]) -> ir.Table:
        """Return what follows from single rows whatever the moment, computed once per engine.

        `make` reads `raw` tables. Join its rows to masked ones: that keeps out what was not known.
        """
        name = f"dataset_{self.dataset.dataset_id}_{key}"
        kept = _TIMELESS.setdefault(self.engine, {})
        if name not in kept:
            # The moment and the prefix do not occur in it, so any will do.
            plan = Plan((self.dataset.dataset_id, key), self.as_of, self._prefix)
            kept[name] = self.engine.materialise(lambda: make(self), name, plan)
        return kept[name]

    def raw(self, name: str) -> ir.Table:
        """Return a table as the dataset stores it, with what is not yet known: see `timeless`.

        Raises:
            InputError: The dataset has no such table.
        """
        path = self.dataset.path(name)
        if path is None:
            raise InputError(f"Dataset {self.dataset.dataset_id} has no table {name!r}.")
        return self.engine.read(path)

    def once(
        self, key: str, make: Callable[["AsOf"], ir.Table], turn: Turn | None = None
    ) -> ir.Table:
        """Return the materialised result of `make`, computing it at the first call only.

        Args:
            key: Names the step. Its expression must follow from the dataset, the key and the as-of
                alone: views of other moments use the same compiled SQL.
            make: Returns the expression; it may ask this view for other steps.
            turn: Applied to the rows, for steps of a few rows that decide on what follows.
        """
        step = _Step(key, make, turn)
        if self._asking:
            self._asking[-1].append(step)
        if key not in self._once:
            self._once[key] = self._compute(step)
        return self._once[key]

    def _compute(self, step: "_Step") -> ir.Table:
        plan = self._plan(step.key)
        prerequisites = _PREREQUISITES.setdefault(self.engine, {})
        # Where the SQL is known `make` is not called, so what it would have asked for is made here.
        for earlier in prerequisites.get(plan.key, ()):
            self.once(earlier.key, earlier.make, earlier.turn)

        def make() -> ir.Table:
            self._asking.append([])
            try:
                return step.make(self)
            finally:
                prerequisites[plan.key] = self._asking.pop()

        if step.turn is None:
            return self.engine.materialise(make, self._name(step.key), plan)
        return self.engine.keep(step.turn(self.engine.frame(make, plan)), self._name(step.key))

    def frame(self, key: str, make: Callable[[], ir.Table]) -> pd.DataFrame:
        """Return the rows of `make`, whose SQL views of other moments use again; see `once`."""
        return self.engine.frame(make, self._plan(key))

    def remember(self, key: str, make: Callable[[], Remembered]) -> Remembered:
        """Return the result of `make`, any object, computing it at the first call only."""
        if key not in self._remembered:
            self._remembered[key] = make()
        return cast("Remembered", self._remembered[key])

    def remember_timeless(self, key: str, make: Callable[[], Remembered]) -> Remembered:
        """Return any object that follows from single rows or earlier ones, made once per engine.

        As with `timeless`, what it says of a row must hold at every moment at which the row is
        known. Only what was made of the dataset asked for last is kept.
        """
        kept_for, kept = _LASTING.get(self.engine, ("", {}))
        if kept_for != self.dataset.dataset_id:
            kept = {}
            _LASTING[self.engine] = (self.dataset.dataset_id, kept)
        if key not in kept:
            kept[key] = make()
        return cast("Remembered", kept[key])

    def close(self) -> None:
        """Drop the intermediate results."""
        self._remembered.clear()
        while self._once:
            self.engine.release(self._name(self._once.popitem()[0]))

    def _name(self, key: str) -> str:
        return f"{self._prefix}{key}"

    def _plan(self, key: str) -> Plan:
        return Plan((self.dataset.dataset_id, key), self.as_of, self._prefix)


def has(dataset: Dataset, need: str) -> bool:
    """Say whether `dataset` has the table or the `table.column` that `need` names."""
    table, _, column = need.partition(".")
    if not dataset.has(table):
        return False
    return not column or column not in dataset.manifest.tables[table].missing_columns


@dataclass(frozen=True)
class _Step:
    key: str
    make: Callable[[AsOf], ir.Table]
    turn: Turn | None


_PREREQUISITES: WeakKeyDictionary[Engine, dict[Hashable, list[_Step]]] = WeakKeyDictionary()
_TIMELESS: WeakKeyDictionary[Engine, dict[str, ir.Table]] = WeakKeyDictionary()
_LASTING: WeakKeyDictionary[Engine, tuple[str, dict[str, Any]]] = WeakKeyDictionary()
