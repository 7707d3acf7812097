"""The chart of a series around an incident."""

import pandas as pd
import pytest

from analytics import charts
from tests.support.incidents import incident_tables

SEEN, ENDED = pd.Timestamp("2026-03-20"), pd.Timestamp("2026-03-21")


@pytest.fixture
def days() -> pd.DataFrame:
    return incident_tables()["series"].drop(columns="incident_id")


def test_a_share_is_rolled_over_a_week(days):
    made = charts.incident(days, "Late dispatch", pd.Timestamp("2026-03-19"), SEEN, ENDED)
    share, usual = made.data
    assert list(share.y) == pytest.approx([0, 0, 1 / 6, 3 / 8, 0.5, 0.5])
    assert list(usual.y) == pytest.approx([0.05] * 6)
    band, line = made.layout.shapes
    assert (band.x0, band.x1) == (
        pd.Timestamp("2026-03-19 12:00"),
        pd.Timestamp("2026-03-21 12:00"),
    )
    assert line.x0 == pd.Timestamp("2026-03-19")


def test_counts_are_bars(days):
    days["trials"] = float("nan")
    made = charts.incident(days, "Orders", SEEN, SEEN, None)
    assert list(made.data[0].y) == [0, 0, 1, 2, 2, 1]
    assert made.layout.shapes[0].x1 == pd.Timestamp("2026-03-22 12:00")


def test_days_without_trials_have_no_share(days):
    days["trials"] = days["value"] = 0.0
    made = charts.incident(days, "Late dispatch", SEEN, SEEN, None)
    assert list(made.data[0].y) == [None] * 6


def test_the_alternative_says_the_levels(days):
    assert charts.incident_alt(days, "Late dispatch", SEEN, ENDED) == (
        "Late dispatch by day: 25 % outside, 100 % from 2026-03-20 to 2026-03-21."
    )
    days["trials"] = float("nan")
    assert charts.incident_alt(days, "Orders", SEEN, None) == (
        "Orders by day: 0.33 a day outside, 1.67 a day from 2026-03-20 until now."
    )


def test_nothing_to_draw(days):
    made = charts.incident(days.iloc[:0], "Orders", SEEN, SEEN, None)
    assert "No days" in made.layout.annotations[0].text
    assert "no days" in charts.incident_alt(days.iloc[:0], "Orders", SEEN, None)
