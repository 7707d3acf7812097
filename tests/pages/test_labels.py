"""Second reviews and the leads' page: given out, answered, disputed, settled, measured."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics.review.store import Store, open_store
from analytics.review.types import Decision, Draft
from analytics.settings import Settings
from tests.support.review import CLEARED, SHOWN, VIOLATION

ME = "reviewer"  # the name in the default settings


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    """The home's decisions database; every decision is judged again."""
    chosen = Settings.model_construct(second_review_share=1.0)
    made = open_store(f"sqlite:///{own_home / 'portreeve.db'}", settings=chosen)
    yield made
    made.close()


def decide(store: Store, name: str, draft: Draft = VIOLATION, reviewer: str = "ana") -> Decision:
    live = store.live()
    assert live is not None
    if store.cases.find("merchant", name) is None:
        store.cases.open_by_hand("merchant", name, "tester", "asked for")
    claimed = store.cases.claim_entity("merchant", name, reviewer)
    shown = replace(SHOWN, snapshot_id=live.snapshot_id)
    return store.decisions.decide(claimed.lease.token, draft, shown)


def said(app: AppTest) -> str:
    kinds = (app.title, app.caption, app.markdown, app.text, app.info, app.warning, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def judge(app: AppTest, outcome: str, policy: str | None, reason: str) -> AppTest:
    app.segmented_control(key="second-outcome").set_value(outcome)
    app.selectbox(key="second-policy").set_value(policy)
    app.text_area(key="second-reason").set_value(reason)
    return press(app, "Save and next")


def test_a_second_review_is_taken_judged_and_the_next_one_comes(open_page, own_home, store):
    decide(store, "m1")
    decide(store, "m2", CLEARED)
    app = open_page(own_home, "second_review")
    assert "2 cases" in said(app)

    press(app, "Take the next case")
    assert "Empty parcels" not in said(app)
    assert app.title[0].value == "m1"

    judge(app, "violation", "M3", "Weighs nothing")
    assert app.title[0].value == "m2"
    judge(app, "violation", "M2", "All late")

    assert "Nothing waits for you" in said(app)
    found = store.second_looks.answered()[["second_reviewer", "verdict"]]
    assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
        [ME, "agreed"],
        [ME, None],
    ]
    assert store.second_looks.unsettled()["entity_id"].tolist() == ["m2"]


def test_what_is_missing_is_said_and_nothing_is_lost(open_page, own_home, store):
    decide(store, "m1")
    app = press(open_page(own_home, "second_review"), "Take the next case")
    judge(app, "violation", None, "Weighs nothing")
    assert "Choose the policy" in said(app)
    assert app.text_area(key="second-reason").value == "Weighs nothing"
    assert store.second_looks.answered().empty


def test_the_case_page_hides_what_is_judged_blindly(open_page, own_home, store):
    decide(store, "m1")
    store.second_looks.next(ME)
    app = open_page(own_home, "case", type="merchant", id="m1")
    assert "what was decided is hidden" in said(app)
    assert "Empty parcels" not in said(app)


def test_a_lead_settles_a_dispute_and_the_label_changes(open_page, own_home, store):
    first = decide(store, "m1")
    case = store.second_looks.next("bo")
    store.second_looks.answer(case.look_id, "bo", CLEARED)

    app = open_page(own_home, "labels")
    assert app.dataframe[0].value["entity_id"].tolist() == ["m1"]
    assert "First: Violation M3, ana" in said(app)
    press(app, "Settle it")
    assert "Say which judgement stands." in said(app)
    app.segmented_control(key="settle-which").set_value("second")
    app.text_area(key="settle-reason").set_value("They arrived")
    press(app, "Settle it")

    assert "Nothing is to be settled" in said(app)
    last = store.decisions.last("merchant", "m1")
    assert (last.outcome, last.corrects, last.reviewer) == ("no_violation", first.id, ME)


def test_a_judgement_without_a_policy_names_none(open_page, own_home, store):
    for name, first, second in (("m1", CLEARED, VIOLATION), ("m2", VIOLATION, CLEARED)):
        decide(store, name, first)
        store.second_looks.answer(store.second_looks.next("bo").look_id, "bo", second)
    app = open_page(own_home, "labels")
    table = app.dataframe[0].value
    assert table["first"].tolist() == ["No violation, ana", "Violation M3, ana"]
    assert table["second"].tolist() == ["Violation M3, bo", "No violation, bo"]
    assert "nan" not in said(app)


def test_a_doubted_decision_is_sent_to_a_blind_review(open_page, own_home, store):
    decision = decide(store, "m1")
    _only_flag(store, decision)
    app = open_page(own_home, "labels")
    assert "12 of 15 like it <b>were</b> cleared" in app.dataframe[0].value["why"].iloc[0]

    press(app, "Let somebody judge it blindly")

    assert "Nothing is to be settled" in said(app)
    assert store.second_looks.waiting("bo") == 1


def test_agreement_and_golden_cases_have_their_tables(open_page, own_home, store):
    decide(store, "m1")
    decide(store, "m2", CLEARED)
    for _ in range(2):
        case = store.second_looks.next("bo")
        store.second_looks.answer(case.look_id, "bo", VIOLATION)

    app = open_page(own_home, "labels", **{"labels-part": "Agreement"})
    table = app.dataframe[0].value
    assert table.loc[0, ["policy", "reviewers", "cases"]].tolist() == [
        "Outcome, any policy", "All pairs", 2,
    ]  # fmt: skip

    golden = decide(store, "m3")
    store.second_looks.mark_golden(golden.id, "lea", "Seized by customs")
    app = open_page(own_home, "labels", **{"labels-part": "Golden cases"})
    assert "Nobody was given one yet." in said(app)
    assert app.dataframe[0].value["reason"].tolist() == ["Seized by customs"]


def test_the_check_names_the_reviewer_to_ask(open_page, own_home, store):
    app = open_page(own_home, "labels", **{"labels-part": "Check"})
    assert "The labels were never checked." in said(app)
    row = {"reviewer": "bo", "decisions": 50, "doubted": 12, "share": 0.24,
           "share_of_others": 0.02, "p_value": 0.001, "is_alarm": True}  # fmt: skip
    result = {"decisions": 100, "doubted": 13, "wrong_share": 0.1, "reviewers": [row]}
    store.second_looks.add_check("merchant", "lea", result)
    app.run()
    assert not app.exception
    assert "bo is doubted more often than the others" in said(app)


def test_the_page_is_closed_to_those_who_are_no_leads(open_page, own_home, store, monkeypatch):
    app = open_page(own_home, "labels")
    monkeypatch.setenv("PORTREEVE_LEADS", "lea, lou")
    app.run()
    assert "This page is for leads" in said(app)
    assert not app.tabs


def test_both_judgements_of_hostile_entities_are_text(open_page, own_home, store):
    decide(store, "m<b>5</b>", replace(VIOLATION, reason="<script>x</script> **loud**"))
    case = store.second_looks.next("bo")
    store.second_looks.answer(case.look_id, "bo", CLEARED)
    app = open_page(own_home, "labels")
    assert not app.exception
    assert any(text.value == "<script>x</script> **loud**" for text in app.text)
    assert app.subheader[0].value == r"m\<b\>5\</b\>"


def _only_flag(store: Store, decision: Decision) -> None:
    """Doubt a decision that the draw did not take."""
    import sqlalchemy as sa

    from analytics.review.schema import second_looks_table

    with store.database.writing() as connection:
        connection.execute(sa.delete(second_looks_table))
    store.second_looks.flag({decision.id: "12 of 15 like it <b>were</b> cleared"}, "check")
