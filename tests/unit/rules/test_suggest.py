"""Suggestions from 120 decided cases whose violations are known to have two causes."""

import numpy as np
import pandas as pd
import pytest

from analytics.errors import TooFewLabelsError
from analytics.model.metrics import Estimate, wilson
from analytics.rules.definition import Condition, Group
from analytics.rules.suggest import met, suggest

NUMBERS = np.arange(120)
YOUNG, REFUNDS = Condition("age", "<=", 11.0), Condition("refunds", ">", 0.3)


def cases() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Every fifth shop is younger than 12 days, every fifth other one has many refunds.

    Both violate; nobody else does. Every third case is held out.
    """
    is_young, has_refunds = NUMBERS % 5 == 0, NUMBERS % 5 == 1
    X = pd.DataFrame(
        {
            "age": np.where(is_young, NUMBERS % 12, 30 + (NUMBERS - 2) % 120),
            "refunds": np.where(has_refunds, 0.45, 0.05) + NUMBERS * 1e-5,
            "same": 1.0,
            "noise": (NUMBERS * 37) % 101,
        },
        index=[f"m{n}" for n in NUMBERS],
    )
    y = pd.Series((is_young | has_refunds).astype(float), index=X.index)
    return X, y, pd.Series(NUMBERS % 3 == 0, index=X.index)


def test_each_cause_becomes_one_short_rule_with_held_out_figures() -> None:
    first, second = sorted(suggest(*cases()), key=lambda s: s.definition.parts[0].feature)

    assert [first.definition, second.definition] == [
        Group("all", (YOUNG,)),
        Group("all", (REFUNDS,)),
    ]
    assert (first.hits, first.missed) == (16, 16)
    assert (first.held_out_hits, first.held_out_missed) == (8, 8)
    assert first.precision == Estimate(1.0, *wilson(1.0, 8))
    assert first.recall == Estimate(0.5, *wilson(0.5, 16))
    assert first.base == pytest.approx(16 / 40)
    assert first.is_better
    assert first.to_dict()["definition"] == {
        "all": [{"feature": "age", "operator": "<=", "value": 11.0}]
    }


def test_an_interaction_becomes_a_rule_of_two_conditions() -> None:
    a, b = NUMBERS % 2, (NUMBERS // 2) % 2
    X = pd.DataFrame({"a": a * 10.0, "b": b * 0.5})
    y = pd.Series((a & b).astype(float))

    (found,) = suggest(X, y, pd.Series(NUMBERS >= 80))

    assert set(found.definition.parts) == {Condition("a", ">", 0.0), Condition("b", ">", 0.2)}
    assert (found.hits, found.held_out_hits, found.precision.value) == (20, 10, 1.0)


def test_a_missing_value_meets_no_condition() -> None:
    X, y, held_out = cases()
    X = X.astype(float)
    X.loc[y == 1, "noise"] = np.nan
    X.loc["m2", "age"] = np.inf
    assert met((YOUNG,), X.assign(age=np.nan)).sum() == 0
    for suggestion in suggest(X, y, held_out):
        hit = met(suggestion.definition.parts, X)
        assert y[hit].mean() > 0.5


def test_held_out_cases_shape_no_rule() -> None:
    X, y, held_out = cases()
    turned = y.where(~held_out, 1 - y)
    assert [s.definition for s in suggest(X, turned, held_out)] == [
        s.definition for s in suggest(X, y, held_out)
    ]
    assert {s.precision.value for s in suggest(X, turned, held_out)} == {0.0}
    assert not any(s.is_better for s in suggest(X, turned, held_out))


@pytest.mark.parametrize("kept", [0.0, 1.0])
def test_too_few_of_an_outcome_suggest_nothing(kept: float) -> None:
    X, y, held_out = cases()
    few = (y == kept) | (NUMBERS < 10)
    with pytest.raises(TooFewLabelsError, match="suggestions take 10 of each"):
        suggest(X[few], y[few], held_out[few])


def test_features_that_tell_nothing_suggest_nothing() -> None:
    X, y, held_out = cases()
    assert suggest(X[["same"]], y, held_out) == []
