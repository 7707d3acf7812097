"""What people say about incidents, on SQLite and on a real PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from analytics.errors import InputError
from analytics.review.incidents import IncidentKey
from analytics.review.schema import incident_events_table
from analytics.review.store import Store
from tests.contract.conftest import Clock

KEY = IncidentKey("merchant", "m1", "late_dispatch", "up", datetime(2026, 3, 12))
SNAPSHOT = "20260401T000000-abc"


def test_the_last_word_counts_and_all_are_kept(store: Store, clock: Clock) -> None:
    first = store.incidents.acknowledge(KEY, " ana ", SNAPSHOT)
    later = clock.forward(hours=1)
    store.incidents.dismiss(KEY, "bo", SNAPSHOT, " A storm ")

    assert (first.actor, first.kind, first.reason, first.at) == (
        "ana", "acknowledged", None, later - timedelta(hours=1),
    )  # fmt: skip
    standing = store.incidents.standing()
    assert standing[["kind", "actor", "reason"]].to_numpy().tolist() == [
        ["dismissed", "bo", "A storm"]
    ]
    assert [e.kind for e in store.incidents.events(KEY)] == ["acknowledged", "dismissed"]


def test_taking_it_up_again_is_a_word_of_its_own(store: Store) -> None:
    store.incidents.dismiss(KEY, "ana", SNAPSHOT, "A storm")
    store.incidents.reopen(KEY, "bo", SNAPSHOT, "There was no storm")
    assert [e.kind for e in store.incidents.events(KEY)] == ["dismissed", "reopened"]


def test_an_incident_is_itself_though_its_first_day_moves(store: Store) -> None:
    store.incidents.acknowledge(KEY, "ana", SNAPSHOT)
    moved = replace(KEY, seen_on=KEY.seen_on + timedelta(days=3))
    other = replace(KEY, seen_on=KEY.seen_on + timedelta(days=4))
    assert len(store.incidents.events(moved)) == 1
    assert store.incidents.events(other) == []
    assert store.incidents.events(replace(KEY, direction="down")) == []
    assert store.incidents.events(replace(KEY, entity_type="product")) == []


def test_a_case_deals_with_it(store: Store) -> None:
    case = store.cases.open_by_hand("merchant", "m1", "ana", "Incident")
    event = store.incidents.link(KEY, "ana", SNAPSHOT, case.id)
    assert (event.kind, event.case_id) == ("linked", case.id)


def test_a_case_of_somebody_else_cannot_deal_with_it(store: Store) -> None:
    case = store.cases.open_by_hand("merchant", "m2", "ana", "Something else")
    for number in (case.id, 999):
        with pytest.raises(InputError, match="is not about the merchant 'm1'"):
            store.incidents.link(KEY, "ana", SNAPSHOT, number)
    assert store.incidents.standing().empty


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2_001, "a\0b"])
def test_dismissing_needs_a_reason_that_can_be_stored(store: Store, reason: str) -> None:
    with pytest.raises(InputError, match=r"reason (is needed|may have|holds)"):
        store.incidents.dismiss(KEY, "ana", SNAPSHOT, reason)
    with pytest.raises(InputError, match=r"name is needed"):
        store.incidents.acknowledge(KEY, " ", SNAPSHOT)
    with pytest.raises(InputError, match="An entity's id"):
        store.incidents.acknowledge(replace(KEY, entity_id="\0"), "ana", SNAPSHOT)
    assert store.incidents.standing().empty


def test_categories_have_incidents_too(store: Store) -> None:
    key = IncidentKey("category", "toys", "orders", "up", datetime(2026, 3, 1))
    store.incidents.acknowledge(key, "ana", SNAPSHOT, "Holidays")
    assert store.incidents.standing()["entity_id"].tolist() == ["toys"]


def test_two_people_may_speak_at_once(store: Store) -> None:
    store.incidents.acknowledge(KEY, "ana", SNAPSHOT)
    store.incidents.acknowledge(KEY, "bo", SNAPSHOT)
    with store.database.reading() as connection:
        count = sa.select(sa.func.count()).select_from(incident_events_table)
        assert connection.scalar(count) == 2
    assert store.incidents.standing()["actor"].tolist() == ["bo"]
