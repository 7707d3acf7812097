"""Incidents of a market whose changes are planted on known days, read from its tables."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.incidents.describe import INCIDENT_COLUMNS, SERIES_COLUMNS
from analytics.signals.incidents.incidents import Found, find_incidents
from tests.support.market import END, day, write_market


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_market(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="module")
def found(tables: dict[str, Path]) -> Found:
    return find_incidents(tables, END)


@pytest.fixture(scope="module")
def merchants(found: Found) -> pd.DataFrame:
    rows = found.incidents
    return rows[rows["entity_type"] == "merchant"].set_index(["entity_id", "series"])


def changed(source: Path, target: Path, statement: str) -> Path:
    duckdb.sql(f"COPY ({statement.format(source=source)}) TO '{target}' (FORMAT parquet)")
    return target


def test_each_planted_change_is_found_and_nothing_else(merchants):
    assert set(merchants.index) == {
        ("burst", "orders"),
        ("stop", "orders"),
        ("late", "late_dispatch"),
        ("slump", "bad_ratings"),
    }


def test_starts_are_days_of_orders_though_they_show_later(merchants):
    assert merchants["started_on"].to_dict() == {
        ("burst", "orders"): day(100),
        ("stop", "orders"): day(90),
        ("late", "late_dispatch"): day(80),
        ("slump", "bad_ratings"): day(70),
    }
    assert merchants.at[("late", "late_dispatch"), "seen_on"] == day(82)
    assert merchants.at[("slump", "bad_ratings"), "seen_on"] == day(76)
    assert (merchants["found_on"] >= merchants["seen_on"]).all()


def test_levels_and_ends(merchants):
    burst = merchants.loc[("burst", "orders")]
    assert (burst["direction"], burst["status"], burst["ended_on"]) == ("up", "ended", day(107))
    assert (burst["level"], burst["events"]) == (15, 120)
    assert burst["before"] == pytest.approx(3, rel=0.03)
    late = merchants.loc[("late", "late_dispatch")]
    assert (late["before"], late["level"], late["ended_on"]) == (0, 0.8, day(94))
    stop = merchants.loc[("stop", "orders")]
    assert (stop["direction"], stop["level"], stop["ended_on"]) == ("down", 0, day(103))


def test_what_is_at_stake(merchants):
    burst = merchants.loc[("burst", "orders")]
    assert burst["gmv_at_stake"] == pytest.approx(10 * (120 - burst["expected"]))
    # Four of five orders at 10 a piece, five a day from day 80 to the last day that it shows.
    assert merchants.at[("late", "late_dispatch"), "gmv_at_stake"] == pytest.approx(0.8 * 15 * 50)


def test_what_happened_just_before(found, merchants):
    burst = merchants.at[("burst", "orders"), "incident_id"]
    before = found.before[found.before["incident_id"] == burst]
    assert before["what"].tolist() == ["campaign_joined"]
    assert before["at"].tolist() == [day(99) + timedelta(hours=20)]


def test_the_days_around_are_kept(found, merchants):
    burst = merchants.at[("burst", "orders"), "incident_id"]
    days = found.series[found.series["incident_id"] == burst].set_index("day")
    assert list(found.series.columns) == list(SERIES_COLUMNS)
    assert days.loc[day(99) : day(101), "value"].tolist() == [3, 15, 15]
    assert days["trials"].isna().all()
    assert days.index.min() == day(100 - 56)


def test_small_sellers_are_not_watched(found):
    watched = found.watched[found.watched["entity_type"] == "merchant"].set_index("entity_id")
    assert "small" not in watched.index
    assert watched.at["burst", "watched_on"] == day(3)  # the tenth order


def test_an_earlier_moment_finds_what_was_known_then(tables, found):
    earlier = find_incidents(tables, day(103)).incidents
    causal = ["incident_id", "found_on", "q_value"]
    known = found.incidents[found.incidents["found_on"] <= day(102)]
    pd.testing.assert_frame_equal(
        *(r[causal].sort_values("incident_id", ignore_index=True) for r in (earlier, known))
    )
    assert earlier.loc[earlier["entity_id"] == "burst", "status"].tolist() == ["open"]


def test_what_is_known_later_changes_nothing(tables, tmp_path):
    moment = day(90)
    orders = changed(
        tables["orders"],
        tmp_path / "orders.parquet",
        "SELECT * REPLACE (CASE WHEN shipped_at > TIMESTAMP '2024-03-31' THEN NULL "
        "ELSE shipped_at END AS shipped_at) FROM '{source}' "
        "WHERE placed_at < TIMESTAMP '2024-03-31' OR merchant_id <> 'late'",
    )
    reviews = changed(
        tables["reviews"],
        tmp_path / "reviews.parquet",
        "SELECT * REPLACE (CASE WHEN created_at > TIMESTAMP '2024-03-31' THEN 1.0 ELSE rating "
        "END AS rating) FROM '{source}'",
    )
    assert moment == datetime(2024, 3, 31)
    before = find_incidents(tables, moment)
    after = find_incidents({**tables, "orders": orders, "reviews": reviews}, moment)
    pd.testing.assert_frame_equal(before.incidents, after.incidents)
    pd.testing.assert_frame_equal(before.series, after.series)
    assert "late" in set(before.incidents["entity_id"])


def test_orders_alone_are_enough(tables):
    found = find_incidents({"orders": tables["orders"]}, END)
    series = set(found.incidents["series"])
    assert series == {"orders", "late_dispatch"}
    assert found.before.empty
    assert list(found.incidents.columns) == list(INCIDENT_COLUMNS)


def test_a_market_without_days_has_no_incidents(tables):
    found = find_incidents(tables, day(0))
    assert found.incidents.empty
    assert found.series.empty
    assert found.before.empty


def test_without_orders_nothing_can_be_watched(tables):
    with pytest.raises(InputError, match="no table orders"):
        find_incidents({"reviews": tables["reviews"]}, END)
    with pytest.raises(InputError, match="lacks the column"):
        find_incidents({"orders": tables["reviews"]}, END)


def test_events_out_of_order_do_not_matter(tables, found, tmp_path):
    orders = changed(
        tables["orders"],
        tmp_path / "orders.parquet",
        "SELECT * FROM '{source}' ORDER BY hash(order_id)",
    )
    shuffled = find_incidents({**tables, "orders": orders}, END)
    pd.testing.assert_frame_equal(shuffled.incidents, found.incidents)
