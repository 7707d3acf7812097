"""Weights that can be worked out by hand, and metrics under them."""

import numpy as np
import pandas as pd
import pytest

from analytics.model.metrics import metrics, reliability
from analytics.retraining.estimator import REACHED, REST, draw_sample

# 1,000 entities. The queue reached 40 of them; half of the groups are held out, and each round's
# control sample takes one in fifty.
ROWS = [
    ("a", "expected_harm", "merchant/top", 1.0, 0.02, 1.0),
    ("b", "expected_harm", "merchant/top", 1.0, 0.02, 1.0),
    ("c", "expected_harm", "merchant/top", 1.0, 0.02, 0.0),
    ("d", "control", "merchant/top", 1.0, 0.02, 1.0),
    ("e", "control", "merchant/rest", 0.02, 0.02, 1.0),
    ("f", "control", "merchant/rest", 0.02, 0.02, 0.0),
    ("g", "control", "merchant/rest", 0.04, 0.04, 0.0),
]
COLUMNS = [
    "entity_id",
    "queue_policy",
    "stratum",
    "inclusion_probability",
    "control_probability",
    "label",
]


@pytest.fixture
def judged() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS).set_index("entity_id")


@pytest.fixture
def sample(judged):
    groups = pd.Series(judged.index, index=judged.index)
    return draw_sample(judged, groups, reached=40, population=1_000, share=0.5)


def test_each_case_stands_for_its_share_of_its_stratum(sample):
    # Reached: four cases of equal chance stand for 40. Rest: 1/0.02 : 1/0.02 : 1/0.04 = 2 : 2 : 1.
    assert sample.weights == pytest.approx([10, 10, 10, 10, 384, 384, 192])
    assert list(sample.strata) == [REACHED] * 4 + [REST] * 3
    assert sample.sizes == {REACHED: 40, REST: 960}


def test_prevalence_is_that_of_the_population_not_of_the_queue(sample, judged):
    y = judged["label"].to_numpy()
    assert y.mean() == pytest.approx(4 / 7)
    assert np.average(y, weights=sample.weights) == pytest.approx((30 + 384) / 1_000)


def test_metrics_under_the_weights(sample, judged):
    y = judged["label"].to_numpy()
    score = np.array([7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0])  # a first, g last
    prepared = metrics(y, score, np.full(7, 0.5), k=100)
    found = {name: value(sample.weights) for name, value in prepared.items()}
    # The first 100 of the 1,000: a, b, c, d stand for 40, e for the other 60.
    assert found["precision_at_k"] == pytest.approx((30 + 60) / 100)
    assert found["lift_at_k"] == pytest.approx(0.9 / 0.414)
    # Σ weight × precision down to it, over the positives' weight.
    expected = (10 * 1 + 10 * 1 + 10 * 30 / 40 + 384 * 414 / 424) / 414
    assert found["average_precision"] == pytest.approx(expected)
    # Pairs of one positive and one negative in the right order: c stands above e alone.
    right = 30 * (384 + 192) + 20 * 10 + 384 * (384 + 192)
    assert found["auroc"] == pytest.approx(right / (414 * 586))
    assert found["brier"] == pytest.approx(0.25)
    assert found["calibration_error"] == pytest.approx((0.5 * 414 + 0.5 * 586) / 1_000)


def test_a_stratum_without_a_judged_case_is_named_but_stands_for_nothing(judged):
    top = judged[judged["stratum"] == "merchant/top"]
    groups = pd.Series(top.index, index=top.index)
    sample = draw_sample(top, groups, reached=40, population=1_000, share=0.5)
    assert sample.weights.sum() == pytest.approx(40)
    assert sample.sizes == {REACHED: 40, REST: 960}


def test_a_draw_keeps_each_stratums_size_and_its_groups_together(judged):
    groups = pd.Series(["one", "one", "two", "three", "e", "f", "g"], index=judged.index)
    sample = draw_sample(judged, groups, reached=40, population=1_000, share=0.5)
    for weights in sample.draws(50, seed=0):
        assert weights[:4].sum() == pytest.approx(40)
        assert weights[4:].sum() == pytest.approx(960)
        assert weights[0] == weights[1]


def test_the_same_seed_draws_the_same(sample):
    for one, other in zip(sample.draws(5, seed=3), sample.draws(5, seed=3), strict=True):
        assert (one == other).all()


def test_bins_of_a_weighted_reliability_count_by_weight():
    y = np.array([1.0, 0.0])
    rows = reliability(np.tile(y, 10), np.full(20, 0.2), np.tile([1.0, 3.0], 10))
    assert [row["observed"] for row in rows] == pytest.approx([0.25] * 10)
    assert [row["predicted"] for row in rows] == pytest.approx([0.2] * 10)
