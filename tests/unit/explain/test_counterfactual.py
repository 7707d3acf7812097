import numpy as np
import pandas as pd
import pytest

from analytics import formats
from analytics.explain.counterfactual import Problem, possible_moves, what_would_help
from analytics.features.spec import FeatureSpec


def spec(name, direction="higher_is_worse", unit="share", actionable=True):
    return FeatureSpec(
        name, "merchant", "x", name.capitalize(), unit, direction, "{value}", "",
        is_actionable=actionable,
    )  # fmt: skip


PEERS = pd.DataFrame(
    {
        "late": np.arange(11) / 100,  # median 0.05, best decile 0.01
        "stars": 3 + np.arange(11) / 10,  # median 3.5, best decile 3.9
        "slow_30d": np.arange(11.0),  # median 5
        "slow_90d": np.arange(11.0) * 2,  # median 10
        "age": np.arange(11.0),
    }
)
SPECS = [
    spec("late"),
    spec("stars", "lower_is_worse", "rating"),
    spec("slow_30d", unit="days"),
    spec("slow_90d", unit="days"),
    spec("age", unit="days", actionable=False),
]
WEIGHTS = {"late": 1000, "stars": -100, "slow_30d": 1, "slow_90d": 1, "age": 10}


def linear(X):
    """Risk that can be worked out by hand: 1000 late − 100 stars + slow + slow + 10 age."""
    return sum(weight * X[name].to_numpy() for name, weight in WEIGHTS.items())


def problem(threshold, **values):
    row = {"late": 0.05, "stars": 3.5, "slow_30d": 5.0, "slow_90d": 10.0, "age": 0.0, **values}
    return Problem(
        row=pd.DataFrame([row]),
        specs=SPECS,
        peers=PEERS,
        risk=linear,
        threshold=threshold,
        print_risk=lambda risk: formats.money(risk, "BRL"),
        currency="BRL",
    )


def test_moves_go_to_the_peers_median_and_only_for_the_better():
    moves = possible_moves(problem(0, late=0.3, stars=5.0, slow_30d=9.0, slow_90d=3.0), "usual")
    assert moves == {"late": {"late": 0.05}, "slow": {"slow_30d": 5.0}}
    best = possible_moves(problem(0, late=0.3, stars=3.5), "best")
    assert best["late"] == {"late": pytest.approx(0.01)}
    assert best["stars"] == {"stars": pytest.approx(3.9)}


def test_what_the_entity_cannot_change_stays():
    assert "age" not in possible_moves(problem(0, age=99.0), "best")


def test_a_missing_value_is_not_moved():
    assert possible_moves(problem(0, late=np.nan), "usual") == {}


def test_one_change_is_enough_and_goes_no_further_than_needed():
    # Now 300 − 350 + 15 = −35; for −200 late must fall under 0.135: seven tenths of the way.
    advice = what_would_help(problem(-200, late=0.30))
    assert advice.outcome == "reachable"
    (change,) = advice.changes
    assert change.moves == {"late": pytest.approx(0.30 - 0.7 * 0.25)}
    assert advice.risk_before == pytest.approx(-35)
    assert advice.risk_after == pytest.approx(-35 - 175)
    assert change.sentence == "Late: from 30 % to 12 %"
    assert advice.sentence == (
        "Late: from 30 % to 12 %. This would lower expected harm from BRL −35.00 to BRL −210, "
        "below the queue's threshold of BRL −200."
    )


def test_the_smallest_set_wins_over_the_sum_of_many():
    # late alone: −250; stars alone: −150; together −400. Threshold −435 + …: both are needed.
    now = problem(0, late=0.30, stars=2.0)
    before = float(linear(now.row)[0])
    advice = what_would_help(problem(before - 300, late=0.30, stars=2.0))
    assert sorted(change.measure for change in advice.changes) == ["late", "stars"]
    single = what_would_help(problem(before - 100, late=0.30, stars=2.0))
    assert [change.measure for change in single.changes] == ["late"]


def test_windows_of_one_measure_move_together():
    advice = what_would_help(problem(-284, slow_30d=9.0, slow_90d=18.0))
    (change,) = advice.changes
    assert set(change.moves) == {"slow_30d", "slow_90d"}


def test_the_best_tenth_is_asked_for_only_where_the_median_does_not_suffice():
    advice = what_would_help(problem(-320, late=0.06))
    assert advice.outcome == "reachable"
    assert advice.changes[0].moves["late"] < 0.05


def test_out_of_reach_says_how_far_it_could_get_and_what_counts_most():
    advice = what_would_help(problem(-10_000, late=0.30))
    assert advice.outcome == "out of reach"
    assert [change.measure for change in advice.changes] == ["late", "stars", "slow"]
    # best tenth of everything: 10 − 390 + 1 + 2
    assert advice.risk_least == pytest.approx(-377)
    assert advice.sentence.startswith("Out of reach: with all that it can change")


def test_nothing_to_change():
    advice = what_would_help(problem(-10_000, late=0.0, stars=4.0, slow_30d=0.0, slow_90d=0.0))
    assert (advice.outcome, advice.changes) == ("out of reach", ())
    assert advice.sentence == (
        "Nothing that it can change itself lowers the risk to what is usual among its peers."
    )


def test_below_the_threshold_nothing_is_needed():
    advice = what_would_help(problem(1000))
    assert (advice.outcome, advice.changes) == ("not needed", ())
    assert "is below the queue's threshold (BRL 1,000) as it is" in advice.sentence


def test_the_row_itself_is_not_changed():
    one = problem(-200, late=0.30)
    what_would_help(one)
    assert one.row["late"].tolist() == [0.30]
