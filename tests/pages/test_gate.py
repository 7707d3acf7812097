"""The gate on the Model page: what it says, and who may promote all the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics.retraining.gate import load_gate
from analytics.retraining.gate_rules import judge
from analytics.review.store import open_store
from pages._ui.jobs import latest_job
from tests.support.comparisons import comparison, gap, later, reviewer_row, slice_row

HEADER = "Trained on the past, judged on what came after"
AFTER = later(0.04, 0.01, 0.07)
HOSTILE = "**toys** <script>"


def add_challenger(home: Path, *, is_worse: bool, in_time: Mapping[str, Any] | None = AFTER) -> str:
    """Let a challenger of the merchants' model wait, compared with what is live."""
    store = open_store(f"sqlite:///{home / 'portreeve.db'}")
    found = comparison(
        champion=store.live().models["merchant"],
        slices=[slice_row(HOSTILE, 0.02), slice_row("shoes", None)],
        reviewers=[reviewer_row(name, 5, is_alarm=False) for name in ("ana", "bo")],
        stability={
            "entities": 4, "top": 3, "overlap": 0.5, "same_first": 0.75,
            "changed": [{"entity_id": "m2", "name": None, "overlap": 0.2,
                         "champion": ["late"], "challenger": ["refunds"]}],
        },
    )  # fmt: skip
    if is_worse:
        found.differences["average_precision"] = gap(-0.1, -0.2, -0.01)
    document = found.to_dict() | {"gate": judge(load_gate(), found).to_dict(), "in_time": in_time}
    if in_time is None:
        del document["in_time"]
    store.challengers.add(
        "merchant", found.challenger, snapshot_id="s1", label_set_id="l1", person="ana",
        comparison=document,
    )  # fmt: skip
    store.close()
    (home / "models" / found.challenger).mkdir()
    return found.challenger


def test_what_came_after_the_training_stands_beside_the_metrics(open_page, own_home):
    add_challenger(own_home, is_worse=False)
    app = open_page(own_home, "model", part="Challenger")

    assert not app.exception
    assert HEADER in [element.value for element in app.subheader]
    assert "both learned; 120 judge" in said(app)
    metrics, past = [table.value for table in app.dataframe if "p" in table.value]
    assert metrics["difference"].iloc[0] == "+0.050 (+0.010 to +0.090)"
    assert list(past["difference"]) == ["+0.040 (+0.010 to +0.070)"] * 6
    assert "Average precision on what came after the training changes by +0.040" in said(app)


def test_where_it_could_not_be_told_the_page_says_why(open_page, own_home):
    reason = "Too few cases judge to part them by time: 12, 2 of them violations."
    add_challenger(own_home, is_worse=False, in_time={"sentence": reason, "results": {}})
    app = open_page(own_home, "model", part="Challenger")
    assert HEADER in [element.value for element in app.subheader]
    assert reason in said(app)


def test_a_comparison_of_before_there_was_a_cut_in_time_is_shown(open_page, own_home):
    add_challenger(own_home, is_worse=False, in_time=None)
    app = open_page(own_home, "model", part="Challenger")
    assert not app.exception
    assert HEADER not in [element.value for element in app.subheader]


def said(app: AppTest) -> str:
    kinds = (app.caption, app.markdown, app.text, app.warning, app.error)
    text = "\n".join(str(element.value) for kind in kinds for element in kind)
    return text.replace("\\", "")  # what Markdown shows


def press(app: AppTest, label: str) -> None:
    [button] = [button for button in app.button if button.label == label]
    button.click().run()


def test_the_challenger_tab_says_what_each_rule_says(open_page, own_home):
    add_challenger(own_home, is_worse=True)
    app = open_page(own_home, "model", part="Challenger")

    assert not app.exception
    assert "Gate failed" in said(app)
    assert "a loss that is no chance, where none is allowed" in said(app)
    assert "None of 1 slice loses more than 0.050" in said(app)
    [slices] = [table.value for table in app.dataframe if "gap" in table.value]
    assert list(slices["value"]) == [HOSTILE]
    assert list(slices["gap"]) == ["+0.020 (-0.020 to +0.060)"]
    [changed] = [table.value for table in app.dataframe if "refunds" in table.value.to_string()]
    assert list(changed["name"]) == ["m2"]


def test_a_failed_gate_stops_a_promotion_and_a_lead_may_overrule_it(open_page, own_home):
    version = add_challenger(own_home, is_worse=True)
    app = open_page(own_home, "model", part="Promotion")
    assert "The gate does not let it pass" in said(app)
    app.text_area(key="promote-reason").set_value("we need it")
    press(app, "Promote")
    assert f"does not let {version}" in said(app)
    assert [box.label for box in app.checkbox if "although" in box.label]


def test_who_is_no_lead_cannot_overrule_it(open_page, own_home, monkeypatch: pytest.MonkeyPatch):
    add_challenger(own_home, is_worse=True)
    app = open_page(own_home, "model", part="Promotion")
    monkeypatch.setenv("PORTREEVE_LEADS", "lea, max")
    app.run()
    assert "Only a lead may promote it all the same" in said(app)
    assert not [box for box in app.checkbox if "although" in box.label]


def test_a_passed_gate_asks_nothing(open_page, own_home):
    add_challenger(own_home, is_worse=False)
    app = open_page(own_home, "model", part="Promotion")
    assert "The gate says: passed" in said(app)
    assert not [box for box in app.checkbox if "although" in box.label]


def test_no_retrain_starts_by_itself_unless_the_settings_ask(
    open_page, own_home, monkeypatch: pytest.MonkeyPatch
):
    app = open_page(own_home, "data")
    assert latest_job(own_home) is None
    monkeypatch.setenv("PORTREEVE_RETRAIN_AFTER_LABELS", "1")
    app.run()
    assert not app.exception
    assert latest_job(own_home) is None  # nobody has decided anything yet
