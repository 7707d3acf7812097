"""The Incidents page: look, filter, acknowledge, dismiss, take up again, link to a case, export."""

import csv
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.pipeline import open_workbench
from analytics.review.incidents import IncidentKey
from analytics.review.store import Store, open_store
from analytics.settings import Settings
from analytics.warehouse import IncidentFilters
from tests.pages.test_review import said
from tests.support.incidents import write_incidents
from tests.support.tiny_home import TinyHome

Open = Callable[..., AppTest]
FIRST = IncidentKey("merchant", "m1", "late_dispatch", "up", datetime(2026, 3, 20))


@pytest.fixture
def home(live_home: TinyHome) -> Path:
    write_incidents(live_home)
    return live_home.home.path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{home / 'portreeve.db'}")
    yield made
    made.close()


def listed(app: AppTest) -> list[str]:
    return next(f.value for f in app.dataframe if "said" in f.value.columns)["name"].tolist()


def press(app: AppTest, name: str, incident: str = "i1", reason: str = "") -> AppTest:
    if reason:
        app.text_area(key=f"incident-reason-{incident}").set_value(reason)
    app.button(key=f"incident-{name}-{incident}").click().run()
    assert not app.exception
    return app


def test_incidents_are_ranked_and_the_first_is_shown(open_page: Open, home: Path) -> None:
    app = open_page(home, "incidents")
    assert not app.exception
    assert listed(app) == ["toys", "m1", "m<b>5</b>"]  # the fourth is older than 90 days
    assert app.subheader[0].value == ":material/category: toys: Orders up"
    assert "4 → 12 orders a day" in said(app)
    assert "None by itself beyond chance" in said(app)  # m1 changed ten days later
    assert not [b for b in app.button if b.label == "Link to a case"]  # a category has no case


def test_filters_stand_in_the_address(open_page: Open, home: Path) -> None:
    app = open_page(home, "incidents", **{"incident-open": "true"})
    assert listed(app) == ["m1", "m<b>5</b>"]
    app.text_input(key="incident-text").set_value("nobody").run()
    assert "No incident is like this" in said(app)


def test_the_address_names_an_incident(open_page: Open, home: Path) -> None:
    app = open_page(home, "incidents", incident="i1")
    assert app.subheader[0].value == ":material/storefront: m1: Late dispatch up"
    metrics = {metric.label: metric.value for metric in app.metric}
    assert (metrics["GMV at stake"], metrics["Since"]) == ("USD 90.00", "2026-03-19")
    before = next(f.value for f in app.dataframe if "told" in f.value.columns)
    assert before["told"].tolist() == ["Prices changed (3)"]
    assert "There is no incident" in said(open_page(home, "incidents", incident="gone"))


def test_markup_in_an_id_is_text(open_page: Open, home: Path) -> None:
    app = open_page(home, "incidents", incident="i4")
    assert r"m\<b\>5\</b\>" in app.subheader[0].value


def test_acknowledged_dismissed_and_taken_up_again(
    open_page: Open, home: Path, store: Store
) -> None:
    app = press(open_page(home, "incidents", incident="i1"), "acknowledge")
    assert "Standing: acknowledged" in said(app)
    app = press(app, "reopen", reason="Seen by mistake")
    assert "Standing: new" in said(app)
    app = press(app, "dismiss")
    assert "A reason is needed" in said(app)
    app = press(app, "dismiss", reason="A storm")
    assert "Standing: dismissed" in said(app)
    assert listed(app) == ["toys", "m<b>5</b>"]  # the dismissed leave the list
    kinds = [event.kind for event in store.incidents.events(FIRST)]
    assert kinds == ["acknowledged", "reopened", "dismissed"]


def test_a_case_is_opened_with_it_as_the_reason(open_page: Open, home: Path, store: Store) -> None:
    app = press(open_page(home, "incidents", incident="i4"), "case", "i4")
    case = store.cases.find("merchant", "m<b>5</b>")
    assert case is not None
    assert case.opened_reason == "Incident: Orders down since 2026-03-24: 3 → 0 orders a day"
    assert "Standing: has a case" in said(app)
    assert not [b for b in app.button if b.label == "Link to a case"]


def test_it_is_linked_to_a_case_that_is_open(open_page: Open, home: Path, store: Store) -> None:
    held = store.cases.find("merchant", "m1")
    press(open_page(home, "incidents", incident="i1"), "case")
    (event,) = store.incidents.events(FIRST)
    assert (event.kind, event.case_id) == ("linked", held.id)


def test_an_earlier_snapshot_without_incidents_says_so(
    open_page: Open, home: Path, live_home: TinyHome
) -> None:
    app = open_page(home, "incidents", snapshot=live_home.march)
    assert "stores no incidents" in said(app)
    assert "portreeve build" in said(app)


def test_incidents_are_exported_with_what_was_said(
    home: Path, live_home: TinyHome, tmp_path: Path
) -> None:
    workbench = open_workbench(Settings(home=home))
    live, desk = workbench.live(), workbench.incidents
    desk.dismiss(live, desk.one(live, "i2"), "ana", "=1+1")
    filters = IncidentFilters(found_days=0, standing=())
    assert desk.export(live, tmp_path / "incidents.csv", filters) == 4
    workbench.close()
    with (tmp_path / "incidents.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["incident_id"]: row for row in csv.DictReader(file)}
    assert rows["i2"]["standing"] == "dismissed"
    assert rows["i2"]["said_reason"] == "'=1+1"
    assert rows["i1"]["what"].startswith("Late dispatch up since 2026-03-19")
    assert (rows["i1"]["currency"], rows["i1"]["case_id"]) == ("USD", "")
