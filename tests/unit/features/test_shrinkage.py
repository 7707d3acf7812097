"""Shrinkage against formulas worked out apart from the code."""

import numpy as np
import pandas as pd
import pytest

from analytics.features.shrinkage import (
    MIN_ENTITIES,
    STRONGEST,
    Moments,
    Shrunk,
    category_priors,
    prior,
)


def _moments(n, x, squares=0.0):
    n, x = np.asarray(n, float), np.asarray(x, float)
    return Moments(len(n), n.sum(), x.sum(), (n * n).sum(), (x * x / n).sum(), squares)


def test_rate_prior_by_hand():
    # Four entities with 10 rows each and 0, 2, 4 and 6 events: mean 0.3.
    # S = 10 (0.09 + 0.01 + 0.01 + 0.09) = 2; noise = 0.21, G - 1 = 3, N - sum n²/N = 40 - 10 = 30.
    # r = (2 - 0.63) / (0.21 × (30 - 3)) = 1.37 / 5.67, k = 1/r - 1.
    mean, strength = prior(_moments([10] * 4, [0, 2, 4, 6]), "rate")
    assert mean == pytest.approx(0.3)
    assert strength == pytest.approx(5.67 / 1.37 - 1, abs=1e-8)


def test_count_prior_by_hand():
    # Exposure 10 each, counts 5, 10, 20, 25: mean 1.5, S = 10 (1 + .25 + .25 + 1) = 25.
    # Var = (25 - 1.5 × 3) / 30, k = 1.5 / Var.
    mean, strength = prior(_moments([10] * 4, [5, 10, 20, 25]), "count")
    assert mean == pytest.approx(1.5)
    assert strength == pytest.approx(1.5 * 30 / 20.5, abs=1e-8)


def test_mean_prior_by_hand():
    # Two entities: rows 1, 3 and 7, 9. Means 2 and 8, pooled 5; within variance (2 + 2) / 2 = 2.
    # S = 2 × 9 + 2 × 9 = 36, a = (36 - 2 × 1) / (4 - 2) = 17, k = 2/17, raised to the least of 1.
    mean, strength = prior(_moments([2, 2], [4, 16], squares=1 + 9 + 49 + 81), "mean")
    assert mean == pytest.approx(5.0)
    assert strength == 1.0


def test_equal_rates_are_trusted_to_be_equal():
    mean, strength = prior(_moments([10, 10], [3, 3]), "rate")
    assert (mean, strength) == (pytest.approx(0.3), STRONGEST)


def test_recovers_a_beta_binomial():
    draw = np.random.default_rng(0)
    n = draw.integers(5, 60, 4000)
    x = draw.binomial(n, draw.beta(2.0, 8.0, 4000))
    mean, strength = prior(_moments(n, x), "rate")
    assert mean == pytest.approx(0.2, abs=0.01)
    assert strength == pytest.approx(10.0, rel=0.1)


def test_small_category_uses_the_market():
    feature = Shrunk("f", "rate")
    large = {"g": MIN_ENTITIES, "n": 400.0, "x": 40.0, "nn": 8000.0, "xx": 10.0, "s": 0.0}
    small = {"g": MIN_ENTITIES - 1, "n": 19.0, "x": 19.0, "nn": 19.0, "xx": 19.0, "s": 0.0}
    sums = pd.DataFrame(
        [{"category": c} | {f"f__{k}": v for k, v in part.items()}
         for c, part in (("large", large), ("small", small))]
    )  # fmt: skip
    priors = category_priors(sums, [feature]).set_index("category")
    assert priors.loc["large", "f__m"] == pytest.approx(0.1)
    assert priors.loc["small", "f__m"] == pytest.approx(59 / 419)
