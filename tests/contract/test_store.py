"""What every decisions database must do, on SQLite and on a real PostgreSQL."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from analytics.errors import InputError
from analytics.review.schema import metadata
from analytics.review.store import Live, Store, open_store


def test_nothing_is_live_before_the_first_build(store: Store) -> None:
    assert store.live() is None
    assert store.history() == []


def test_the_last_row_is_live_and_the_earlier_ones_are_history(store: Store) -> None:
    first = store.set_live("s1", {"merchant": "m1"}, person="ana", reason="first build")
    second = store.set_live("s2", {"merchant": "m2", "product": "p1"}, person="bo", reason="new")

    assert store.live() == second
    assert store.history() == [second, first]


@pytest.mark.parametrize(("person", "reason"), [("", "why"), ("ana", "  ")])
def test_going_live_needs_a_person_and_a_reason(store: Store, person: str, reason: str) -> None:
    with pytest.raises(InputError, match="needs a person and a reason"):
        store.set_live("s1", {}, person=person, reason=reason)
    assert store.live() is None


def test_what_is_live_outlives_the_process(url: str) -> None:
    script = (
        "import sys; from analytics.review.store import open_store; "
        "open_store(sys.argv[1]).set_live('s1', {}, person='ana', reason='kept')"
    )
    subprocess.run([sys.executable, "-c", script, url], check=True)

    store = open_store(url)
    live = store.live()
    store.close()
    assert live is not None
    assert live.reason == "kept"


def test_several_processes_may_open_a_new_database_at_once(url: str) -> None:
    script = (
        "import sys; from analytics.review.store import open_store; "
        "open_store(sys.argv[1]).set_live('s', {}, person='p', reason='r')"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(4)]

    assert [process.wait() for process in running] == [0, 0, 0, 0]
    store = open_store(url)
    assert len(store.history()) == 4
    store.close()


def test_a_database_from_before_cases_keeps_what_was_live(url: str) -> None:
    config = Config()
    config.set_main_option("script_location", "analytics.review:migrations")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO live (at, person, reason, snapshot_id, models) VALUES "
                "('2026-01-02 03:04:05', 'ana', 'first build', 's1', '{\"merchant\": \"m1\"}')"
            )
        )
    engine.dispose()

    store = open_store(url)
    live = store.live()
    store.cases.open_by_hand("merchant", "m1", "ana", "asked for")
    store.close()

    assert live == Live(
        "s1", {"merchant": "m1"}, "ana", "first build", datetime(2026, 1, 2, 3, 4, 5)
    )


def test_migrating_makes_the_schema_that_the_program_expects(store: Store) -> None:
    with store.database.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_times_are_utc_without_a_zone(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    store = open_store(url)
    before = datetime.now(UTC).replace(tzinfo=None)
    live = store.set_live("s1", {}, person="ana", reason="build")
    store.close()
    monkeypatch.undo()
    time.tzset()
    assert before <= live.at <= datetime.now(UTC).replace(tzinfo=None)


def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    open_store(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(InputError, match="another version of Portreeve"):
        open_store(url)


def test_a_url_that_cannot_be_used_says_what_to_check() -> None:
    with pytest.raises(InputError, match="PORTREEVE_DATABASE_URL"):
        open_store("nonsense://nowhere")


def test_a_change_made_up_from_what_is_live_no_more_is_refused(store: Store) -> None:
    first = store.set_live("s1", {"merchant": "m1"}, person="ana", reason="first build")
    second = store.set_live("s1", {"merchant": "m2"}, person="ana", reason="a", expected=first)

    with pytest.raises(InputError, match="Something else went live meanwhile"):
        store.set_live("s1", {"merchant": "m3"}, person="bo", reason="b", expected=first)

    assert store.history() == [second, first]


def test_a_database_that_is_read_only_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "portreeve.db"
    open_store(f"sqlite:///{file}").close()
    store = open_store(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(InputError, match=r"readonly database.*Make the home folder"):
        store.cases.open_by_hand("merchant", "m1", "ana", "asked for")
    assert store.live() is None
    store.close()


@pytest.mark.parametrize("folder", ["/proc/nowhere", "file"])
def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="home folder, which must be writable"):
        open_store(f"sqlite:///{tmp_path / folder / 'portreeve.db'}")


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "portreeve.db"
    file.write_text("This is a letter, not a database. " * 100)
    with pytest.raises(InputError, match="file is not a database"):
        open_store(f"sqlite:///{file}")


def test_opening_a_current_database_does_not_load_the_migrations(url: str) -> None:
    open_store(url).close()
    script = (
        "import sys; from analytics.review.store import open_store; "
        "open_store(sys.argv[1]).live(); print('alembic' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, url], check=True, capture_output=True, text=True
    )
    assert run.stdout == "False\n"
