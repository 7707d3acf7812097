"""Reads from a home folder: plain SQL, SQL over a snapshot's tables, SQL over its scores."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd

from analytics.columns import ENTITY_KEY, ENTITY_TABLE, ENTITY_TYPES
from analytics.errors import NotFoundError
from analytics.snapshots.home import Home, Snapshot
from analytics.warehouse import sql
from analytics.warehouse.databases import Databases, Fill
from analytics.warehouse.lineage import is_same_marketplace
from analytics.warehouse.masked import masked_tables

Models = Mapping[str, str]


class Reader:
    """Reads from snapshots of one home folder. Safe to share between threads.

    In a snapshot's own database `orders` means the orders known at its as-of, and `scores` what
    its models gave.
    """

    def __init__(self, home: Home, *, threads: int = 2, memory_limit: str = "1500MB") -> None:
        self.home = home
        self._databases = Databases({"threads": threads, "memory_limit": memory_limit})
        self._snapshots: dict[str, Snapshot] = {}
        self._meta: dict[tuple[str, str], dict[str, Any]] = {}
        self._lineages: dict[tuple[str, tuple[str, ...]], list[Snapshot]] = {}
        self._same: dict[tuple[str, str], bool] = {}

    @property
    def kept_databases(self) -> int:
        """How many databases are kept in memory."""
        return len(self._databases)

    def close(self) -> None:
        """Close the connection; the reader cannot be used afterwards."""
        self._databases.close()

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """The snapshot of that id, with its manifest read once."""
        if snapshot_id not in self._snapshots:
            self._snapshots[snapshot_id] = self.home.snapshot(snapshot_id)
        return self._snapshots[snapshot_id]

    def meta(self, snapshot_id: str, model_version: str) -> dict[str, Any]:
        """What the scores of one model say about themselves (meta.json)."""
        key = (snapshot_id, model_version)
        if key not in self._meta:
            path = self.snapshot(snapshot_id).scores_dir(model_version) / "meta.json"
            if not path.is_file():
                raise NotFoundError(
                    f"Model {model_version!r} has no scores in snapshot {snapshot_id!r}.",
                    hint="Run `portreeve build` for that snapshot.",
                )
            self._meta[key] = json.loads(path.read_text(encoding="utf-8"))
        return self._meta[key]

    def lineage(self, snapshot_id: str) -> list[Snapshot]:
        """Snapshots of the same marketplace up to this one, oldest first."""
        key = (snapshot_id, tuple(self.home.snapshot_ids()))
        if key not in self._lineages:
            here = self.snapshot(snapshot_id)
            earlier = [s for s in self.home.snapshots() if s.as_of < here.as_of]
            self._lineages[key] = [*filter(lambda s: self._precedes(s, here), earlier), here]
        return self._lineages[key]

    def _precedes(self, earlier: Snapshot, later: Snapshot) -> bool:
        key = (earlier.manifest.dataset_id, later.manifest.dataset_id)
        if key not in self._same:
            self._same[key] = is_same_marketplace(self.first, earlier.dataset, later.dataset)
        return self._same[key]

    def model_at(self, snapshot: Snapshot, entity: str) -> str | None:
        """The model of an entity type that was trained last among those that scored a snapshot."""
        versions = [v for v in snapshot.score_versions() if v.startswith(f"{entity}-")]
        return max(
            versions,
            key=lambda v: (str(self.meta(snapshot.snapshot_id, v).get("trained_as_of")), v),
            default=None,
        )

    def scores_before(self, snapshot_id: str, entity: str) -> tuple[str, str] | None:
        """Newest earlier snapshot with scores of an entity type, and the model that gave them."""
        for earlier in reversed(self.lineage(snapshot_id)[:-1]):
            model = self.model_at(earlier, entity)
            if model:
                return earlier.snapshot_id, model
        return None

    def query(self, statement: str, **values: Any) -> pd.DataFrame:
        """Run SQL that names its own files by bound paths."""
        with self._databases.cursor() as cursor:
            return _frame(cursor, statement, values)

    def first(self, statement: str, **values: Any) -> dict[str, Any] | None:
        """Run SQL as `query` does; return its first row as plain values, None if there is none.

        A tenth of the cost of a frame, where one row has many columns.
        """
        with self._databases.cursor() as cursor:
            return _first(cursor, statement, values)

    def records(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Run SQL as `query` does; return its few rows as plain values."""
        with self._databases.cursor() as cursor:
            return _records(cursor, statement, values)

    def batches(self, statement: str, rows: int, **values: Any) -> Iterator[pd.DataFrame]:
        """Run SQL as `query` does and yield its rows some at a time."""
        with self._databases.cursor() as cursor:
            cursor.execute(statement, dict(values) or None)
            vectors = max(1, rows // duckdb.__standard_vector_size__)
            while len(frame := cursor.fetch_df_chunk(vectors)):
                yield frame

    def on_tables(self, snapshot_id: str, statement: str, **values: Any) -> pd.DataFrame:
        """Run SQL over the contract's tables as known at the snapshot's as-of."""
        with self._databases.using(*self._tables(snapshot_id)) as cursor:
            return _frame(cursor, statement, values)

    def first_on_tables(
        self, snapshot_id: str, statement: str, **values: Any
    ) -> dict[str, Any] | None:
        """Run SQL as `on_tables` does; return its first row as plain values."""
        with self._databases.using(*self._tables(snapshot_id)) as cursor:
            return _first(cursor, statement, values)

    def on_rows(self, snapshot_id: str, rows: str, statement: str, **values: Any) -> pd.DataFrame:
        """Run SQL over `rows`: the result of a query over the tables, computed once and kept."""

        def fill(_: duckdb.DuckDBPyConnection, name: str) -> None:
            with self._databases.using(*self._tables(snapshot_id)) as cursor:
                cursor.execute(f"CREATE TABLE {name}.rows AS {rows}")

        with self._databases.using(("rows", snapshot_id, rows), fill) as cursor:
            return _frame(cursor, statement, values)

    def on_scores(
        self, snapshot_id: str, models: Models, statement: str, **values: Any
    ) -> pd.DataFrame:
        """Run SQL over `scores`, all entity types together."""
        with self._databases.using(*self._scores(snapshot_id, models)) as cursor:
            return _frame(cursor, statement, values)

    def first_on_scores(
        self, snapshot_id: str, models: Models, statement: str, **values: Any
    ) -> dict[str, Any] | None:
        """Run SQL as `on_scores` does; return its first row as plain values."""
        with self._databases.using(*self._scores(snapshot_id, models)) as cursor:
            return _first(cursor, statement, values)

    def _scores(self, snapshot_id: str, models: Models) -> tuple[object, Fill]:
        def fill(cursor: duckdb.DuckDBPyConnection, _: str) -> None:
            cursor.execute(sql.CREATE_SCORES)
            for entity in ENTITY_TYPES:
                if entity in models:
                    self._load_scores(cursor, self.snapshot(snapshot_id), entity, models[entity])

        return ("scores", snapshot_id, tuple(sorted(models.items()))), fill

    def _tables(self, snapshot_id: str) -> tuple[object, Fill]:
        def fill(cursor: duckdb.DuckDBPyConnection, _: str) -> None:
            for statement in masked_tables(self.snapshot(snapshot_id)):
                cursor.execute(statement)

        return ("tables", snapshot_id), fill

    def _load_scores(
        self, cursor: duckdb.DuckDBPyConnection, snapshot: Snapshot, entity: str, model: str
    ) -> None:
        known = snapshot.dataset.path(ENTITY_TABLE[entity])
        cursor.execute(sql.CREATE_PREVIOUS)
        before = self.scores_before(snapshot.snapshot_id, entity)
        if before:
            cursor.execute(sql.LOAD_PREVIOUS, self._scores_values(*before))
        cursor.execute(
            sql.LOAD_SCORES.format(key=ENTITY_KEY[entity]),
            {
                "entity": entity,
                "model_version": model,
                "entities": str(known),
                "as_of": snapshot.as_of,
                "previous_known": before is not None,
                **self._scores_values(snapshot.snapshot_id, model),
            },
        )

    def _scores_values(self, snapshot_id: str, model: str) -> dict[str, Any]:
        thresholds = self.meta(snapshot_id, model).get("thresholds") or {}
        folder = self.snapshot(snapshot_id).scores_dir(model)
        return {
            "scores": str(folder / "scores.parquet"),
            "queue_harm": thresholds.get("queue_harm"),
        }


def _frame(
    cursor: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any]
) -> pd.DataFrame:
    return cursor.execute(statement, dict(values) or None).df()


def _first(
    cursor: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any]
) -> dict[str, Any] | None:
    return next(iter(_records(cursor, statement, values, most=1)), None)


def _records(
    cursor: duckdb.DuckDBPyConnection,
    statement: str,
    values: Mapping[str, Any],
    most: int | None = None,
) -> list[dict[str, Any]]:
    cursor.execute(statement, dict(values) or None)
    rows = cursor.fetchall() if most is None else cursor.fetchmany(most)
    names = [column[0] for column in cursor.description or ()]
    return [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return None if value != value else value
