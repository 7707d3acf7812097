"""The weak labels on the Labels page: without a file, with one, with a broken one, switched on."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.pipeline.demo import unpack_demo
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from tests.pages.test_labels import said

ROOT = Path(__file__).parent.parent.parent
TAB = {"labels-part": "Weak labels"}
BUSY = """
- {name: busy, entity: merchant, says: violation, policy: M2,
   when: [{feature: orders_90d, op: ">=", value: 3}]}
"""
QUIET = """
- {name: <b>quiet</b>, entity: merchant, says: no_violation,
   when: [{feature: orders_90d, op: "<", value: 4}]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "functions.yaml"
    made.write_text(BUSY, encoding="utf-8")
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The ready sample: its stored features are those of the present version, unlike the tiny's."""
    return unpack_demo(Settings(home=tmp_path))


@pytest.fixture
def app(open_page, home, file, monkeypatch) -> AppTest:
    """The tab, opened before the setting named the file."""
    opened = open_page(home, "labels", **TAB)
    monkeypatch.setenv("PORTREEVE_WEAK_LABELS_FILE", str(file))
    return opened


def table(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value.set_index("name")


def orders(home: Path) -> pd.Series:
    """Orders of each merchant in the live snapshot."""
    (stored,) = home.glob(f"snapshots/20261101*/features/{FEATURE_VERSION}/merchant.parquet")
    return pd.read_parquet(stored)["orders_90d"]


def test_functions_are_read_anew_when_the_file_changes(app, home, file):
    app.run()
    assert not app.exception
    (busy,) = table(app).to_dict("records")
    assert busy["conditions"] == "Orders, in the last 90 days ≥ 3"
    assert (busy["says"], busy["policy"], busy["conflict"]) == ("Violation", "M2", 0.0)
    assert busy["coverage"] == pytest.approx((orders(home) >= 3).mean())

    file.write_text(BUSY + QUIET, encoding="utf-8")
    rows = table(app.run())
    assert rows.index.tolist() == ["busy", "<b>quiet</b>"]
    both = (orders(home) == 3).sum()
    assert rows.loc["busy", "conflict"] == pytest.approx(both / (orders(home) >= 3).sum())
    assert {m.label: m.value for m in app.metric}["Functions"] == "2"


def test_the_switch_says_what_it_does(app, monkeypatch):
    assert "Nothing uses them" in said(app.run())
    monkeypatch.setenv("PORTREEVE_USE_WEAK_LABELS", "true")
    assert "Retraining learns from them" in said(app.run())


def test_a_type_without_a_function_says_so(app):
    app.run()
    app.segmented_control(key="labels-of").set_value("product").run()
    assert not app.exception
    assert "The file holds no function about products" in said(app)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (BUSY.replace("says: violation", "says: guilty"), "line 2, 0.says"),
        (BUSY.replace("[", "", 1), "line 3"),
        (BUSY.replace("orders_90d", "orders_90"), "asks for orders_90, which is no feature"),
    ],
)
def test_a_broken_file_is_a_message_until_it_is_mended(app, file, broken, why):
    file.write_text(broken, encoding="utf-8")
    app.run()
    assert not app.exception
    assert why in app.error[0].value.replace("\\", "")
    file.write_text(BUSY, encoding="utf-8")
    app.run()
    assert not app.error
    assert table(app).index.tolist() == ["busy"]


def test_without_functions_the_page_shows_the_example_of_the_docs(open_page, own_home):
    app = open_page(own_home, "labels", **TAB)
    assert "There are no labelling functions" in said(app)
    docs = (ROOT / "docs" / "labels.md").read_text(encoding="utf-8")
    assert f"```yaml\n{app.code[0].value}" in docs
