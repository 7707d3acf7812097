import numpy as np
import pytest

from analytics.model import metrics
from analytics.model.report import MODEL, Prediction, Trial, make_report

Y = np.array([1.0, 0.0, 1.0, 0.0])
SCORE = np.array([0.9, 0.8, 0.3, 0.1])


def test_auroc_counts_ordered_pairs():
    # pairs (positive, negative): (.9, .8) (.9, .1) (.3, .1) in order, (.3, .8) not
    assert metrics.auroc(Y, SCORE) == pytest.approx(3 / 4)


def test_tied_scores_count_half_in_auroc():
    assert metrics.auroc(Y, np.full(4, 0.5)) == pytest.approx(0.5)


def test_average_precision_takes_precision_at_each_positive():
    # positives stand first (1/1) and third (2/3)
    assert metrics.average_precision(Y, SCORE) == pytest.approx((1 + 2 / 3) / 2)


def test_tied_scores_share_their_precision():
    assert metrics.average_precision(Y, np.full(4, 0.5)) == pytest.approx(0.5)


@pytest.mark.parametrize(("k", "expected"), [(1, 1.0), (2, 0.5), (3, 2 / 3), (10, 0.5)])
def test_precision_at_k(k, expected):
    assert metrics.precision_at(Y, SCORE, k) == pytest.approx(expected)


def test_weights_stand_for_repeated_rows():
    prepared = metrics.metrics(Y, SCORE, SCORE, k=2)
    repeated = [0, 0, 2, 3, 3, 3]
    again = metrics.metrics(Y[repeated], SCORE[repeated], SCORE[repeated], k=2)
    weights = np.array([2.0, 0.0, 1.0, 3.0])
    for name in ("auroc", "average_precision", "precision_at_k", "lift_at_k", "brier"):
        assert prepared[name](weights) == pytest.approx(again[name](np.ones(6)))


def test_brier_is_the_mean_squared_error():
    brier = metrics.metrics(Y, SCORE, SCORE, k=2)["brier"](np.ones(4))
    assert brier == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)


def test_calibration_error_weighs_bins_by_their_rows():
    y = np.array([0.0] * 8 + [1.0, 0.0])
    probability = np.array([0.1] * 8 + [0.5, 0.5])
    # ten bins of one row: |0.1 − 0| eight times, |0.5 − 1| and |0.5 − 0|
    assert metrics.calibration_error(y, probability) == pytest.approx((8 * 0.1 + 2 * 0.5) / 10)


def test_wilson_interval_of_no_hit_in_ten():
    low, high = metrics.wilson(0.0, 10)
    assert low == 0.0
    assert high == pytest.approx(1.645**2 / (10 + 1.645**2))


def test_capacity_curve_counts_precision_and_recall():
    assert metrics.capacity_curve(Y, SCORE, [1, 2, 99]) == [
        {"capacity": 1, "precision": 1.0, "recall": 0.5},
        {"capacity": 2, "precision": 0.5, "recall": 0.5},
        {"capacity": 4, "precision": 0.5, "recall": 1.0},
    ]


def test_a_drawn_group_counts_with_all_its_rows():
    groups = np.array([0, 0, 1, 2])
    for weights in metrics.bootstrap_weights(groups, draws=20, seed=1):
        assert weights[0] == weights[1]
        assert weights[0] + weights[2] + weights[3] == 3


def test_a_model_that_equals_its_baseline_differs_by_nothing():
    same = Prediction(SCORE, SCORE)
    trial = Trial(None, np.arange(4), Y, {MODEL: same, "baseline": same})
    report = make_report("merchant", "quality", "made up", [trial], k=2, seed=0, draws=50)
    for difference in report.differences["baseline"].values():
        assert (difference.value, difference.low, difference.high) == (0, 0, 0)
    assert report.to_dict()["trials"][0]["positives"] == 2
    assert "merchant quality" in report.summary()


def test_results_are_the_mean_over_the_dates():
    good, bad = Prediction(Y, SCORE), Prediction(-Y, SCORE)
    trials = [
        Trial(None, np.arange(4), Y, {MODEL: good}),
        Trial(None, np.arange(4), Y, {MODEL: bad}),
    ]
    report = make_report("merchant", "quality", "made up", trials, k=2, seed=0, draws=5)
    assert report.results[MODEL]["auroc"].value == pytest.approx((1 + 0) / 2)
