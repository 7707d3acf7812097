"""Looking at another snapshot than the live one, and back."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages._ui.state import SNAPSHOT_SHOWN

ROOT = Path(__file__).parent.parent.parent
IN_MARCH = ["m2", "m1", "m4"]
IN_APRIL = ["m1", "m3", "m2", "m4"]


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["name"])[: len(IN_APRIL)]


def test_an_earlier_snapshot_is_marked_and_in_the_address(open_page, live_home):
    app = open_page(live_home.home.path, "queue", view="Everybody")
    assert names(app) == IN_APRIL
    assert not app.warning

    app.selectbox(key=SNAPSHOT_SHOWN).set_value(live_home.march).run()

    assert not app.exception
    assert names(app)[:3] == IN_MARCH
    assert app.query_params["snapshot"] == live_home.march
    assert app.warning[0].value == (
        "This is the snapshot as of 2026-03-01 00:00 UTC, to read only. "
        "Live is the one as of 2026-04-01 00:00 UTC."
    )


def test_one_click_leads_back_to_live(open_page, live_home):
    app = open_page(live_home.home.path, "queue", view="Everybody", snapshot=live_home.march)
    assert names(app)[:3] == IN_MARCH

    app.button(key="back-to-live").click().run()

    assert names(app) == IN_APRIL
    assert not app.warning
    assert "snapshot" not in app.query_params
    assert app.selectbox(key=SNAPSHOT_SHOWN).value == live_home.april


def test_an_earlier_snapshot_lists_everybody_because_cases_are_of_now(open_page, live_home):
    app = open_page(live_home.home.path, "queue", snapshot=live_home.march)
    assert names(app)[:3] == IN_MARCH


def test_the_way_back_is_also_in_the_list(open_page, live_home):
    app = open_page(live_home.home.path, "overview", snapshot=live_home.march)
    app.selectbox(key=SNAPSHOT_SHOWN).set_value(live_home.april).run()
    assert not app.warning
    assert "snapshot" not in app.query_params


def test_going_to_another_page_keeps_the_snapshot(open_page, live_home):
    app = open_page(live_home.home.path, "queue", snapshot=live_home.march)
    app.query_params.clear()  # as the navigation does
    app.switch_page(str(ROOT / "pages" / "overview.py")).run()
    assert app.warning
    assert app.query_params["snapshot"] == live_home.march


def test_a_filter_that_the_other_snapshot_does_not_offer_is_dropped(open_page, live_home):
    policy = "M3 Fulfilment fraud: empty parcel, fake tracking, wrong item"
    app = open_page(live_home.home.path, "queue", view="Everybody", policy=policy)
    assert names(app) == ["m3"]  # not registered yet in March

    app.selectbox(key=SNAPSHOT_SHOWN).set_value(live_home.march).run()

    assert not app.exception
    assert not app.error
    assert names(app)[:3] == IN_MARCH


def test_a_shared_case_shows_what_was_known_then(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", snapshot=live_home.march)
    assert not app.exception
    rank = next(metric for metric in app.metric if metric.label == "Rank")
    assert rank.value == "2 of 4"


def test_the_data_page_still_says_which_is_live(open_page, live_home):
    app = open_page(live_home.home.path, "data", snapshot=live_home.march)
    frames = [f.value for f in app.dataframe if "is_live" in f.value]
    assert [(row.snapshot_id, row.is_live) for row in frames[0].itertuples()] == [
        (live_home.april, True),
        (live_home.march, False),
    ]


def test_a_snapshot_that_is_not_here_falls_back_to_live(open_page, live_home):
    app = open_page(live_home.home.path, "queue", view="Everybody", snapshot="../../<b>nowhere</b>")
    assert not app.exception
    assert names(app) == IN_APRIL
    assert "nowhere" in app.toast[0].value
    assert "snapshot" not in app.query_params
