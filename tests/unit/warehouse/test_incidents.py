"""Reads of incidents, filtered and ordered."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from analytics.errors import NotFoundError
from analytics.warehouse import IncidentFilters, Warehouse
from analytics.warehouse.incidents import Incidents
from tests.support.incidents import write_incidents
from tests.support.tiny_home import TinyHome

ALL = IncidentFilters(found_days=0)


@pytest.fixture(scope="module")
def own(tiny: TinyHome, tmp_path_factory: pytest.TempPathFactory) -> TinyHome:
    copied = Path(shutil.copytree(tiny.home.path, tmp_path_factory.mktemp("incidents") / "home"))
    made = replace(tiny, home=type(tiny.home)(copied))
    write_incidents(made)
    return made


@pytest.fixture(scope="module")
def incidents(own: TinyHome) -> Iterator[Incidents]:
    warehouse = Warehouse(own.home)
    yield warehouse.incidents
    warehouse.close()


def ids(incidents: Incidents, own: TinyHome, filters: IncidentFilters) -> list[str]:
    return incidents.ranked(own.april, own.models, filters)["incident_id"].tolist()


def test_stakes_count_the_less_the_less_sure_they_are(incidents, own):
    found = incidents.ranked(own.april, own.models, ALL)
    assert found["incident_id"].tolist() == ["i3", "i2", "i1", "i4"]
    assert found["expected_stake"].tolist() == pytest.approx([495, 100, 89.91, 9.8])


def test_other_orders(incidents, own):
    assert ids(incidents, own, replace(ALL, order="surest")) == ["i1", "i3", "i4", "i2"]
    assert ids(incidents, own, replace(ALL, order="newest")) == ["i4", "i1", "i2", "i3"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"found_days": 30}, ["i2", "i1", "i4"]),
        ({"found_days": 7}, ["i4"]),
        ({"entity": ("merchant",)}, ["i1", "i4"]),
        ({"series": ("orders", "bad_ratings")}, ["i3", "i2", "i4"]),
        ({"direction": "down"}, ["i4"]),
        ({"is_open": True}, ["i1", "i4"]),
        ({"min_stake": 90.0}, ["i3", "i2", "i1"]),
        ({"text": " M1 "}, ["i1"]),
        ({"text": "toys"}, ["i2", "i1", "i4"]),
        ({"text": "'; DROP TABLE scores"}, []),
    ],
)
def test_filters(incidents, own, chosen, expected):
    assert ids(incidents, own, replace(ALL, **chosen)) == expected


def test_names_and_categories_come_from_the_scores(incidents, own):
    found = incidents.ranked(own.april, own.models, ALL).set_index("incident_id")
    assert found.loc["i3", ["name", "category"]].tolist() == ["Scarf", "fashion"]
    assert found.loc["i2", ["name", "category"]].tolist() == ["toys", "toys"]


def test_one_with_its_days_and_what_was_before(incidents, own):
    assert incidents.one(own.april, own.models, "i1")["gmv_at_stake"] == 90
    days = incidents.series(own.april, own.models, "i1")
    assert days["value"].tolist() == [0, 0, 1, 2, 2, 1]
    before = incidents.before(own.april, own.models, "i1")
    assert before[["what", "count", "other_id"]].to_numpy().tolist() == [["price_changed", 3, "p1"]]
    assert incidents.before(own.april, own.models, "i2").empty


def test_shops_of_a_category_that_changed_in_the_same_days(incidents, own):
    toys = incidents.one(own.april, own.models, "i2") | {"seen_on": datetime(2026, 3, 18)}
    found = incidents.shops(own.april, own.models, toys)
    assert found["incident_id"].tolist() == ["i4", "i1"]  # orders first, then what is dearer
    earlier = toys | {"seen_on": datetime(2026, 3, 1)}
    assert incidents.shops(own.april, own.models, earlier).empty


def test_what_is_not_there_is_said(incidents, own):
    with pytest.raises(NotFoundError, match="no incident 'i9'"):
        incidents.one(own.april, own.models, "i9")
    assert not incidents.are_stored(own.march, own.models)
    with pytest.raises(NotFoundError, match="stores no incidents"):
        incidents.ranked(own.march, own.models)
