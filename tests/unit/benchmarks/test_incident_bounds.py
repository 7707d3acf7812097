"""How soon a change could be told, on counts whose likelihood ratio is worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.incident_bounds import LIMIT, delay_table, first_day, of_counts, of_outcomes


def test_a_shop_that_stops_is_told_by_the_orders_that_it_misses():
    # Two orders a day before; none in ten days: (0 + ½) / 10 a day.
    ratio = of_counts(np.zeros(1), before=2.0, days=10)
    assert ratio == pytest.approx(1.95 * np.arange(1, 11))
    assert math.exp(LIMIT) == pytest.approx(1000 * 365.25 / 12)
    assert first_day(ratio) == 5  # 6 · 1.95 is the first above 10.3
    assert math.isnan(first_day(ratio[:5]))


def test_a_share_is_told_on_the_days_on_which_its_orders_are_known():
    during = pd.DataFrame({"placed_day": [0, 0, 1], "known_day": [2, 3, 3], "hit": [1, 0, 1]})
    during["hit"] = during["hit"].astype(bool)
    ratio = of_outcomes(during, before=0.1, level=0.5, known=np.ones(1))
    up, down = math.log(5), math.log(5 / 9)
    assert ratio[:5] == pytest.approx([0, 0, up, 2 * up + down, 2 * up + down])


def test_a_refund_that_has_not_come_yet_tells_as_much_as_should_have_come():
    during = pd.DataFrame({"placed_day": [0, 0], "known_day": [1.0, np.nan], "hit": [True, False]})
    ratio = of_outcomes(during, before=0.1, level=0.5, known=np.array([0.0, 0.5, 1.0]))
    up = math.log(5)
    assert ratio[:4] == pytest.approx(
        [0, up + math.log(0.75 / 0.95), up + math.log(0.5 / 0.9), up + math.log(0.5 / 0.9)]
    )


def test_what_was_sure_is_counted_beside_what_was_possible():
    delays = pd.DataFrame({"delay": [2, 9, np.nan], "possible": [1, 3, 15]})
    table = delay_table(delays, pd.Series(["burst", "stop", "stop"]))
    assert table.loc["stop"].tolist() == [2, 0, 1, 0, 1, 1, 1]
    assert table.loc["all"].tolist() == [3, 1, 2, 1, 2, 2, 2]
