"""The decisions database: SQLite by default, PostgreSQL by URL.

In it stands which snapshot and which models are live. That row is written last, in one
transaction, and is the truth; everything else that names a live model only mirrors it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.schema import live_table, metadata

SCHEMA_REVISION = "0001"


@dataclass(frozen=True)
class Live:
    """What is live: a snapshot, and for each entity type the model whose scores are shown."""

    snapshot_id: str
    models: Mapping[str, str]
    person: str
    reason: str
    at: datetime


class Store:
    """Reads and writes the decisions database; safe to share between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def live(self) -> Live | None:
        """Return what is live, or None before the first build."""
        query = sa.select(live_table).order_by(live_table.c.id.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _live(row)

    def history(self) -> list[Live]:
        """Return everything that was ever live, newest first."""
        query = sa.select(live_table).order_by(live_table.c.id.desc())
        with self._engine.connect() as connection:
            return [_live(row) for row in connection.execute(query)]

    def set_live(
        self, snapshot_id: str, models: Mapping[str, str], *, person: str, reason: str
    ) -> Live:
        """Make a snapshot and its models live, in one transaction.

        Raises:
            InputError: `person` or `reason` is empty.
        """
        if not person.strip() or not reason.strip():
            raise InputError("Going live needs a person and a reason.")
        live = Live(snapshot_id, dict(models), person, reason, _now())
        with self._engine.begin() as connection:
            connection.execute(sa.insert(live_table).values(_values(live)))
        return live

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()


def open_store(url: str) -> Store:
    """Open the decisions database at a SQLAlchemy URL, bringing its schema up to date.

    Raises:
        InputError: The URL cannot be used, or the database is newer than this program.
    """
    try:
        engine = sa.create_engine(url)
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        _migrate(engine)
    except (sa.exc.ArgumentError, sa.exc.OperationalError, ModuleNotFoundError) as error:
        raise InputError(
            f"The decisions database cannot be opened: {error}",
            hint="Check PORTREEVE_DATABASE_URL, or leave it out to use SQLite in the home folder.",
        ) from error
    return Store(engine)


def _prepare_sqlite(engine: sa.Engine) -> None:
    if engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)

    @sa.event.listens_for(engine, "connect")
    def _set_pragmas(connection, _record) -> None:  # type: ignore[no-untyped-def]
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()


def _migrate(engine: sa.Engine) -> None:
    if _revision(engine) == SCHEMA_REVISION:
        return
    # Alembic is imported only when there is something to migrate: opening a page must not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "analytics.review:migrations")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (sa.exc.OperationalError, sa.exc.ProgrammingError, sa.exc.IntegrityError):
        if not _was_migrated_meanwhile(engine):
            raise
    except CommandError as error:
        raise InputError(
            f"The decisions database was written by another version of Portreeve: {error}",
            hint="Upgrade Portreeve, or point PORTREEVE_HOME at another folder.",
        ) from error


def _was_migrated_meanwhile(engine: sa.Engine, patience_s: float = 10) -> bool:
    """Whether another process, starting at the same time, made the schema first."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if _revision(engine) == SCHEMA_REVISION:
            return True
        time.sleep(0.1)
    return False


def _revision(engine: sa.Engine) -> str | None:
    version = sa.table("alembic_version", sa.column("version_num"))
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.select(version.c.version_num)).scalar_one_or_none()


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _values(live: Live) -> dict[str, object]:
    return {
        "snapshot_id": live.snapshot_id,
        "models": dict(live.models),
        "person": live.person,
        "reason": live.reason,
        "at": live.at,
    }


def _live(row: sa.Row) -> Live:
    return Live(row.snapshot_id, row.models, row.person, row.reason, row.at)


__all__ = ["Live", "Store", "metadata", "open_store"]
