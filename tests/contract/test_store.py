"""What every decisions database must do, on SQLite and on a real PostgreSQL."""

import subprocess
import sys

import pytest

from analytics.errors import InputError
from analytics.review.store import Store, open_store


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


def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    import sqlalchemy as sa

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
