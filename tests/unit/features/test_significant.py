import numpy as np

from analytics.features.build import significant


def test_what_differs_behind_the_tenth_digit_is_the_same() -> None:
    in_one_order, in_another = (0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3)
    assert in_one_order != in_another

    rounded = significant(np.array([in_one_order, in_another, 0.6 * (1 + 1e-8)]))

    assert rounded[0] == rounded[1] != rounded[2]


def test_whole_numbers_zero_and_gaps_stay_as_they_are() -> None:
    values = np.array([0.0, 1.0, -3.0, 1234567890.0, np.nan])
    np.testing.assert_array_equal(significant(values), values)
