"""When a challenger is better, and when nobody can tell."""

import pytest

from analytics.model.metrics import Estimate
from analytics.retraining.verdict import verdict


@pytest.mark.parametrize(
    ("positives", "bounds", "word"),
    [
        (20, (0.10, 0.02, 0.18), "better"),
        (20, (-0.10, -0.18, -0.02), "worse"),
        (20, (0.10, -0.02, 0.22), "no clear difference"),
        (20, (0.10, 0.00, 0.20), "no clear difference"),
        (19, (0.40, 0.35, 0.45), "not enough evidence"),
        (0, (-0.40, -0.45, -0.35), "not enough evidence"),
        (20, (0.0, float("nan"), float("nan")), "not enough evidence"),
    ],
)
def test_words(positives, bounds, word):
    assert verdict(positives, Estimate(*bounds)).word == word


def test_however_good_it_looks_too_few_control_positives_decide_nothing():
    assert "holds 19 confirmed violations; a verdict needs 20" in (
        verdict(19, Estimate(0.4, 0.35, 0.45)).sentence
    )


def test_without_a_difference_there_is_no_verdict():
    assert verdict(50, None).word == "not enough evidence"
