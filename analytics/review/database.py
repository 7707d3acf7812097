"""The engine under the store: how it is opened, and how it reads and writes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.policies import Taxonomy, load_taxonomy
from analytics.review.schema import case_events_table
from analytics.settings import Settings

Clock = Callable[[], datetime]
_WRITES = {"portreeve_writes": True}


def utc_now() -> datetime:
    """Now, as naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Database:
    """What the parts of the store share. Safe to use from several threads.

    Attributes:
        engine: SQLite or PostgreSQL.
        now: Clock, naive UTC.
        settings: Lease times, closing times and where the taxonomy is.
    """

    engine: sa.Engine
    now: Clock
    settings: Settings

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
        with _explained(), self.engine.execution_options(**_WRITES).begin() as connection:
            yield connection


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


def open_engine(url: str) -> sa.Engine:
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
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that reads first and then writes would fail when another wrote between:
        # one that will write takes the lock at its beginning.
        writes = connection.get_execution_options().get("portreeve_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
