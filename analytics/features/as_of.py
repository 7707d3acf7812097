"""A dataset as it was known at a moment: the only way a feature reads a table."""

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

import ibis.expr.types as ir

from analytics.engines import Engine
from analytics.errors import InputError
from analytics.snapshots.home import Dataset
from analytics.snapshots.point_in_time import mask


class AsOf:
    """The tables of a dataset as known at `as_of`, and what was computed from them so far.

    Close it (or use it in a `with`) to free the intermediate results; one view belongs to one thread.
    """

    def __init__(self, engine: Engine, dataset: Dataset, as_of: datetime) -> None:
        self.engine = engine
        self.dataset = dataset
        self.as_of = as_of
        self._once: dict[str, ir.Table] = {}

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
        path = self.dataset.path(name)
        if path is None:
            raise InputError(f"Dataset {self.dataset.dataset_id} has no table {name!r}.")
        return self.masked(name, self.engine.read(path))

    def masked(self, name: str, table: ir.Table) -> ir.Table:
        """Mask `table`, read from wherever, as the table `name` of the contract."""
        return mask(name, table, self.as_of, self.dataset.manifest.exported_at)

    def once(self, key: str, make: Callable[[], ir.Table]) -> ir.Table:
        """Return the materialised result of `make`, computing it at the first call only."""
        if key not in self._once:
            self._once[key] = self.engine.materialise(make())
        return self._once[key]

    def close(self) -> None:
        """Drop the intermediate results."""
        while self._once:
            self.engine.release(self._once.popitem()[1])


def has(dataset: Dataset, need: str) -> bool:
    """Say whether `dataset` has the table or the `table.column` that `need` names."""
    table, _, column = need.partition(".")
    if not dataset.has(table):
        return False
    return not column or column not in dataset.manifest.tables[table].missing_columns
