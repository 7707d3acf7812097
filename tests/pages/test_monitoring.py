"""The Monitoring page and the alerts of the Overview: before and after decisions."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.pipeline import open_workbench
from analytics.pipeline.demo import unpack_demo
from analytics.review.store import Store, open_store
from analytics.settings import Settings
from tests.support.drawn import decide_all, draw_rounds
from tests.support.review import CLEARED, SHOWN

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    """The home's decisions database, with three rounds of other merchants drawn."""
    made = open_store(f"sqlite:///{own_home / 'portreeve.db'}")
    live = made.live()
    assert live is not None
    draw_rounds(made, live, rounds=3)
    yield made
    made.close()


def said(app: AppTest) -> str:
    kinds = (app.caption, app.markdown, app.text, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def section(name: str) -> dict[str, str]:
    return {"section-watched": name}


def test_the_overview_names_the_alerts_and_is_quiet_without(open_page, own_home, monkeypatch):
    app = open_page(own_home, "overview")
    assert not app.exception
    for _ in range(100):  # they are looked for in the background
        if "alert" in said(app):
            break
        time.sleep(0.1)
        app.run()
    assert "**2 alerts**: old data or model" in said(app)
    monkeypatch.setenv("PORTREEVE_MONITOR_DATA_DAYS", "100000")
    app.switch_page(str(ROOT / "pages" / "monitoring.py")).run()  # waits for them
    assert "Nothing crosses a limit" in said(app)
    app.switch_page(str(ROOT / "pages" / "overview.py")).run()
    assert "alert" not in said(app)


def test_alerts_in_full_and_the_newest_rows(open_page, own_home):
    app = open_page(own_home, "monitoring")
    assert not app.exception
    assert "known until 2026" in said(app).replace("\\", "")
    (rows,) = [frame.value for frame in app.dataframe if "newest" in frame.value]
    assert {"orders", "reviews"} <= set(rows["name"])


def test_alerts_are_of_the_chosen_type_and_name_features_in_words(open_page, tmp_path):
    home = unpack_demo(Settings(home=tmp_path))
    bench = open_workbench(Settings(home=home, threads=2))
    alerts = bench.monitoring.drift_alerts(bench.live())
    bench.close()
    app = open_page(home, "monitoring")
    for entity in ("merchant", "product"):
        app.segmented_control(key="watch").set_value(entity).run()
        assert not app.exception
        about = [alert for alert in alerts if alert.entity == entity]
        listed = [list(f.value["column"]) for f in app.dataframe if "column" in f.value]
        assert listed == [list(a.subjects) for a in about if a.kind != "score_drift"] != []
        other = "product" if entity == "merchant" else "merchant"
        count = sum(alert.entity == other for alert in alerts)
        assert f"Not shown here: {count} alerts about {other}s" in said(app)
        assert not any(name in said(app).replace("\\", "") for a in about for name in a.subjects)


def test_drift_is_shown_against_the_earlier_snapshot_as_far_as_there_are_values(
    open_page, own_home, live_home, monkeypatch
):
    app = open_page(own_home, "monitoring", **section("Drift"))
    assert app.selectbox[0].value == live_home.march
    assert metrics(app)["Scores drifted"] == "0"  # five merchants are too few to compare
    monkeypatch.setenv("PORTREEVE_MONITOR_LEAST", "2")
    app.run()
    assert not app.exception
    (features,) = [frame.value for frame in app.dataframe if "psi" in frame.value]
    assert len(features) == 3  # the fourth of the tiny home is never known


def test_an_earlier_snapshot_has_nothing_to_be_compared_with(open_page, own_home, live_home):
    app = open_page(own_home, "monitoring", snapshot=live_home.march, **section("Drift"))
    assert not app.exception
    assert "no earlier snapshot" in said(app)


def test_verdicts_appear_with_decisions(open_page, own_home, store):
    app = open_page(own_home, "monitoring", **section("Verdicts"))
    assert "No case was decided yet" in said(app)
    assert "Too few random cases" in said(app)
    decide_all(store, every=10)
    app.run()
    assert not app.exception
    assert "Confirmed and expected" in [header.value for header in app.subheader]
    assert {"Prevalence", "Recall at capacity"} <= set(metrics(app))


def test_rates_by_country_and_by_age(open_page, own_home, monkeypatch):
    app = open_page(own_home, "monitoring", **section("Fairness"))
    assert "No group has 20 merchants" in said(app)
    monkeypatch.setenv("PORTREEVE_MONITOR_LEAST", "2")
    app.run()
    assert not app.exception
    (rates,) = [frame.value for frame in app.dataframe if "is_apart" in frame.value]
    assert dict(zip(rates["group"], rates["cases"], strict=True)) == {"US": 3, "DE": 2}
    app.segmented_control(key="fair-merchant").set_value("age").run()
    (rates,) = [frame.value for frame in app.dataframe if "is_apart" in frame.value]
    assert rates["cases"].sum() == 5
    assert "Not measured" in said(app)


def test_more_hours_miss_less(open_page, own_home, store):
    app = open_page(own_home, "monitoring", **section("Capacity"))
    assert "Too few random cases" in said(app)
    decide_all(store, every=10)
    app.segmented_control(key="plan-order").set_value("expected_harm").run()
    app.number_input(key="plan-hours").set_value(0.1).run()
    assert not app.exception
    assert "**1 case a day**" in said(app)
    few = metrics(app)["Recall"]
    app.number_input(key="plan-hours").set_value(1.0).run()
    assert "**15 cases a day**" in said(app)
    assert "only 5 merchants" in said(app)
    assert few != metrics(app)["Recall"] == "100 %"
    app.number_input(key="plan-seconds").set_value(36_000).run()
    assert "enough for at least one case" in said(app)


def test_the_orders_are_compared_once_both_were_shown(open_page, own_home, store, monkeypatch):
    app = open_page(own_home, "monitoring", **section("Order of the case page"))
    assert "Every case shows the evidence first" in said(app)
    assert "No case was decided with the score first" in said(app)
    ids = store.cases.listing("merchant")["entity_id"]
    names = [name for name in ids if name[1:].isdigit() and len(name) == 4]
    for number, name in enumerate(names[:20]):
        order = "score_first" if number % 2 == 0 else "evidence_first"
        claimed = store.cases.claim_entity("merchant", name, "ana")
        shown = replace(SHOWN, presentation=order)
        store.decisions.decide(claimed.lease.token, CLEARED, shown, seconds=60.0 + number % 2)
    app.run()
    assert not app.exception
    (arms,) = [frame.value for frame in app.dataframe if "arm" in frame.value]
    assert list(arms["arm"]) == ["Evidence first", "Score first"]
    assert list(arms["seconds"]) == [61.0, 60.0]
    assert "score first minus evidence first: -1 (-1 to -1), more than chance" in said(app)
