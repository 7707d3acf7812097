"""The decisions database: SQLite by default, PostgreSQL by URL.

In it stand the cases, what reviewers decided, and which snapshot and models are live. The live row
is written last, in one transaction, and is the truth; everything else that names a live model only
mirrors it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.batches import Batches
from analytics.review.cases import Cases
from analytics.review.challengers import Challengers
from analytics.review.database import Clock, Database, open_database, utc_now
from analytics.review.decisions import Decisions
from analytics.review.entries import QueueEntries
from analytics.review.incidents import Incidents
from analytics.review.migrate import migrate
from analytics.review.promotions import Promotions, Ruling, add_ruling
from analytics.review.rules import Rules
from analytics.review.schema import challengers_table, live_table
from analytics.review.second_looks import SecondLooks
from analytics.settings import Settings


@dataclass(frozen=True)
class Live:
    """What is live: a snapshot, and for each entity type the model whose scores are shown."""

    snapshot_id: str
    models: Mapping[str, str]
    person: str
    reason: str
    at: datetime


class Store:
    """Reads and writes the decisions database; safe to share between threads.

    Attributes:
        cases: Opening, claiming and moving cases.
        decisions: Deciding, correcting, and what was decided.
        batches: Deciding on whole rings, and taking it back.
        queue: How cases came into the queue.
        challengers: Models that were trained to take a champion's place.
        promotions: What the gate said of the models that went live.
        incidents: What people said about incidents.
        second_looks: Decisions that are judged again, and which judgement stands.
        rules: Rules beside the model, and what became of them.
        database: What all of these share.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.cases = Cases(database)
        self.decisions = Decisions(database)
        self.batches = Batches(database)
        self.queue = QueueEntries(database)
        self.challengers = Challengers(database)
        self.promotions = Promotions(database)
        self.incidents = Incidents(database)
        self.second_looks = SecondLooks(database)
        self.rules = Rules(database)

    def live(self) -> Live | None:
        """Return what is live, or None before the first build."""
        query = sa.select(live_table).order_by(live_table.c.id.desc()).limit(1)
        with self.database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _live(row)

    def history(self) -> list[Live]:
        """Return everything that was ever live, newest first."""
        query = sa.select(live_table).order_by(live_table.c.id.desc())
        with self.database.reading() as connection:
            return [_live(row) for row in connection.execute(query)]

    def set_live(
        self,
        snapshot_id: str,
        models: Mapping[str, str],
        *,
        person: str,
        reason: str,
        challenger_id: int | None = None,
        ruling: Ruling | None = None,
        expected: Live | None = None,
    ) -> Live:
        """Make a snapshot and its models live, in one transaction.

        Args:
            snapshot_id: The snapshot.
            models: Model version by entity type.
            person: Who does it.
            reason: Why.
            challenger_id: The challenger that is promoted by it, if one is.
            ruling: What the gate said of the model that a person puts in its place, if one does.
            expected: What must be live still, for a change that was made up from it.

        Raises:
            InputError: `person` or `reason` is empty, or something else went live meanwhile.
        """
        if not person.strip() or not reason.strip():
            raise InputError("Going live needs a person and a reason.")
        with self.database.writing() as connection:
            if expected is not None:
                _check_unchanged(connection, expected)
            live = Live(snapshot_id, dict(models), person, reason, self.database.now())
            if challenger_id is not None:
                update = sa.update(challengers_table).where(challengers_table.c.id == challenger_id)
                connection.execute(update.values(status="promoted"))
            insert = sa.insert(live_table).values(_values(live)).returning(live_table.c.id)
            live_id = connection.execute(insert).scalar_one()
            if ruling is not None:
                add_ruling(connection, live_id, ruling)
        return live

    def close(self) -> None:
        """Give back all connections."""
        self.database.engine.dispose()


def open_store(url: str, now: Clock = utc_now, settings: Settings | None = None) -> Store:
    """Open the decisions database at a SQLAlchemy URL, bringing its schema up to date.

    Args:
        url: Such as `sqlite:///var/portreeve.db` or `postgresql+psycopg://user@host/name`.
        now: Clock, naive UTC.
        settings: Lease and closing times and the taxonomy; by default the defaults.

    Raises:
        InputError: The URL cannot be used, or the database is newer than this program.
    """
    try:
        database = open_database(url, now, settings or Settings.model_construct())
        migrate(database.engine)
    except (
        sa.exc.ArgumentError,
        sa.exc.DatabaseError,
        ModuleNotFoundError,
        OSError,
    ) as error:
        raise InputError(
            f"The decisions database cannot be opened: {error}",
            hint="Check PORTREEVE_DATABASE_URL, or leave it out to use SQLite in the home folder, "
            "which must be writable.",
        ) from error
    return Store(database)


def _check_unchanged(connection: sa.Connection, expected: Live) -> None:
    """Refuse a change that was made up from what is not live any more."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE live IN SHARE ROW EXCLUSIVE MODE"))
    query = sa.select(live_table).order_by(live_table.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None or _live(row) != expected:
        raise InputError(
            "Something else went live meanwhile; nothing was changed.",
            hint="Look at what is live now, and try again.",
        )


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


__all__ = ["Live", "Store", "open_store"]
