"""What the pages do when something changes: a filter, a case, what is live, what is broken."""

import time
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages._ui.jobs import latest_job
from pages._ui.text import plain
from tests.support.live_home import go_live
from tests.support.tiny_home import FORMULA_TITLE, MARKUP_ID, SCRIPT_TITLE

OVERVIEW = Path(__file__).parent.parent.parent / "pages" / "overview.py"
FROM_QUEUE = "entity=merchant&min_exposure=40&view=everybody"
EVERYBODY = {"view": "Everybody"}
PAGES = (
    "overview", "queue", "case", "rings", "second_review", "explore", "model", "rules",
    "labels", "data",
)  # fmt: skip


def names(app: AppTest, column: str = "name") -> list[str]:
    return list(app.dataframe[0].value[column])


def said(app: AppTest) -> str:
    kinds = (app.title, app.caption, app.markdown, app.text, app.code, app.info, app.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_on_a_live_home(open_page, live_home, page):
    app = open_page(live_home.home.path, page)
    assert not app.exception
    assert not app.error
    assert app.title


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_home_says_how_to_begin(open_page, tmp_path, page):
    app = open_page(tmp_path / "new", page)
    assert not app.exception
    assert not app.error
    assert "portreeve ingest tables DIR" in said(app)
    assert not (tmp_path / "new" / "datasets").exists()


def test_data_without_a_build_says_how_to_build(open_page, own_home):
    (own_home / "portreeve.db").unlink()
    app = open_page(own_home, "overview")
    assert app.code[0].value == "portreeve build"


def test_the_queue_is_ranked_and_says_why_the_first_is_first(open_page, live_home):
    app = open_page(live_home.home.path, "queue", **EVERYBODY)
    assert names(app) == ["m1", "m3", "m2", "m4", MARKUP_ID]
    assert "5 merchants · 2 in the queue · USD 180 expected harm" in said(app)
    why = next(c.value for c in app.caption if "Why 1st" in c.value)
    assert r"USD 90\.00 expected harm \= USD 67\.50 from orders" in why


def test_a_filter_changes_the_list_and_the_address(open_page, live_home):
    app = open_page(live_home.home.path, "queue", **EVERYBODY)
    app.number_input(key="min_exposure").set_value(40.0).run()
    assert names(app) == ["m1", "m4"]
    app.text_input(key="text").set_value("M4").run()
    assert names(app) == ["m4"]


def test_an_address_brings_its_filters_back(open_page, live_home):
    app = open_page(live_home.home.path, "queue", entity="Products", category="toys", **EVERYBODY)
    assert names(app) == ["Wooden train", FORMULA_TITLE, "Kite", "Ball"]
    label = "M2 Late dispatch or seller-fault cancellation"
    policy = open_page(live_home.home.path, "queue", policy=label, **EVERYBODY)
    assert names(policy) == ["m1", "m4"]


def test_hostile_filters_in_the_address_are_dropped(open_page, live_home):
    app = open_page(
        live_home.home.path, "queue", entity="<b>", category="'; DROP TABLE scores", order="x" * 999
    )
    assert not app.exception
    assert names(app)[0] == "m1"


def test_nobody_matching_can_be_undone(open_page, live_home):
    app = open_page(live_home.home.path, "queue", text="nobody", **EVERYBODY)
    assert app.info[0].value == "Nobody matches these filters."
    next(b for b in app.button if b.label == "Clear the filters").click().run()
    assert names(app)[0] == "m1"


def test_a_case_shows_evidence_and_scores(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="merchant", id="m1")
    assert app.title[0].value == "m1"
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Exposure"] == "USD 130"
    assert shown["Past decisions"] == "1 violated"
    assert shown["Rank"] == "1 of 5"
    assert shown["Violation"] == "30 %"
    assert "order lines in the last 90 days were handed over late" in said(app)


def test_next_and_previous_follow_the_queue(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", queue=FROM_QUEUE)
    assert app.button(key="previous").disabled
    app.button(key="next").click().run()
    assert app.title[0].value == "m4"
    assert app.query_params["id"] == "m4"
    assert app.query_params["queue"] == FROM_QUEUE
    assert app.button(key="next").disabled


def test_back_returns_to_the_queue_with_its_filters(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", queue=FROM_QUEUE)
    app.button(key="back").click().run()
    assert app.title[0].value == "Queue"
    assert names(app) == ["m1", "m4"]


def test_only_the_open_tab_reads_its_rows(open_page, live_home):
    closed = open_page(live_home.home.path, "case", type="merchant", id="m1")
    assert not closed.dataframe
    app = open_page(live_home.home.path, "case", type="merchant", id="m1", tab="Orders")
    assert list(app.dataframe[0].value["order_id"])[:2] == ["o7", "o4"]


def test_an_unknown_id_says_so_and_offers_a_way_on(open_page, live_home):
    hostile = "[x](http://evil.example)<script>"
    app = open_page(live_home.home.path, "case", type="merchant", id=hostile)
    assert not app.exception
    assert plain(hostile) in app.error[0].value
    app.button[0].click().run()
    assert app.title[0].value == "m1"


def test_an_unknown_type_is_a_merchant(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="<b>", id="m2")
    assert app.title[0].value == "m2"


def test_hostile_names_are_shown_as_text(open_page, live_home):
    app = open_page(live_home.home.path, "case", type="product", id="p5")
    assert app.title[0].value == plain(SCRIPT_TITLE) == r"\<script\>alert\(1\)\</script\>"
    markup = open_page(live_home.home.path, "case", type="merchant", id=MARKUP_ID)
    assert markup.title[0].value == r"m\<b\>5\</b\>"


def test_what_goes_live_is_shown_at_the_next_run(open_page, own_home, live_home):
    app = open_page(own_home, "queue", **EVERYBODY)
    assert names(app)[0] == "m1"
    go_live(live_home, live_home.march)
    app.run()
    assert names(app) == ["m2", "m1", "m4", MARKUP_ID]
    assert "01 Mar 2026" in said(app)


def test_a_live_snapshot_that_is_gone_is_a_message(open_page, own_home, live_home):
    go_live(live_home, "20990101T000000-gone", with_cases=False)
    app = open_page(own_home, "overview")
    assert not app.exception
    assert "There is no snapshot" in app.error[0].value


def test_an_unexpected_error_gives_an_incident_and_no_traceback(open_page, own_home, live_home):
    scores = own_home / "snapshots" / live_home.april / "scores"
    for path in scores.glob("*/scores.parquet"):
        path.write_bytes(b"not parquet")
    app = open_page(own_home, "queue")
    assert not app.exception
    shown = " ".join(error.value for error in app.error)
    assert "Something went wrong" in shown
    assert "incident" in shown
    assert "parquet" not in shown


def test_search_finds_by_part_of_a_name(open_page, live_home):
    app = open_page(live_home.home.path, "explore", find="train")
    assert names(app) == ["Wooden train"]
    app.text_input(key="find").set_value("zzz").run()
    assert "Nobody has this in their name or id" in said(app)


@pytest.mark.parametrize(
    "section", ["Snapshots", "Tables", "Rejects", "Signals", "Missing", "Bring in data"]
)
def test_each_section_of_data_runs(open_page, live_home, section):
    app = open_page(live_home.home.path, "data", section=section)
    assert not app.exception
    assert not app.error


def test_missing_tables_say_what_they_switch_off(open_page, live_home):
    app = open_page(live_home.home.path, "data", section="Missing")
    assert "interactions" in said(app)


def test_families_of_signals_say_whether_they_are_on_and_why(open_page, live_home):
    app = open_page(live_home.home.path, "data", section="Signals")
    [shown] = [d.value for d in app.dataframe if "status" in d.value]
    graph = shown[(shown["family"] == "Graph") & (shown["entity"] == "Merchants")]
    assert graph[["target", "is_on", "status"]].values.tolist() == [
        ["Quality", True, "on: adds (AP +0.031)"],
        ["Violation", False, "off: adds nothing on these data (AP −0.003)"],
    ]


def test_uploaded_files_are_ingested_in_a_process_of_their_own(open_page, tmp_path):
    app = open_page(tmp_path / "home", "data")
    app.file_uploader[0].upload("merchants.csv", b"merchant_id,registered_at\nm1,2026-01-01\n")
    next(b for b in app.button if b.label == "Ingest").click().run()
    assert not app.exception
    assert not app.error
    job = latest_job(tmp_path / "home")
    deadline = time.monotonic() + 120
    while job.status == "running" and time.monotonic() < deadline:
        time.sleep(0.2)
    app.run()
    assert job.status == "done"
    assert "merchants: 1 rows" in said(app)
    app.switch_page(str(OVERVIEW)).run()
    assert app.code[0].value == "portreeve build"


def test_a_file_that_is_no_table_is_refused_on_the_page(open_page, tmp_path):
    app = open_page(tmp_path / "home", "data")
    app.file_uploader[0].upload("my merchants.csv", b"x\n")
    next(b for b in app.button if b.label == "Ingest").click().run()
    assert "cannot be a table" in app.error[0].value
    assert latest_job(tmp_path / "home") is None


def test_folders_of_the_server_are_offered_only_where_allowed(open_page, live_home, monkeypatch):
    app = open_page(live_home.home.path, "data", section="Bring in data")
    assert not [t for t in app.text_input if t.label == "Folder on the server"]
    monkeypatch.setenv("PORTREEVE_ALLOW_SERVER_PATHS", "true")
    app.run()
    assert [t for t in app.text_input if t.label == "Folder on the server"]


@pytest.mark.parametrize("page", ["overview", "queue", "explore", "case"])
def test_without_orders_the_pages_say_that_exposure_is_unknown(open_page, own_home, page):
    for path in (own_home / "snapshots").glob("*/scores/*/scores.parquet"):
        scores = pd.read_parquet(path)
        unknown = {"gmv_at_risk": None, "gmv_30d": None, "gmv_open": None}
        scores.assign(harm_unit="severity", **unknown).to_parquet(path, index=False)
    app = open_page(own_home, page, type="merchant", id="m1", **EVERYBODY)
    assert not app.exception
    assert not app.error
    if page in ("overview", "case"):
        assert {m.label: m.value for m in app.metric}["Exposure"] == "Unknown"
    if page == "queue":
        assert "exposure is unknown" in said(app)
