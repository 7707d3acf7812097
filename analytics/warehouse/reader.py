"""The one DuckDB connection: an in-memory database per snapshot, and a cursor per call.

Static SQL runs against table names that never change, because each snapshot gets a database of its
own in which `orders` means the orders known at its as-of, and `scores` what its models gave. So
values are always bound and names never come from data.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import duckdb
import pandas as pd

from analytics.columns import ENTITY_KEY, ENTITY_TABLE, ENTITY_TYPES
from analytics.errors import NotFoundError
from analytics.snapshots.home import Home, Snapshot
from analytics.warehouse import sql
from analytics.warehouse.masked import masked_views

Models = Mapping[str, str]

MAX_DATABASES: Final = 8


@dataclass
class _Database:
    name: str
    lock: threading.Lock
    is_ready: bool = False
    users: int = 0


class Reader:
    """Reads from snapshots of one home folder. Safe to share between threads."""

    def __init__(self, home: Home, *, threads: int = 2, memory_limit: str = "1500MB") -> None:
        self.home = home
        self._config: dict[str, Any] = {"threads": threads, "memory_limit": memory_limit}
        self._lock = threading.Lock()
        self._databases: OrderedDict[object, _Database] = OrderedDict()
        self._made = 0
        self._snapshots: dict[str, Snapshot] = {}
        self._meta: dict[tuple[str, str], dict[str, Any]] = {}

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config=self._config)
        connection.execute("SET parquet_metadata_cache = true")  # published files never change
        connection.execute("SET autoinstall_known_extensions = false")
        return connection

    def close(self) -> None:
        """Close the connection; the reader cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    @property
    def open_databases(self) -> int:
        """How many snapshots' views are kept."""
        return len(self._databases)

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
        """Snapshots of the same source up to this one, oldest first."""
        here = self.snapshot(snapshot_id)
        source = here.dataset.manifest
        return [
            other
            for other in self.home.snapshots()
            if other.as_of < here.as_of
            and other.dataset.manifest.source == source.source
            and other.dataset.manifest.currency == source.currency
        ] + [here]

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
        with self._cursor() as cursor:
            return _frame(cursor, statement, values)

    def batches(self, statement: str, rows: int, **values: Any) -> Iterator[pd.DataFrame]:
        """Run SQL as `query` does and yield its rows some at a time."""
        with self._cursor() as cursor:
            cursor.execute(statement, dict(values) or None)
            vectors = max(1, rows // duckdb.__standard_vector_size__)
            while len(frame := cursor.fetch_df_chunk(vectors)):
                yield frame

    def on_tables(self, snapshot_id: str, statement: str, **values: Any) -> pd.DataFrame:
        """Run SQL over the contract's tables as known at the snapshot's as-of."""
        with self._database(("tables", snapshot_id), self._fill_tables(snapshot_id)) as cursor:
            return _frame(cursor, statement, values)

    def on_rows(self, snapshot_id: str, rows: str, statement: str, **values: Any) -> pd.DataFrame:
        """Run SQL over `rows`: the result of a query over the tables, computed once and kept."""

        def fill(cursor: duckdb.DuckDBPyConnection) -> None:
            self._fill_tables(snapshot_id)(cursor)
            cursor.execute(f"CREATE TABLE rows AS {rows}")

        with self._database(("rows", snapshot_id, rows), fill) as cursor:
            return _frame(cursor, statement, values)

    def on_scores(
        self, snapshot_id: str, models: Models, statement: str, **values: Any
    ) -> pd.DataFrame:
        """Run SQL over `scores`, all entity types together."""
        key = ("scores", snapshot_id, tuple(sorted(models.items())))
        with self._database(key, self._fill_scores(snapshot_id, models)) as cursor:
            return _frame(cursor, statement, values)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def _database(
        self, key: object, fill: Callable[[duckdb.DuckDBPyConnection], None]
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        database = self._enter(key)
        try:
            with self._cursor() as cursor:
                with database.lock:
                    if not database.is_ready:
                        self._make(cursor, database, fill)
                cursor.execute(f"USE {database.name}")
                yield cursor
        finally:
            self._leave(key, database)

    def _enter(self, key: object) -> _Database:
        with self._lock:
            if key not in self._databases:
                self._made += 1
                self._databases[key] = _Database(f"view_{self._made}", threading.Lock())
            self._databases.move_to_end(key)
            database = self._databases[key]
            database.users += 1
            return database

    def _leave(self, key: object, database: _Database) -> None:
        with self._lock:
            database.users -= 1
            idle = [k for k, d in self._databases.items() if d.users == 0 and k != key]
            for old in idle[: max(0, len(self._databases) - MAX_DATABASES)]:
                dropped = self._databases.pop(old)
                if dropped.is_ready:
                    self._connection.execute(f"DETACH {dropped.name}")

    @staticmethod
    def _make(
        cursor: duckdb.DuckDBPyConnection,
        database: _Database,
        fill: Callable[[duckdb.DuckDBPyConnection], None],
    ) -> None:
        cursor.execute(f"ATTACH ':memory:' AS {database.name}")
        try:
            cursor.execute(f"USE {database.name}")
            fill(cursor)
        except BaseException:
            cursor.execute("USE memory")
            cursor.execute(f"DETACH {database.name}")
            raise
        database.is_ready = True

    def _fill_tables(self, snapshot_id: str) -> Callable[[duckdb.DuckDBPyConnection], None]:
        def fill(cursor: duckdb.DuckDBPyConnection) -> None:
            for statement in masked_views(self.snapshot(snapshot_id)):
                cursor.execute(statement)

        return fill

    def _fill_scores(
        self, snapshot_id: str, models: Models
    ) -> Callable[[duckdb.DuckDBPyConnection], None]:
        def fill(cursor: duckdb.DuckDBPyConnection) -> None:
            cursor.execute(sql.CREATE_SCORES)
            for entity in ENTITY_TYPES:
                if entity in models:
                    self._load_scores(cursor, self.snapshot(snapshot_id), entity, models[entity])

        return fill

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
