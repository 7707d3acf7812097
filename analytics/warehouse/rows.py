"""The rows of one entity, as known at the snapshot's as-of."""

import re
from typing import Any, Final

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.warehouse import rows_sql
from analytics.warehouse.reader import Reader

MAX_POINTS: Final = 5_000

_VALUE: Final = re.compile(r"\$(\w+)")


class EntityRows:
    """Rows of one entity of one snapshot."""

    def __init__(
        self, reader: Reader, snapshot_id: str, entity: EntityType, entity_id: str
    ) -> None:
        self._reader = reader
        self._snapshot_id = snapshot_id
        self._entity = entity
        self._id = entity_id

    def identity(self) -> dict[str, Any]:
        """Its row in its own table; `NotFoundError` if it is not known at the as-of."""
        found = self._reader.first_on_tables(
            self._snapshot_id, rows_sql.IDENTITY[self._entity], id=self._id
        )
        if found is None:
            raise NotFoundError(
                f"There is no {self._entity} {self._id!r} in snapshot {self._snapshot_id}.",
                hint="Search for it by a part of its name or id.",
            )
        return found

    def page(self, table: str, limit: int, offset: int) -> pd.DataFrame:
        """Rows `offset` to `offset + limit` of one of `rows_sql.PAGED`, newest first."""
        return self._mine(rows_sql.PAGED[table], limit=limit, offset=offset)

    def count(self, table: str) -> int:
        """How many rows there are of one of `rows_sql.COUNTED`."""
        return int(self._mine(rows_sql.COUNTED[table])["rows"].iloc[0])

    def counts(self) -> dict[str, int]:
        """How many rows there are, by table."""
        found = self._mine(rows_sql.COUNTS)
        return {name: int(found[name].iloc[0]) for name in found.columns}

    def timeline(self, max_points: int = MAX_POINTS) -> pd.DataFrame:
        """All dated rows on one axis, counted by day, week or month where they are too many."""
        found = self._mine(rows_sql.TIMELINE, limit=max_points + 1)
        if len(found) <= max_points:
            return found
        size = self._mine(rows_sql.TIMELINE_SIZE).iloc[0]
        bucket = _bucket(int(size["days"]), int(size["rows_a_day"]), max_points)
        return self._mine(rows_sql.TIMELINE_BUCKETS, bucket=bucket)

    def _mine(self, statement: str, **values: Any) -> pd.DataFrame:
        is_of_mine = "my_" in statement
        written = rows_sql.MINE[self._entity] + statement if is_of_mine else statement
        given = {
            "id": self._id,
            "entity": self._entity,
            "as_of": self._reader.snapshot(self._snapshot_id).as_of,
            **values,
        }
        names = set(_VALUE.findall(written))
        if "merchant_id" in names:
            given["merchant_id"] = self._merchant_id()
        used = {name: given[name] for name in names}
        return self._reader.on_tables(self._snapshot_id, written, **used)

    def _merchant_id(self) -> str | None:
        if self._entity == "product":
            return str(self.identity()["merchant_id"])
        return self._id if self._entity == "merchant" else None


def _bucket(days: int, rows_a_day: int, max_points: int) -> str:
    for bucket, length in (("day", 1), ("week", 7)):
        if (days // length + 1) * rows_a_day <= max_points:
            return bucket
    return "month"
