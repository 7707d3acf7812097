import pytest

from analytics.signals.discovery import adjusted, significant


def test_q_values_are_those_of_benjamini_and_hochberg():
    # Sorted .01 .02 .03 .5 of 4 tests: ratios .04 .04 .04 .5.
    assert adjusted([0.03, 0.5, 0.01, 0.02]) == pytest.approx([0.04, 0.5, 0.04, 0.04])


def test_a_larger_p_value_never_has_the_smaller_q_value():
    # .02·3/2 = .03 is above .021·3/3 = .021, so both get the smaller.
    assert adjusted([0.001, 0.02, 0.021]) == pytest.approx([0.003, 0.021, 0.021])


def test_tests_that_were_made_but_not_given_count():
    assert adjusted([0.001, 0.01], tests=100) == pytest.approx([0.1, 0.5])
    assert list(significant([0.001, 0.01], 0.1, tests=100)) == [True, False]


def test_no_test_has_no_q_value():
    assert len(adjusted([])) == 0
    assert len(significant([], 0.1, tests=5)) == 0
