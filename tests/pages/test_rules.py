"""The Rules page: writing a rule, trying it, and moving it from state to state."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.review.store import Store, open_store
from analytics.rules.definition import Condition, Definition, Expression, Group
from analytics.rules.evaluate import RuleReader
from tests.pages.test_review import said
from tests.support.review import CLEARED, SHOWN

Open = Callable[..., AppTest]
LATE = Group("all", (Condition("late_dispatch_90d", ">=", 0.2),))  # hits m1 and m2


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{own_home / 'portreeve.db'}")
    yield made
    made.close()


def frame_with(app: AppTest, column: str) -> list[str]:
    return next(f.value for f in app.dataframe if column in f.value.columns)[column].tolist()


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def new_rule(open_page: Open, home: Path) -> AppTest:
    app = open_page(home, "rules", **{"rule-entity": "merchant"})
    app.session_state["rules-tab"] = "New rule"
    app.run()
    assert not app.exception
    return app


def keep(app: AppTest, name: str, reason: str) -> AppTest:
    app.text_input(key="rule-name-merchant").set_value(name)
    app.text_area(key="rule-why-merchant").set_value(reason)
    app.button(key="rule-save-merchant").click().run()
    assert not app.exception
    return app


def test_without_rules_the_page_says_where_to_write_one(open_page: Open, own_home: Path) -> None:
    app = open_page(own_home, "rules")
    assert not app.exception
    assert "There is no such rule yet" in said(app)


def test_a_rule_is_written_tried_and_kept_as_a_draft(
    open_page: Open, own_home: Path, store: Store
) -> None:
    app = new_rule(open_page, own_home)
    assert "Choose a feature" in said(app)
    app.selectbox(key="rule-feature-merchant-0-0").set_value("late_dispatch_90d")
    app.selectbox(key="rule-operator-merchant-0-0").set_value(">=")
    app.number_input(key="rule-value-merchant-0-0").set_value(20.0).run()  # of a hundred
    assert metrics(app)["Hits"] == "2"
    assert frame_with(app, "entity_id") == ["m1", "m2"]

    app.button(key="rule-add-group-merchant").click().run()
    app.selectbox(key="rule-feature-merchant-1-0").set_value("orders_90d")
    app.number_input(key="rule-value-merchant-1-0").set_value(5.0).run()  # above
    assert metrics(app)["Hits"] == "1"

    app = keep(app, "", "why")
    assert "name is needed" in said(app)
    keep(app, "Late and busy", "Seen often")
    (rule,) = store.rules.all()
    assert (rule.name, rule.state, rule.author) == ("Late and busy", "draft", "reviewer")
    assert rule.definition == Group(
        "all",
        (
            Group("all", (Condition("late_dispatch_90d", ">=", 0.2),)),
            Group("all", (Condition("orders_90d", ">", 5.0),)),
        ),
    )


def test_sql_shows_its_error_and_its_hits(open_page: Open, own_home: Path, store: Store) -> None:
    app = new_rule(open_page, own_home)
    app.segmented_control(key="rule-mode").set_value("SQL").run()
    app.text_area(key="rule-sql-merchant").set_value("late_dispatch_90d > (SELECT 1)").run()
    assert not app.exception
    assert "may not hold" in said(app)
    assert "Hits" not in metrics(app)
    app.text_area(key="rule-sql-merchant").set_value("late_dispatch_90d >= 0.2").run()
    assert metrics(app)["Hits"] == "2"
    keep(app, "Late", "Seen often")
    assert store.rules.all()[0].definition == Expression("late_dispatch_90d >= 0.2")


def test_a_rule_goes_from_state_to_state_with_a_reason(
    open_page: Open, own_home: Path, store: Store
) -> None:
    rule = store.rules.add("merchant", "Late <b>*shops*</b>", LATE, "ana", "Seen often")
    app = open_page(own_home, "rules", rule=str(rule.id))
    assert app.subheader[0].value == (r":material/edit_note: Late \<b\>\*shops\*\</b\>, version 1")
    assert (metrics(app)["Hits"], metrics(app)["Precision"]) == ("2", "50 %")
    assert not [b for b in app.button if b.label == "Make live"]

    def press(state: str, reason: str) -> None:
        app.text_area(key=f"rule-reason-{rule.id}").set_value(reason)
        app.button(key=f"rule-{state}-{rule.id}").click().run()
        assert not app.exception

    press("shadow", "")
    assert "reason is needed" in said(app)
    press("shadow", "Try it")
    press("live", "Precise enough")
    assert "State: live" in said(app)
    press("retired", "Not needed any more")
    assert [(e.actor, e.state) for e in store.rules.events(rule.id)] == [
        ("ana", "draft"), ("reviewer", "shadow"), ("reviewer", "live"), ("reviewer", "retired"),
    ]  # fmt: skip
    assert "There is no such rule yet" in said(app)  # the retired leave the list


def test_a_rule_on_a_feature_that_is_gone_says_so(
    open_page: Open, own_home: Path, store: Store
) -> None:
    store.rules.add("merchant", "Old", Expression("gone_feature > 1"), "ana", "why")
    app = open_page(own_home, "rules")
    assert not app.exception
    assert "There is no feature 'gone\\_feature'" in said(app).replace("\\'", "'")


def test_a_live_rule_says_on_the_case_page_why_it_fires(
    open_page: Open, own_home: Path, store: Store
) -> None:
    rule = store.rules.add("merchant", "*Late* shops", LATE, "ana", "Seen often", "M2")
    store.rules.move(rule.id, "shadow", "ana", "Try it")
    assert fired(open_page(own_home, "case", type="merchant", id="m1")) == []
    store.rules.move(rule.id, "live", "ana", "Good")
    app = open_page(own_home, "case", type="merchant", id="m1")
    (told,) = fired(app)
    assert r"Rule “\*Late\* shops” fires" in told
    assert "60\u00a0%" in told
    assert "A rule by ana: Seen often · may point to M2" in said(app)
    assert fired(open_page(own_home, "case", type="merchant", id="m4")) == []


def fired(app: AppTest) -> list[str]:
    assert not app.exception
    return [text.value for text in app.markdown if " fires" in text.value]


def test_a_rule_is_evaluated_again_only_when_a_decision_or_a_rule_is_new(
    open_page: Open, own_home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluated: list[Definition] = []
    hits = RuleReader.hits

    def counted(reader: RuleReader, definition: Definition) -> pd.DataFrame:
        evaluated.append(definition)
        return hits(reader, definition)

    monkeypatch.setattr(RuleReader, "hits", counted)
    store.rules.add("merchant", "Late", LATE, "ana", "Seen often")
    app = open_page(own_home, "rules", **{"rule-entity": "merchant"})
    assert frame_with(app, "hits") == [2]
    assert evaluated.count(LATE) > 0

    evaluated.clear()
    app.run()
    assert frame_with(app, "hits") == [2]
    assert evaluated == []

    many = Group("all", (Condition("orders_90d", ">=", 0.0),))
    store.rules.add("merchant", "Many", many, "ana", "To compare")
    app.run()
    assert many in evaluated

    evaluated.clear()
    live = store.live()
    assert live is not None
    store.cases.open_by_hand("merchant", "m2", "tester", "asked for")
    token = store.cases.claim_entity("merchant", "m2", "ana").lease.token
    store.decisions.decide(token, CLEARED, replace(SHOWN, snapshot_id=live.snapshot_id))
    app.run()
    assert LATE in evaluated
    assert not app.exception
