"""Numbers that describe sequences, on lives that can be read."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.sequence.event_log import EventLog, days
from analytics.signals.sequence.features import NAMES, SequenceFeatures

START = pd.Timestamp("2026-01-01")
NOW = days(START + pd.Timedelta(days=200))


def life(name, *events):
    return [(name, START + pd.Timedelta(days=day), kind) for day, kind in events]


def steady(name):
    """An order every ten days, each dispatched and delivered."""
    events = []
    for day in range(0, 200, 10):
        events += [(day, "ordered"), (day + 2, "dispatched"), (day + 5, "delivered")]
    return life(name, *events)


def bust_out(name):
    """As the steady one until day 100; asleep; a new account, a burst, and nothing is sent."""
    quiet = [(n, at, kind) for n, at, kind in steady(name) if at < START + pd.Timedelta(days=100)]
    burst = [(160 + n / 10, "ordered") for n in range(40)]
    overdue = [(170 + n / 10, "dispatch overdue") for n in range(40)]
    return quiet + life(name, (155, "payout_changed"), *burst, *overdue)


@pytest.fixture(scope="module")
def log():
    rows = [row for n in range(30) for row in steady(f"m{n:02}")] + bust_out("m99")
    events = pd.DataFrame(rows, columns=["entity_id", "at", "kind"])
    ids = [*(f"m{n:02}" for n in range(30)), "m99", "idle"]
    return EventLog.from_frame(events, pd.DataFrame({"entity_id": ids}))


@pytest.fixture(scope="module")
def frame(log):
    return SequenceFeatures().fit(log).transform(log, np.full(log.size, NOW))


def test_a_bust_out_stands_out_and_the_steady_are_alike(frame):
    for name in ("sequence_stretch", "sequence_mix", "sequence_burst", "sequence_burst_trouble"):
        assert frame[name].idxmax() == "m99"
    assert frame.loc["m00":"m29"].nunique().max() == 1
    assert frame.loc["m99", "sequence_burst_account"] == 1
    assert frame.loc["m00", "sequence_burst_account"] == 0


def test_the_burst_is_the_forty_orders(frame):
    # 40 orders within 7 days; 50 orders in 200 days are 1.75 in 7.
    assert frame.loc["m99", "sequence_burst"] == pytest.approx(
        2 * (40**0.5 - (50 / 200 * 7) ** 0.5)
    )
    # 40 overdue for 40 orders, damped by five.
    trouble = frame.loc["m99", "sequence_burst"] * 40 / 45
    assert frame.loc["m99", "sequence_burst_trouble"] == pytest.approx(trouble)


def test_gaps_and_silence(frame):
    gaps = np.tile([2.0, 3.0, 5.0], 20)[:-1]
    assert frame.loc["m00", "sequence_gap_variation"] == pytest.approx(gaps.std() / gaps.mean())
    assert frame.loc["m00", "sequence_silence"] == pytest.approx(5 / (5 + 1))


def test_the_unusual_stretch_is_the_burst(log):
    """It ends with the first order overdue: all others follow one, as all that were seen do."""
    stretch = SequenceFeatures().fit(log).unusual(log)
    code = log.ids.get_loc("m99")
    first, last = (log.at[place[code]] for place in (stretch.first, stretch.last))
    assert first >= days(START + pd.Timedelta(days=155))
    assert last == days(START + pd.Timedelta(days=170))


def test_nothing_is_said_of_who_did_nothing(frame):
    assert frame.loc["idle"].isna().all()
    assert list(frame.columns) == list(NAMES)
    assert SequenceFeatures().get_feature_names_out().tolist() == list(NAMES)


def test_later_events_change_nothing(log):
    """Described from an earlier moment, a log is the same with its future and without."""
    usual = SequenceFeatures().fit(log)
    then = np.full(log.size, NOW - 45)
    cut = log.where(log.at <= NOW - 45)
    pd.testing.assert_frame_equal(usual.transform(log, then), usual.transform(cut, then))


def test_an_empty_log_gives_an_empty_frame():
    nobody = EventLog.from_frame(pd.DataFrame({"entity_id": [], "at": [], "kind": []}))
    frame = SequenceFeatures().fit(nobody).transform(nobody, np.zeros(0))
    assert frame.shape == (0, len(NAMES))


def test_without_orders_all_events_are_activity():
    rows = life(
        "c",
        *((day, "video") for day in range(100)),
        *((150.0 + n / 50, "video") for n in range(50)),
    )
    log = EventLog.from_frame(pd.DataFrame(rows, columns=["entity_id", "at", "kind"]))
    frame = SequenceFeatures().fit(log).transform(log, np.full(1, NOW))
    assert frame.loc["c", "sequence_burst"] == pytest.approx(2 * (50**0.5 - (150 / 200 * 2) ** 0.5))
