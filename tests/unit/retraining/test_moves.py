"""Who enters and who leaves, and why."""

import numpy as np
import pandas as pd
import pytest

from analytics.features.spec import FeatureSpec
from analytics.model.calibration import OddsOfSum, Platt
from analytics.retraining.moves import Scored, rank_moves

SPECS = [
    FeatureSpec(name, "merchant", family, name, "number", "higher_is_worse", "", "")
    for name, family in (("late", "fulfilment"), ("refunds", "fulfilment"), ("stars", "ratings"))
]


def scored(
    harm: dict[str, tuple[float, float]], phi: dict[str, list[float]], calibration=None
) -> Scored:
    """Scores from id → (harm by quality, harm by policies) and id → contributions."""
    frame = pd.DataFrame.from_dict(harm, orient="index", columns=["quality", "policy_harm"])
    contributions = pd.DataFrame.from_dict(phi, orient="index", columns=[s.name for s in SPECS])
    total = frame["quality"] + frame["policy_harm"]
    scores = frame.assign(
        expected_harm=total,
        rank=total.rank(ascending=False, method="first").astype(int),
        violation_raw=contributions.sum(axis=1),
        violation_probability=0.25,
        name=["Shop A", None, "Shop C"],
    )
    return Scored(scores, contributions, 0.0, calibration or Platt())


BEFORE = scored(
    {"a": (0, 30), "b": (0, 20), "c": (0, 10)},
    {"a": [1, 0, 0], "b": [0, 0, 1], "c": [0, 0, 0.5]},
)


def test_one_enters_and_one_leaves_with_the_family_that_moved_most():
    after = scored(
        {"a": (0, 5), "b": (0, 20), "c": (0, 40)},
        {"a": [-0.5, 0.2, 0], "b": [0, 0, 1], "c": [0.1, 0.1, 2.0]},
    )
    moves = rank_moves(BEFORE, after, SPECS, capacity=1)
    [entered], [left] = moves.entered, moves.left
    assert (entered.entity_id, entered.was, entered.rank) == ("c", 3, 1)
    assert (entered.name, entered.family) == ("Shop C", "ratings")
    assert entered.sentence == "Ratings signals speak more for a violation (+1.5)."
    assert (left.entity_id, left.was, left.rank) == ("a", 1, 3)
    assert left.sentence == "Fulfilment signals speak less for a violation (-1.3)."
    assert moves.stayed == 0
    assert moves.to_dict()["entered"][0]["probability_was"] == 0.25


def test_who_did_not_move_himself_is_told_so():
    after = scored(
        {"a": (0, 5), "b": (0, 20), "c": (0, 10)},
        {"a": [-1, 0, 0], "b": [0, 0, 1], "c": [0, 0, 0.5]},
    )
    [entered] = rank_moves(BEFORE, after, SPECS, capacity=1).entered
    assert (entered.entity_id, entered.sentence) == ("b", "Others fell below it.")


def test_more_defects_are_a_reason_of_their_own():
    after = scored(
        {"a": (0, 30), "b": (15, 20), "c": (0, 10)},
        {"a": [1, 0, 0], "b": [0, 0, 1], "c": [0, 0, 0.5]},
    )
    [entered] = rank_moves(BEFORE, after, SPECS, capacity=1).entered
    assert entered.sentence == "More defective orders are expected."


def test_a_shift_of_the_level_alone_is_said():
    after = scored(
        {"a": (0, 30), "b": (0, 40), "c": (0, 10)},
        {"a": [1, 0, 0], "b": [0, 0, 1], "c": [0, 0, 0.5]},
    )
    [entered] = rank_moves(BEFORE, after, SPECS, capacity=1).entered
    assert entered.sentence == "The level of all probabilities is higher."


def test_nothing_moves_where_nothing_changed():
    moves = rank_moves(BEFORE, BEFORE, SPECS, capacity=2)
    assert (moves.stayed, moves.entered, moves.left) == (2, (), ())


@pytest.mark.parametrize("calibration", [Platt(0.5, -2), OddsOfSum(-1.0, 0.05)])
def test_families_add_up_to_the_calibrated_log_odds(calibration):
    one = scored(
        {"a": (0, 1), "b": (0, 2), "c": (0, 3)},
        {"a": [1, 0.5, -0.25], "b": [0, 0, 1], "c": [0, 0, 0]},
        calibration,
    )
    families = one.families(one.scores.index, {s.name: s.family for s in SPECS})
    raw = one.scores["violation_raw"].to_numpy()
    expected = calibration.log_odds(raw) - calibration.log_odds(np.zeros(3))
    assert families.sum(axis=1).to_numpy() == pytest.approx(expected)
    assert list(families.columns) == ["fulfilment", "ratings"]
