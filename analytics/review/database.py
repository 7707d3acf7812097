"""The engine under the store: how it is opened, and how it reads and writes."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.policies import Taxonomy, load_taxonomy
from analytics.review.schema import case_events_table
from analytics.settings import Settings

Clock = Callable[[], datetime]
BUSY_MS: Final = 10_000
PATIENCE_S: Final = 60.0
_WRITES = {"portreeve_writes": True}


def utc_now() -> datetime:
    """Now, as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_database(url: str, now: Clock, settings: Settings) -> "Database":
    """Return the database at a SQLAlchemy URL; nothing is connected to yet."""
    engine = _open_engine(url)
    if engine.dialect.name == "sqlite":
        return Database(engine, now, settings, threading.Lock())
    return Database(engine, now, settings)


@dataclass(frozen=True)
class Database:
    """What the parts of the store share. Safe to use from several threads.

    Attributes:
        engine: SQLite or PostgreSQL.
        now: Clock, naive UTC.
        settings: Lease times, closing times and where the taxonomy is.
        turn: Held by the thread of this process that writes.
    """

    engine: sa.Engine
    now: Clock
    settings: Settings
    turn: AbstractContextManager = field(default_factory=nullcontext)

    @property
    def taxonomy(self) -> Taxonomy:
        """The violation taxonomy that decisions are checked against."""
        return load_taxonomy(self.settings.policies_file)

    def lease_end(self, now: datetime, *, last_interaction: datetime) -> datetime:
        """Return when a lease ends whose holder's page lives at `now`."""
        alive = now + timedelta(seconds=self.settings.lease_seconds)
        return min(alive, last_interaction + timedelta(minutes=self.settings.lease_idle_minutes))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads."""
        with _explained(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes: all of it is durable at the end, or nothing happened.

        Raises:
            InputError: The database cannot be written to.
        """
        with _explained(), self.turn, self.engine.execution_options(**_WRITES).begin() as writes:
            yield writes


def record(
    connection: sa.Connection,
    case_id: int,
    at: datetime,
    actor: str,
    kind: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the history of a case."""
    event = {"case_id": case_id, "at": at, "actor": actor, "kind": kind, "data": dict(data or {})}
    connection.execute(sa.insert(case_events_table).values(event))


def insert_new(connection: sa.Connection, table: sa.Table) -> Any:
    """Return an insert that leaves out rows which a unique key already holds."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def is_added(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Add a row, unless a unique key holds it already; tell whether it was added."""
    insert = insert_new(connection, table).values(dict(row)).returning(table.c.id)
    return connection.execute(insert).scalar_one_or_none() is not None


def _open_engine(url: str) -> sa.Engine:
    """Return an engine for a SQLAlchemy URL; its folder is made, nothing is connected to yet."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url)
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "connect")
    def _set_up(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.isolation_level = None  # transactions begin where we say, not at the driver's
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that reads first and then writes would fail when another wrote between:
        # one that will write takes the lock at its beginning.
        if connection.get_execution_options().get("portreeve_writes"):
            _begin_writing(connection)
        else:
            connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: sa.Connection) -> None:
    """Wait for the lock of a SQLite file, as likely to get it as everybody else who waits.

    SQLite's own way of waiting asks the less often the longer it lasts, so that whoever waits
    long starves where many write.
    """
    deadline = time.monotonic() + PATIENCE_S
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except sa.exc.OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0.001, 0.01))
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}")


@contextmanager
def _explained() -> Iterator[None]:
    """Say in words what the file or the server refused; other errors are ours and go on."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        if type(error) not in (sa.exc.OperationalError, sa.exc.DatabaseError):
            raise
        raise InputError(
            f"The decisions database cannot be used: {_cause(error)}.", hint=_hint(error)
        ) from error


def _cause(error: sa.exc.DatabaseError) -> str:
    return " ".join(str(error.orig).split()).rstrip(".")


def _hint(error: sa.exc.DatabaseError) -> str:
    text = str(error.orig)
    if "readonly" in text or "unable to open" in text:
        return "Make the home folder and portreeve.db writable for the user that runs Portreeve."
    if "locked" in text:
        return "Another program holds it for long. Nothing was saved: try again."
    if "full" in text:
        return "Make room on the disk. Nothing was saved: try again."
    if "malformed" in text or "not a database" in text:
        return "The file is damaged: put a copy in its place. Nothing was saved."
    return "Check that the database server runs and can be reached. Nothing was saved."
