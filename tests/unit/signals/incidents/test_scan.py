"""Likelihood ratios, their p-values and overdispersion, worked out by hand."""

import math

import numpy as np
import pytest

from analytics.signals.incidents.scan import (
    likelihood_ratio,
    log_odds_of_level,
    overdispersion,
    p_value,
)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_rates_of_counts_are_compared_by_their_likelihoods():
    # 8 in 2 days against 4 in 4 days: 4 and 1 a day, 2 a day in common.
    found = likelihood_ratio(array(8), array(2), array(4), array(4), is_share=False)
    assert found[0] == pytest.approx(2 * (8 * math.log(2) + 4 * math.log(0.5)))


def test_shares_count_misses_too():
    # 3 of 4 against 1 of 4: a half in common.
    found = likelihood_ratio(array(3), array(4), array(1), array(4), is_share=True)
    hits = 3 * math.log(1.5) + math.log(0.5)
    misses = math.log(0.5) + 3 * math.log(1.5)
    assert found[0] == pytest.approx(2 * (hits + misses))


def test_equal_rates_tell_nothing():
    found = likelihood_ratio(array(5, 2), array(5, 2), array(20, 7), array(20, 7), is_share=False)
    assert found.tolist() == pytest.approx([0, 0])


def test_overdispersion_makes_a_change_less_sure():
    plain, spread = p_value(array(16, 16), array(1, 4))
    assert plain == pytest.approx(3.17e-5, rel=0.01)  # four standard deviations
    assert spread == pytest.approx(0.0228, rel=0.01)  # two


def test_a_steady_drift_is_no_overdispersion():
    drift = np.repeat([7.0, 14.0, 21.0, 28.0], 7)[:, None] / 7
    jumps = np.repeat([7.0, 49.0, 7.0, 49.0], 7)[:, None] / 7
    days = np.ones_like(drift)
    chi, free = overdispersion(np.hstack([drift, jumps]), np.hstack([days, days]),
                               is_share=np.array([False, False]))  # fmt: skip
    # Weeks of 7, 14, 21, 28 of 70: steps of 7, a variance of 2 × 17.5 each.
    assert free.tolist() == [3, 3]
    assert chi[0] == pytest.approx(3 * 49 / 35)
    assert chi[1] == pytest.approx(3 * 42**2 / 56)


def test_days_that_do_not_count_tell_nothing_of_dispersion():
    nothing = np.zeros((14, 1))
    chi, free = overdispersion(nothing, nothing, is_share=np.array([True]))
    assert (chi[0], free[0]) == (0, 0)


def test_days_at_the_old_level_speak_for_it():
    back = log_odds_of_level(array(10), array(10), 1.0, array(4), is_share=False)
    assert back[0] == pytest.approx(10 * math.log(1 / 4) + 30)
    share = log_odds_of_level(array(1), array(10), 0.1, array(0.6), is_share=True)
    assert share[0] == pytest.approx(math.log(0.1 / 0.6) + 9 * math.log(0.9 / 0.4))
