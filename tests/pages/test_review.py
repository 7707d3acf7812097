"""Reviewing: claiming, deciding, going on, and what happens when a case slips away."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from analytics.review.database import utc_now
from analytics.review.presenting import presentation_of
from analytics.review.store import Store, open_store
from analytics.settings import Settings
from pages._ui import state
from tests.support.review import CLEARED, SHOWN

Open = Callable[..., AppTest]
ROOT = Path(__file__).parents[2]
REVIEWER = "reviewer"  # the name in the default settings


@pytest.fixture
def store(own_home: Path) -> Iterator[Store]:
    """The home's decisions database with cases for m1, m3 and m4, in this order."""
    made = open_store(f"sqlite:///{own_home / 'portreeve.db'}")
    first = made.cases.find("merchant", "m1")
    for place, name in enumerate(("m3", "m4"), 1):
        made.cases.open_by_hand(
            "merchant", name, "tester", "asked for", priority=first.priority - place
        )
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _fresh_process() -> None:
    forget()


def forget() -> None:
    """Let the process know of no session, as after its start."""
    leases = sys.modules.get("pages._ui.leases")  # an import without a page would break `st.Page`
    if leases is not None:
        leases.presence.clear()


def open_case(open_page: Open, home: Path, name: str = "m1", **query: str) -> AppTest:
    address = {"type": "merchant", "id": name, "queue": "entity=merchant", **query}
    return open_page(home, "case", **address)


def press(app: AppTest, *keys: str) -> AppTest:
    for key in keys:
        app.button(key=save_key(app) if key == "save" else key).click().run()
        assert not app.exception
    return app


def save_key(app: AppTest) -> str:
    return next(b.key for b in app.button if b.key and b.key.startswith("save-"))


def case_id(store: Store, name: str) -> int:
    return store.cases.find("merchant", name).id


def said(app: AppTest) -> str:
    kinds = (app.title, app.caption, app.markdown, app.text, app.code, app.info)
    loud = (app.warning, app.error, app.success, app.toast)
    return "\n".join(str(element.value) for kind in (*kinds, *loud) for element in kind)


def test_an_open_case_is_claimed_while_it_is_shown(open_page, own_home, store):
    app = open_case(open_page, own_home)
    case = store.cases.get(case_id(store, "m1"))
    assert case.holder(utc_now()) == REVIEWER
    assert case.first_viewed_at is not None
    assert "Yours since" in said(app)


def test_nothing_is_decided_at_first_but_the_likeliest_policy_is_ready(open_page, own_home, store):
    app = open_case(open_page, own_home)
    labels = [b.label for b in app.button if b.key.startswith("policy-")]
    assert labels[0].startswith("M2")
    press(app, "save")
    assert "Choose an outcome" in said(app)
    assert store.decisions.last("merchant", "m1") is None
    press(app, "outcome-violation", "fill", "save")
    decision = store.decisions.last("merchant", "m1")
    assert (decision.outcome, decision.policy, decision.severity) == ("violation", "M2", "standard")


def test_a_decision_is_stored_with_what_was_shown_and_the_next_case_opens(
    open_page, own_home, store, live_home
):
    app = press(open_case(open_page, own_home), "outcome-no_violation", "fill", "save")
    assert app.title[0].value == "m3"
    assert app.query_params["id"] == "m3"
    assert store.cases.get(case_id(store, "m3")).holder(utc_now()) == REVIEWER
    decision = store.decisions.last("merchant", "m1")
    assert (decision.outcome, decision.policy, decision.points) == ("no_violation", None, 0)
    assert decision.reason == "Nothing in the evidence shown breaks a policy."
    assert (decision.snapshot_id, decision.presentation) == (live_home.april, "evidence_first")
    assert (decision.violation_probability, decision.expected_harm) == (0.30, 90.0)
    assert decision.features["late_dispatch_90d"] == 0.6
    assert decision.position == 1
    assert "No violation saved" in said(app)


def subheaders(app: AppTest) -> list[str]:
    return [header.value for header in app.subheader]


@pytest.mark.parametrize("order", ["evidence_first", "score_first"])
def test_what_is_shown_first_is_drawn_for_each_case_and_recorded(
    open_page, own_home, store, monkeypatch, order
):
    case = case_id(store, "m1")
    chosen = (Settings(randomise_presentation=True, seed=seed) for seed in range(99))
    settings = next(s for s in chosen if presentation_of(case, s) == order)
    app = open_page(own_home, "overview")
    monkeypatch.setenv("PORTREEVE_RANDOMISE_PRESENTATION", "true")
    monkeypatch.setenv("PORTREEVE_SEED", str(settings.seed))
    app.query_params.update({"type": "merchant", "id": "m1", "queue": "entity=merchant"})
    app.switch_page(str(ROOT / "pages" / "case.py")).run()
    assert not app.exception
    shown = subheaders(app)
    is_score_first = shown.index("Assessment") < shown.index("Why it ranks here")
    assert is_score_first == (order == "score_first")
    press(app, "outcome-no_violation", "fill", "save")
    assert store.decisions.last("merchant", "m1").presentation == order


def test_a_digit_says_violation_of_that_policy_and_the_actions_follow(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "policy-M3")
    quiet = [b.key for b in app.button if b.key.startswith("action-") and is_quiet(b)]
    assert quiet == ["action-warn", "action-require_training"]  # M3 does not allow them
    press(app, "severity-severe", "action-suspend", "fill")
    assert "0 → **48 points** in 90 days" in said(app)
    press(app, "save")
    decision = store.decisions.last("merchant", "m1")
    assert (decision.policy, decision.severity, decision.action) == ("M3", "severe", "suspend")
    assert decision.points == 48


def test_a_reason_is_required_and_what_was_chosen_stays(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation", "save")
    assert "A reason is needed" in said(app)
    assert app.title[0].value == "m1"
    app.text_area[0].set_value("Looked at every order").run()
    assert "A reason is needed" not in said(app)
    press(app, "save")
    assert store.decisions.last("merchant", "m1").reason == "Looked at every order"


def test_a_key_sent_before_the_browser_heard_of_the_ready_reason_does_not_undo_it(
    open_page, own_home, store
):
    app = press(open_case(open_page, own_home), "outcome-no_violation")
    seen_by_the_browser = app._tree
    app.text_area[0].set_value("")
    press(app, "fill")
    app._tree = seen_by_the_browser
    app.button(key="fill").set_value(False)
    press(app, "save")
    assert app.title[0].value == "m3"
    assert store.decisions.last("merchant", "m1").reason


def test_a_second_press_of_save_decides_nothing_more(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation", "fill")
    first = app.session_state[state.HELD]
    press(app, "save")
    app.session_state[state.WANTED] = [wish("save", first.case_id)]
    app.run()
    assert app.title[0].value == "m3"
    assert len(store.decisions.history()) == 1


def is_quiet(button: Button) -> bool:
    return button.proto.type == "tertiary"


def wish(what: str, case_id: int) -> object:
    from pages._ui.actions import Wish

    return Wish(what, case_id)


def test_a_case_of_somebody_else_is_read_only_and_says_who_has_it(open_page, own_home, store):
    store.cases.claim(case_id(store, "m1"), "ben")
    app = open_case(open_page, own_home)
    assert "ben is working on this case" in said(app)
    assert not [b for b in app.button if b.key.startswith(("save-", "outcome-"))]
    press(app, "skip")
    assert app.title[0].value == "m3"
    assert store.cases.get(case_id(store, "m1")).lease_holder == "ben"


def test_a_case_open_in_another_tab_is_offered_to_be_taken_over(open_page, own_home, store):
    first = open_case(open_page, own_home)
    press(first, "outcome-no_violation", "fill")
    second = open_case(open_page, own_home)
    assert "open in another tab" in said(second)
    press(second, f"take-{case_id(store, 'm1')}")
    assert second.text_area[0].value == "Nothing in the evidence shown breaks a policy."
    press(first, "save")
    assert "You took this case over in another tab" in said(first)
    assert store.decisions.last("merchant", "m1") is None
    press(second, "save")
    assert store.decisions.last("merchant", "m1").outcome == "no_violation"


def test_after_a_restart_the_case_and_the_draft_are_found_again(open_page, own_home, store):
    press(open_case(open_page, own_home), "outcome-no_violation", "fill")
    forget()
    again = open_case(open_page, own_home)
    assert "Yours since" in said(again)
    assert again.text_area[0].value == "Nothing in the evidence shown breaks a policy."
    press(again, "save")
    assert store.decisions.last("merchant", "m1").outcome == "no_violation"


def test_a_case_that_was_lost_says_so_and_keeps_what_was_typed(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation")
    app.text_area[0].set_value("My careful words").run()
    lose_to_ben(own_home, "m1")
    press(app, "save")
    assert "ben" in said(app)
    assert "My careful words" in said(app)
    assert store.decisions.last("merchant", "m1") is None
    press(app, "skip")
    assert app.title[0].value == "m3"


def test_a_case_decided_by_another_meanwhile_shows_that_decision(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation")
    app.text_area[0].set_value("My careful words").run()
    token = lose_to_ben(own_home, "m1")
    store.decisions.decide(token, CLEARED, SHOWN)
    press(app, "save")
    assert "ben" in said(app)
    assert "My careful words" in said(app)
    assert len(store.decisions.history()) == 1


def lose_to_ben(home: Path, name: str) -> str:
    """Let ben take a case five minutes later, when the page's lease has expired."""
    later = open_store(
        f"sqlite:///{home / 'portreeve.db'}", now=lambda: utc_now() + timedelta(minutes=5)
    )
    token = later.cases.claim(case_id(later, name), "ben").lease.token
    later.close()
    return token


def test_skip_goes_on_and_does_not_come_back_to_it(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "skip")
    assert app.title[0].value == "m3"
    assert store.cases.get(case_id(store, "m1")).lease_token is None
    press(app, "skip")
    assert app.title[0].value == "m4"
    kinds = [event.kind for event in store.cases.events(case_id(store, "m1"))]
    assert kinds == ["opened", "claimed", "viewed", "skipped"]


def test_previous_returns_to_the_case_shown_before(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation", "fill", "save")
    press(app, "previous")
    assert app.title[0].value == "m1"
    assert "No violation" in said(app)
    assert store.cases.get(case_id(store, "m3")).lease_token is None
    press(app, "skip")
    assert app.title[0].value == "m3"


def test_the_filters_of_the_queue_are_carried_through_the_round(open_page, own_home, store):
    query = "entity=merchant&min_exposure=40"
    app = open_case(open_page, own_home, queue=query)
    press(app, "outcome-no_violation", "fill", "save")
    assert app.title[0].value == "m4"
    assert app.query_params["queue"] == query
    press(app, "outcome-no_violation", "fill", "save")
    assert app.title[0].value == "Queue"
    assert "That was the last free case here" in said(app)
    assert store.cases.get(case_id(store, "m3")).status == "open"


def test_start_claims_the_first_free_case_under_the_filters(open_page, own_home, store):
    store.cases.claim(case_id(store, "m1"), "ben")
    app = open_page(own_home, "queue", min_exposure="40")
    assert list(app.dataframe[0].value["name"]) == ["m1", "m4"]
    assert list(app.dataframe[0].value["claimed_by"].fillna("")) == ["ben", ""]
    app.button(key="start").click().run()
    assert app.title[0].value == "m4"
    assert store.cases.get(case_id(store, "m4")).holder(utc_now()) == REVIEWER


def test_start_says_when_nothing_is_free(open_page, own_home, store):
    for name in ("m1", "m3", "m4"):
        store.cases.claim(case_id(store, name), "ben")
    app = open_page(own_home, "queue")
    app.button(key="start").click().run()
    assert app.title[0].value == "Queue"
    assert "There is no free case under these filters" in said(app)


def test_the_queue_filters_cases_by_status_and_due(open_page, own_home, store):
    app = open_page(own_home, "queue", status="Closed")
    assert "No case matches these filters" in said(app)
    app = open_page(own_home, "queue", due="Within a week")
    assert list(app.dataframe[0].value["name"]) == ["m1", "m3", "m4"]
    app = open_page(own_home, "queue", due="Overdue")
    assert "No case matches these filters" in said(app)


def test_everybody_can_still_be_seen(open_page, own_home, store):
    app = open_page(own_home, "queue", view="Everybody")
    assert list(app.dataframe[0].value["name"])[:4] == ["m1", "m3", "m2", "m4"]


def test_an_entity_without_a_case_can_be_given_one(open_page, own_home, store):
    app = open_case(open_page, own_home, "m2")
    assert "No case about this merchant is open" in said(app)
    app.text_input(key="open-reason").set_value("A buyer complained")
    next(b for b in app.button if b.label == "Open a case").click().run()
    assert "Yours since" in said(app)
    case = store.cases.find("merchant", "m2")
    assert (case.opened_by, case.opened_reason) == ("hand", "A buyer complained")


def test_drafts_do_not_outlive_their_decision(open_page, own_home, store):
    app = press(open_case(open_page, own_home), "outcome-no_violation", "fill")
    assert len(list((own_home / "drafts").glob("*.json"))) == 1
    press(app, "save")
    assert not list((own_home / "drafts").glob("*.json"))


def test_a_broken_draft_is_an_empty_one(open_page, own_home, tmp_path):
    open_page(own_home, "queue")
    from pages._ui import drafts

    path = tmp_path / "1-a.json"
    for text in ("", "[]", "{", '{"reason": 3, "outcome": "violation", "x": 1}'):
        path.write_text(text)
        assert drafts._read(path).reason == ""


def test_an_earlier_snapshot_is_there_to_read(open_page, own_home, store, live_home):
    app = open_case(open_page, own_home, snapshot=live_home.march)
    assert "decisions are made on what is live" in said(app)
    assert store.cases.get(case_id(store, "m1")).lease_token is None
