"""Prevalence, the planner and the learning curve: before, while and after random cases tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.review.store import Store, open_store
from tests.support.drawn import decide_all, draw_rounds

TAB = {"part": "Learning"}


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    """The home's decisions database, with three rounds of other merchants drawn."""
    made = open_store(f"sqlite:///{own_home / 'portreeve.db'}")
    live = made.live()
    assert live is not None
    draw_rounds(made, live, rounds=3)
    yield made
    made.close()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def deltas(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.delta for metric in app.metric}


def said(app: AppTest) -> str:
    kinds = (app.caption, app.markdown, app.text, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def test_the_overview_says_that_there_are_too_few_and_then_estimates(open_page, own_home, store):
    app = open_page(own_home, "overview")
    assert metrics(app)["Merchants in violation"] == "–"
    assert deltas(app)["Merchants in violation"] == "too few random cases decided"

    decide_all(store, every=10)
    app.run()

    assert not app.exception
    shown = metrics(app)["Merchants in violation"]
    assert shown.endswith("%")
    assert " to " in deltas(app)["Merchants in violation"]
    assert metrics(app)["Creators in violation"] == "–"


def test_the_overview_names_no_share_among_the_reviewed_and_no_count_of_random_cases(
    open_page, own_home, store
):
    decide_all(store, every=2)
    app = open_page(own_home, "overview")
    assert "Confirmed" not in metrics(app)
    assert not [table for table in app.dataframe if "confirmed_share" in table.value]
    assert "random case" not in said(app)


def test_the_model_page_shows_estimates_and_plans_for_them(open_page, own_home, store):
    app = open_page(own_home, "model", of="merchant", **TAB)
    assert "Too few random cases for an estimate: 0 random cases decided" in said(app)
    assert "random cases out of 100 where nothing else is known; 0 are decided" in said(app)

    decide_all(store, every=10)
    app.run()

    assert not app.exception
    assert {"Prevalence", "Precision at capacity", "Recall at capacity"} <= set(metrics(app))
    assert "of 3 rounds" in said(app)


def test_a_wider_interval_needs_fewer_cases(open_page, own_home, store):
    app = open_page(own_home, "model", of="merchant", **TAB)
    before = next(line for line in said(app).splitlines() if "An interval of" in line)
    app.number_input(key="plan-points").set_value(10.0).run()
    after = next(line for line in said(app).splitlines() if "An interval of" in line)
    assert "±" in after
    assert needed(after) < needed(before)


def needed(line: str) -> int:
    return int(line.split(" takes ")[1].split(" ")[0])


def test_without_a_round_there_is_nothing_to_plan_for(open_page, live_home):
    app = open_page(live_home.home.path, "model", of="creator", **TAB)
    assert not app.exception
    assert "Too few random cases" in said(app)


def test_the_curves_say_that_they_were_measured_elsewhere(open_page, live_home, monkeypatch):
    app = open_page(live_home.home.path, "model", **TAB)
    assert "Your queue goes by expected harm" in said(app)
    monkeypatch.setenv("PORTREEVE_QUEUE_POLICY", "mix")
    app.run()
    assert "Your queue goes by mix" in said(app)
    (table,) = [frame.value for frame in app.dataframe if "policy" in frame.value]
    assert {"Mix", "Random"} <= set(table["policy"])
    assert list(table["labels"]) == sorted(table["labels"])
