"""The order of events, whatever order they came in."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.sequence.event_log import MOST_KINDS, OTHER, EventLog, days, moment_of

ROWS = [
    ("a", "2026-01-03", "paid"),
    ("a", "2026-01-01", "listed"),
    ("b", "2026-01-02", "paid"),
    ("a", "2026-01-03", "asked"),
    ("a", "2026-01-05", "paid"),
]


def log_of(rows, **entities):
    events = pd.DataFrame(rows, columns=["entity_id", "at", "kind"])
    events["at"] = pd.to_datetime(events["at"])
    return EventLog.from_frame(events, pd.DataFrame(entities) if entities else None)


def spelled(log):
    return [(log.ids[c], log.kinds[k]) for c, k in zip(log.code, log.kind, strict=True)]


def test_events_are_sorted_by_entity_time_and_kind():
    log = log_of(ROWS)
    kinds = ["listed", "asked", "paid", "paid"]
    assert spelled(log) == [*(("a", kind) for kind in kinds), ("b", "paid")]
    assert log.kinds == ("asked", "listed", "paid", OTHER)
    assert log.bounds.tolist() == [0, 4, 5]


def test_the_order_of_rows_changes_nothing():
    one, other = log_of(ROWS), log_of(ROWS[::-1])
    assert spelled(one) == spelled(other)
    assert one.at.tolist() == other.at.tolist()


def test_gaps_are_days_and_equal_times_are_no_steps():
    log = log_of(ROWS)
    np.testing.assert_array_equal(log.gap, [np.nan, 2.0, 0.0, 2.0, np.nan])
    assert log.is_step.tolist() == [False, True, False, True, False]


def test_what_happened_after_a_moment_is_not_seen():
    log = log_of(ROWS)
    until = np.array([days(pd.Timestamp("2026-01-03")), days(pd.Timestamp("2026-01-01"))])
    assert spelled(log.before(until)) == [("a", "listed"), ("a", "asked"), ("a", "paid")]


def test_some_entities_again_and_again():
    log = log_of(ROWS).of(np.array([1, 0, 1]))
    assert log.ids.tolist() == ["b", "a", "b"]
    assert log.code.tolist() == [0, 1, 1, 1, 1, 2]
    assert [kind for _, kind in spelled(log)] == ["paid", "listed", "asked", "paid", "paid", "paid"]


def test_rare_kinds_beyond_the_most_frequent_are_one():
    many = [("a", "2026-01-01", f"kind {n:03}") for n in range(MOST_KINDS + 5)]
    log = log_of([*many, ("a", "2026-01-02", "kind 060")])
    assert len(log.kinds) == MOST_KINDS + 1
    assert "kind 060" in log.kinds
    assert (log.kind == len(log.kinds) - 1).sum() == 5  # by name the last ones
    assert log.kinds[-1] == OTHER


def test_rows_that_lack_something_and_of_nobody_are_left_out():
    rows = [*ROWS, ("a", None, "paid"), ("a", "2026-01-01", None), ("stranger", "2026-01-01", "x")]
    log = log_of(rows, entity_id=["b", "a", "c"], category=["y", "x", "z"])
    assert log.ids.tolist() == ["a", "b", "c"]
    assert log.categories.tolist() == ["x", "y", "z"]
    assert np.diff(log.bounds).tolist() == [4, 1, 0]


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="'kind'"):
        EventLog.from_frame(pd.DataFrame({"entity_id": [], "at": []}))


def test_moments_come_back():
    moment = datetime(2026, 5, 4, 3, 2, 1)
    day = days(pd.Timestamp(moment))
    assert moment_of([day]).tolist() == [pd.Timestamp(moment)]
    assert days(pd.Timestamp(moment + timedelta(days=3))) - day == pytest.approx(3)
