import numpy as np
import pandas as pd

from analytics.model.baselines import PAST_RATE, rate_baselines
from analytics.model.quality import SHRUNKEN_RATE_FEATURE


def frame(*rates: float) -> pd.DataFrame:
    values = np.array(rates, dtype=float)
    return pd.DataFrame({SHRUNKEN_RATE_FEATURE: values, "defect_rate_lifetime": values})


def test_an_unknown_rate_is_the_usual_one() -> None:
    y = np.array([0.0, 1.0, 0.0, 1.0])
    given = rate_baselines(frame(0.1, 0.3, 0.1, 0.3), y, frame(0.1, np.nan, 0.5))[PAST_RATE]
    assert given.score.tolist() == [0.1, 0.3, 0.5]  # of the unseen ones that have a rate: 0.3


def test_where_nobody_has_a_rate_everybody_has_the_same_probability() -> None:
    y = np.array([0.0, 1.0, 0.0, 0.0])
    nobody = frame(np.nan, np.nan, np.nan, np.nan)
    for given in rate_baselines(nobody, y, nobody, raw_rate=False).values():
        assert np.isfinite(given.probability).all()
        assert len(set(given.probability)) == 1


def test_without_rates_there_is_no_such_baseline() -> None:
    X = pd.DataFrame({"calls": [1.0, 2.0]})
    assert rate_baselines(X, np.array([0.0, 1.0]), X) == {}
