"""The Rings page and the case's Network tab: look, preview, decide, spare, undo."""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.pipeline import open_workbench
from analytics.review.store import Store, open_store
from analytics.settings import Settings
from analytics.warehouse import RingFilters
from tests.pages.test_review import said
from tests.support.rings import write_rings
from tests.support.tiny_home import TinyHome

Open = Callable[..., AppTest]


@pytest.fixture
def names(live_home: TinyHome) -> dict[str, str]:
    return write_rings(live_home)


@pytest.fixture
def home(live_home: TinyHome, names: dict[str, str]) -> Path:
    return live_home.home.path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{home / 'portreeve.db'}")
    yield made
    made.close()


def open_decision(open_page: Open, home: Path, ring: str) -> AppTest:
    return open_page(home, "rings", **{"ring": ring, "ring-tab": "Decision"})


def table(app: AppTest, column: str):
    return next(f.value for f in app.dataframe if column in f.value.columns)


def decide(app: AppTest, reason: str) -> AppTest:
    next(t for t in app.text_area if t.label == "Reason (required)").set_value(reason)
    app.button(key="ring-decide").click().run()
    assert not app.exception
    return app


def test_rings_are_ranked_and_the_first_is_shown(open_page, home, names):
    app = open_page(home, "rings")
    assert not app.exception
    listed = table(app, "held_by")
    assert listed["ring"].tolist() == [names["m1"], names["c1"], names["p2"]]
    assert listed["who"].tolist()[0] == "3 merchants, 1 product, 1 buyer"
    assert app.subheader[0].value == names["m1"].replace("-", "\\-")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert (metrics["Confirmed"], metrics["Expected harm"]) == ("1 of 4", "USD 120")
    assert table(app, "hidden_tie")["entity_id"].tolist() == ["m1", "m2", "p5", "m4", "b1"]


def test_filters_stand_in_the_address(open_page, home, names):
    app = open_page(home, "rings", held="Only open ties")
    assert table(app, "held_by")["ring"].tolist() == [names["p2"]]
    app.text_input(key="ring-text").set_value("nobody").run()
    assert "No ring is like this" in said(app)


def test_the_address_names_a_ring(open_page, home, names):
    app = open_page(home, "rings", ring=names["c1"])
    assert app.subheader[0].value == names["c1"].replace("-", "\\-")
    lost = open_page(home, "rings", ring="ring-gone")
    assert "There is no ring" in said(lost)
    assert len(table(lost, "held_by")) == 3


def test_preview_says_whom_it_hits_and_leaves_look_alikes_out(open_page, home, names, store):
    app = open_decision(open_page, home, names["m1"])
    preview = table(app, "points_after").set_index("entity_id")
    assert preview["hit"].to_dict() == {"m1": True, "m2": False, "p5": False, "m4": True}
    assert preview.loc["m2", "reasons"].startswith("Cleared before; Tied only by what is shown")
    # Which member waits in the queue is not said: beside its harm it would tell the control sample.
    assert "case" not in preview.columns
    assert "Hits 2 of 4 members" in said(app)
    app.multiselect(key=f"ring-spare-{names['m1']}").set_value([]).run()
    assert "2 members that may be innocent would be hit: m2" in said(app)
    app.selectbox(key=f"ring-policy-{names['m1']}-merchant").set_value("M8").run()
    merchants = table(app, "points_after").set_index("entity_id").loc[["m1", "m2", "m4"]]
    assert merchants["points_after"].tolist() == [24, 24, 24]
    assert merchants["triggers"].tolist() == ["warn, limit traffic"] * 3
    assert store.decisions.history().empty


def test_decide_and_undo(open_page, home, names, store):
    ring = names["m1"]
    app = decide(open_decision(open_page, home, ring), "One device behind both")
    (batch,) = store.batches.of_subject(ring)
    assert [d.entity_id for d in batch.decisions] == ["m1", "m4"]
    assert [(d.policy, d.severity, d.action) for d in batch.decisions] == [
        ("M2", "standard", "warn")
    ] * 2
    assert {d.reason for d in batch.decisions} == {"One device behind both"}
    assert [d.expected_harm for d in batch.decisions] == [90.0, 10.0]
    assert [one.entity_id for one in batch.left_out] == ["m2", "p5"]
    assert store.cases.find("merchant", "m1").status == "closed"
    assert "**2 decisions**, 2 in force" in said(app)
    assert {m.label: m.value for m in app.metric}["Confirmed"] == "2 of 4"

    why = next(t for t in app.text_area if t.label == "Why is it undone?")
    why.set_value("Wrong ring")
    next(b for b in app.button if b.label == "Undo the decision").click().run()
    assert not app.exception
    assert store.batches.get(batch.id).in_force == frozenset()
    assert "nothing of it is in force" in said(app)
    assert store.decisions.last("merchant", "m4") is None


def test_without_a_reason_nothing_is_stored(open_page, home, names, store):
    app = decide(open_decision(open_page, home, names["m1"]), " ")
    assert "reason is needed" in said(app)
    assert store.decisions.history().empty


def test_a_member_is_spared_only_with_a_reason(open_page, home, names, store):
    ring = names["m1"]
    app = open_decision(open_page, home, ring)
    app.text_input(key=f"ring-why-{ring}-merchant-m2").set_value("").run()
    decide(app, "One device behind both")
    assert "reason to leave out 'm2' is needed" in said(app).replace("\\", "")
    assert store.decisions.history().empty


def test_whom_another_works_on_stops_all(open_page, home, names, store):
    store.cases.claim_entity("merchant", "m1", "bob")
    app = open_decision(open_page, home, names["m1"])
    assert "bob is working" in table(app, "points_after")["blocked"].iloc[0]
    decide(app, "One device behind both")
    assert "Nothing was decided: bob is working on case" in said(app).replace("\\", "")
    assert store.decisions.history().empty


def test_a_cap_on_members(open_page, home, names, store, monkeypatch):
    app = open_decision(open_page, home, names["m1"])
    monkeypatch.setenv("PORTREEVE_RING_DECISION_MOST", "1")
    app.run()
    assert "at most 1 member, not 2" in said(app)
    assert app.button(key="ring-decide").disabled


def test_an_earlier_snapshot_is_only_looked_at(open_page, home, live_home, names):
    app = open_page(home, "rings", snapshot=live_home.march)
    assert "This snapshot stores no rings" in said(app)


def test_network_of_a_case(open_page, home, names):
    app = open_page(home, "case", type="merchant", id="m1", tab="Network")
    assert not app.exception
    ties = table(app, "sharers")
    assert ties[["what", "other_id", "decided"]].fillna("").values.tolist() == [
        ["Same device", "m4", ""],
        ["Same phone", "m2", "Cleared"],
        ["Same device", "b1", ""],
    ]
    assert "3 neighbours" in said(app)
    app.slider(key="network-day-m1").set_value(date(2025, 6, 1)).run()
    assert table(app, "sharers")["other_id"].tolist() == ["m4"]
    assert "1 of 3 neighbours" in said(app)


def test_network_says_when_there_is_none(open_page, home, names):
    app = open_page(home, "case", type="creator", id="c2", tab="Network")
    assert "Nothing rare ties it to anybody" in said(app)


def test_export_holds_every_member_as_plain_text(home, names, live_home, tmp_path):
    bench = open_workbench(Settings(home=home, threads=2))
    path = tmp_path / "rings.csv"
    rows = bench.rings.export(bench.live(), path, RingFilters(min_size=3))
    bench.close()
    read = list(csv.DictReader(path.open()))
    assert rows == len(read) == 5
    assert [(row["ring"], row["entity_id"]) for row in read] == [
        (names["m1"], name) for name in ("m1", "m2", "p5", "m4", "b1")
    ]
    assert read[0]["ring_held_by"] == "device, licence, phone"
    assert (read[0]["ring_expected_harm"], read[0]["expected_harm"]) == ("120", "90")
