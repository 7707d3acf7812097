"""The confident joint of a table that can be counted by hand."""

import numpy as np

from analytics.labelling.confident import confident_learning

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
POSITIVE = np.array([0.1, 0.1, 0.2, 0.9, 0.9, 0.9, 0.8, 0.1])


def found():
    return confident_learning(LABELS, np.column_stack([1 - POSITIVE, POSITIVE]))


def test_a_class_counts_from_the_mean_probability_of_its_own_rows():
    assert found().thresholds.tolist() == [0.675, 0.675]


def test_rows_that_count_for_the_other_class_are_doubted():
    assert np.flatnonzero(found().is_doubted).tolist() == [3, 7]


def test_the_joint_gives_each_class_its_share():
    # Of four cleared and four confirmed, each has three that count for it and one for the other.
    assert found().joint.tolist() == [[0.375, 0.125], [0.125, 0.375]]


def test_the_margin_is_how_much_likelier_the_other_class_is():
    assert np.allclose(found().margin, [-0.8, -0.8, -0.6, 0.8, -0.8, -0.8, -0.6, 0.8])


def test_a_row_below_both_thresholds_counts_for_none():
    positive = np.array([0.1, 0.1, 0.5, 0.9, 0.9, 0.4])
    labels = np.array([0, 0, 0, 1, 1, 1])
    doubts = confident_learning(labels, np.column_stack([1 - positive, positive]))
    assert not doubts.is_doubted.any()  # 0.5 is below 0.733 and 0.767, 0.6 below 0.767
    assert doubts.joint.tolist() == [[0.5, 0.0], [0.0, 0.5]]


def test_of_three_classes_the_most_probable_confident_one_counts():
    probabilities = np.array(
        [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.0, 0.3, 0.7], [0.0, 0.1, 0.9]]
    )
    doubts = confident_learning(np.array([0, 1, 2, 1, 2]), probabilities)
    # thresholds 0.8, 0.55, 0.85: row 3 has 0.7 of class 2, not enough to count for it
    assert np.allclose(doubts.thresholds, [0.8, 0.55, 0.85])
    assert not doubts.is_doubted.any()
