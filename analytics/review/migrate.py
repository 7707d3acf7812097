"""Bringing the schema of the decisions database up to date."""

import time

import sqlalchemy as sa

from analytics.errors import InputError

SCHEMA_REVISION = "0007"


def migrate(engine: sa.Engine) -> None:
    """Bring the schema up to date; several processes may do so at once.

    Raises:
        InputError: The database was written by another version of the program.
    """
    if revision(engine) == SCHEMA_REVISION:
        return
    # Alembic is imported only when there is something to migrate: opening a page must not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "analytics.review:migrations")
    try:
        with engine.execution_options(portreeve_writes=True).begin() as connection:
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


def revision(engine: sa.Engine) -> str | None:
    """Return the revision of the schema that is there; None for an empty database."""
    version = sa.table("alembic_version", sa.column("version_num"))
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.select(version.c.version_num)).scalar_one_or_none()


def _was_migrated_meanwhile(engine: sa.Engine, patience_s: float = 10) -> bool:
    """Whether another process, starting at the same time, made the schema first."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if revision(engine) == SCHEMA_REVISION:
            return True
        time.sleep(0.1)
    return False
