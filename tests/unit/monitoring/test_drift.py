"""Drift between two snapshots, worked out by hand on a few rows."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.monitoring.drift import (
    Limits,
    chance_index,
    distribution_drift,
    missing_drift,
    stability_index,
)

LIMITS = Limits(least=20, index=0.2, distance=0.1, missing=0.1, rate=0.01)


def test_equal_samples_have_no_index() -> None:
    values = np.arange(100.0)
    assert stability_index(values, values) == (0.0, 10)


def test_the_index_of_two_values() -> None:
    """50 zeros and 50 ones become 25 and 75; every bin counts half a row more."""
    before, after = np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], [25, 75])
    index, bins = stability_index(before, after)
    low, high = 25.5 / 101, 75.5 / 101
    assert bins == 2
    assert index == pytest.approx(
        (low - 0.5) * math.log(low / 0.5) + (high - 0.5) * math.log(high / 0.5)
    )


def test_values_that_were_never_seen_fall_into_the_outermost_bins() -> None:
    before = np.arange(100.0)
    index, bins = stability_index(before, np.full(100, 1e9))
    assert bins == 10
    assert index > 4


def test_a_constant_has_one_bin_and_nothing_to_move() -> None:
    assert stability_index(np.ones(50), np.ones(40)) == (0.0, 1)
    assert chance_index(1, 50, 40) == 0.0


def test_chance_gives_small_samples_a_large_index() -> None:
    # The 95 % quantile of χ² with 9 degrees of freedom is 16.919 (any table).
    assert chance_index(10, 90, 90) == pytest.approx(16.919 * 2 / 90, abs=1e-4)


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    values = np.arange(200.0)
    before = pd.DataFrame({"moved": values, "same": values, "rare": np.nan})
    after = pd.DataFrame({"moved": values + 150, "same": values[::-1], "rare": np.nan})
    before.loc[:18, "rare"], after.loc[:, "rare"] = 1.0, 1.0
    return before, after


def test_what_moved_is_found_and_what_did_not_is_not() -> None:
    found = distribution_drift(*frames(), LIMITS).set_index("feature")
    assert list(found.index) == ["moved", "same"]  # of `rare` only 19 values were known
    assert list(found["is_drifted"]) == [True, False]
    assert found.loc["moved", "ks"] == 0.75
    both = np.concatenate([np.arange(200.0), np.arange(200.0) + 150])
    assert found.loc["moved", "distance"] == pytest.approx(150 / both.std())
    assert found.loc["moved", "q_value"] == pytest.approx(found.loc["moved", "p_value"] * 2)
    assert (found.loc["same", "psi"], found.loc["same", "q_value"]) == (0.0, 1.0)
    assert found.loc["moved", "current_median"] == found.loc["moved", "reference_median"] + 150


def test_an_index_above_the_limit_is_no_drift_within_what_chance_gives() -> None:
    before = pd.DataFrame({"x": np.arange(20.0)})
    after = pd.DataFrame({"x": np.arange(20.0) * 0.9})
    (row,) = distribution_drift(before, after, replace(LIMITS, index=0.01)).itertuples()
    assert 0.01 <= row.psi < row.noise
    assert not row.is_drifted


def test_a_common_value_that_moves_by_a_hair_is_no_drift() -> None:
    """Half of the entities share one value: a shrunken rate of those without history."""
    own = np.arange(100.0)
    before = pd.DataFrame({"rate": np.concatenate([np.full(100, 50.5), own])})
    after = pd.DataFrame({"rate": np.concatenate([np.full(100, 50.6), own])})
    (row,) = distribution_drift(before, after, LIMITS).itertuples()
    assert row.psi > 1
    assert row.q_value < 1e-9
    assert row.distance == pytest.approx(0.05 / np.concatenate([before, after]).std())
    assert not row.is_drifted


def test_text_and_columns_of_one_side_are_left_out() -> None:
    before, after = frames()
    found = distribution_drift(before.assign(name="a", only=1.0), after.assign(name="b"), LIMITS)
    assert set(found["feature"]) == {"moved", "same"}


def test_no_rows_give_an_empty_frame_of_the_same_columns() -> None:
    empty = pd.DataFrame({"x": pd.Series(dtype=float)})
    assert distribution_drift(empty, empty, LIMITS).empty
    assert missing_drift(empty, empty, LIMITS).empty


def test_values_that_went_missing() -> None:
    values = pd.Series(np.arange(100.0))
    before = pd.DataFrame({"lost": values, "few": values, "whole": values})
    after = before.copy()
    after.loc[:29, "lost"], after.loc[:4, "few"] = np.nan, np.nan
    found = missing_drift(before, after, LIMITS).set_index("feature")
    assert list(found.index) == ["lost", "few"]
    assert list(found["is_drifted"]) == [True, False]
    assert list(found["change"]) == [0.3, 0.05]
    # Of 5 missing among 200, all on one side: 2 · C(100, 5) / C(200, 5).
    chance = 2 * math.comb(100, 5) / math.comb(200, 5)
    assert found.loc["few", "p_value"] == pytest.approx(chance)
    assert found.loc["few", "q_value"] == pytest.approx(chance)
