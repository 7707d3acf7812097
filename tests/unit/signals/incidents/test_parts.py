"""Clean sums, exposures and the dating of starts."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.incidents.daily import Daily
from analytics.signals.incidents.dating import likeliest_start, usual_lag
from analytics.signals.incidents.exposure import (
    LONGEST_DELAY,
    REFIT_DAYS,
    control_exposure,
    delay_shares,
    delayed_exposure,
)
from analytics.signals.incidents.sums import CleanSums


def sums_of(*k: float) -> CleanSums:
    days = np.array(k, dtype=float)[:, None]
    sums = CleanSums(days, np.ones_like(days))
    for day in range(len(k)):
        sums.reach(day)
    return sums


def test_hidden_days_count_neither_events_nor_exposure():
    sums = sums_of(1, 2, 30, 40, 5)
    sums.hide(0, 2, 4)
    assert [part[0] for part in sums.over(0, 5)] == [3, 2]
    sums.show(0, 4, 4)
    assert [part[0] for part in sums.over(0, 5)] == [8, 3]
    assert [list(part) for part in sums.of(0, np.array([1, 4]), 5)] == [[7, 5], [2, 1]]


def test_a_restart_forgets_what_was_before():
    sums = sums_of(1, 2, 30, 40, 5)
    sums.hide(0, 2, 4)
    sums.restart(0, 2, 4)
    assert [part[0] for part in sums.over(0, 5)] == [75, 3]


def test_exposure_follows_the_others_and_not_oneself():
    others = np.array([70.0, 70.0, 140.0])
    own = np.array([10.0, 10.0, 500.0])
    totals = np.stack([others + own, np.zeros(3)], axis=1)
    found = control_exposure(own[:, None], totals, np.array([0]))[:, 0]
    assert found[2] / found[0] == pytest.approx(2, rel=0.05)
    assert found[1] == pytest.approx(found[0], rel=0.05)


def daily(days: int) -> Daily:
    empty = pd.DataFrame()
    return Daily(empty, empty, empty, empty, empty, empty, 0, days - 1)


def test_delays_are_learned_from_earlier_days_only():
    late = pd.DataFrame({"day": [5, 40], "lag": [3, 9], "count": [1000, 1000]})
    shares = delay_shares(late, daily(REFIT_DAYS + 40))
    assert shares.shape == (REFIT_DAYS + 40, LONGEST_DELAY + 1)
    assert shares.sum(axis=1) == pytest.approx(np.ones(REFIT_DAYS + 40))
    assert shares[0, 3] == pytest.approx(1 / (LONGEST_DELAY + 1))  # nothing known yet
    assert shares[REFIT_DAYS, 3] > 0.95  # day 5 is known, day 40 not yet
    assert shares[REFIT_DAYS, 9] < 0.01


def test_exposure_waits_as_long_as_events_do():
    shares = np.zeros((6, LONGEST_DELAY + 1))
    shares[:, 2] = 1.0
    orders = np.array([[10.0], [0], [0], [40.0], [0], [0]])
    assert delayed_exposure(orders, shares)[:, 0].tolist() == [0, 0, 10, 0, 0, 40]


def test_a_start_is_dated_by_the_orders_and_not_by_the_day_of_knowing():
    day = np.arange(100, 160)
    k = np.where(day >= 140, 4.0, 0.0)
    found = likeliest_start(day, k, np.full(60, 5.0), 146, lag=(6.0, 0.0))
    assert found == 140


def test_few_events_leave_the_start_near_the_usual_lag():
    day = np.arange(100, 160)
    k = np.where(day == 131, 1.0, 0.0) + np.where(day >= 145, 1.0, 0.0)
    n = np.full(60, 2.0)
    near = likeliest_start(day, k, n, 152, lag=(8.0, 2.0))
    assert near == 145


def test_a_start_is_put_between_days_that_are_as_likely():
    # No orders on days 131 to 135: the change came with one of them or the next.
    day = np.r_[np.arange(100, 131), np.arange(136, 160)]
    k = np.where(day >= 136, 4.0, 0.0)
    found = likeliest_start(day, k, np.full(len(day), 4.0), 136, lag=(0.0, 0.0))
    flat = likeliest_start(day, k, np.full(len(day), 4.0), 150, lag=(16.0, 9.0))
    assert (found, flat) == (135, 134)


def test_an_event_more_than_orders_are_thought_known_does_no_harm():
    day = np.arange(100, 160)
    k = np.where(day >= 150, 2.0, 0.0)
    n = np.where(day >= 150, 1.2, 3.0)
    assert likeliest_start(day, k, n, 152, lag=(2.0, 0.5)) == 150


def test_a_start_that_nothing_tells_is_the_day_it_shows():
    day = np.arange(5)
    assert likeliest_start(day, np.zeros(5), np.ones(5), 4, lag=(0.0, 0.0)) == 4


def test_lags_are_weighed_by_their_events():
    assert usual_lag(np.array([1.0, 3.0, 0.0]), np.array([4.0, 8.0, np.nan])) == (
        7.0, pytest.approx(np.sqrt(3)),
    )  # fmt: skip
    assert usual_lag(np.zeros(2), np.array([np.nan, np.nan])) == (0.0, 0.0)
