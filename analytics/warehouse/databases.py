"""One DuckDB connection and the in-memory databases kept in it.

Static SQL runs against table names that never change, because whatever is read together gets a
database of its own. So values are always bound, and names never come from data.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

MAX_KEPT: Final = 24

Fill = Callable[[duckdb.DuckDBPyConnection, str], None]
"""Fills a new, empty database: gets a cursor that uses it, and its name."""


@dataclass
class _Database:
    name: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_ready: bool = False
    users: int = 0


class Databases:
    """In-memory databases by key, made at first use; the least recently used ones are dropped.

    Safe to share between threads: each use has a cursor of its own, since a connection that
    threads share returns wrong rows.
    """

    def __init__(self, config: dict[str, Any], most: int = MAX_KEPT) -> None:
        self._config = config
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[object, _Database] = OrderedDict()
        self._made = 0

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        self._spill = TemporaryDirectory(prefix="portreeve-")  # not the working folder
        connection = duckdb.connect(config={**self._config, "temp_directory": self._spill.name})
        connection.execute("SET parquet_metadata_cache = true")  # published files never change
        connection.execute("SET autoinstall_known_extensions = false")
        return connection

    def close(self) -> None:
        """Close the connection; nothing can be read afterwards."""
        with self._lock:
            self._connection.close()
            self._spill.cleanup()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor for one call."""
        with self._lock:
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    @contextmanager
    def using(self, key: object, fill: Fill) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a cursor in the database of that key, which `fill` fills if it is new."""
        database = self._enter(key)
        try:
            with self.cursor() as cursor:
                with database.lock:
                    if not database.is_ready:
                        _make(cursor, database, fill)
                cursor.execute(f"USE {database.name}")
                yield cursor
        finally:
            self._leave(key, database)

    def _enter(self, key: object) -> _Database:
        with self._lock:
            if key not in self._kept:
                self._made += 1
                self._kept[key] = _Database(f"kept_{self._made}")
            self._kept.move_to_end(key)
            database = self._kept[key]
            database.users += 1
            return database

    def _leave(self, key: object, database: _Database) -> None:
        with self._lock:
            database.users -= 1
            idle = [k for k, d in self._kept.items() if d.users == 0 and k != key]
            for old in idle[: max(0, len(self._kept) - self._most)]:
                dropped = self._kept.pop(old)
                if dropped.is_ready:
                    self._connection.execute(f"DETACH {dropped.name}")


def _make(cursor: duckdb.DuckDBPyConnection, database: _Database, fill: Fill) -> None:
    cursor.execute(f"ATTACH ':memory:' AS {database.name}")
    try:
        cursor.execute(f"USE {database.name}")
        fill(cursor, database.name)
    except BaseException:
        cursor.execute("USE memory")
        cursor.execute(f"DETACH {database.name}")
        raise
    database.is_ready = True
