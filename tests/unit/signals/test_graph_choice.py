"""Which sets of families are taken."""

import numpy as np

from analytics.signals.graph.choice import calibration, choose_sets, possible_sets

Y = np.tile([0.0, 0.0, 0.0, 1.0], 100)
NOISE = np.random.default_rng(0).normal(size=400)
OWN, NEAR = ("own",), ("own", "neighbour")


def _taken(**raw: np.ndarray) -> list[str]:
    sets = {(name,): scores for name, scores in raw.items()}
    return [trial.families[0] for trial in choose_sets(sets, Y) if trial.taken]


def test_every_set_holds_what_is_always_in_and_none_is_empty():
    assert possible_sets(("own",), ("a", "b")) == [
        ("own",),
        ("own", "a"),
        ("own", "b"),
        ("own", "a", "b"),
    ]
    assert possible_sets((), ("a",)) == [("a",)]


def test_what_is_clearly_better_is_taken_alone():
    assert _taken(own=Y + 3 * NOISE, near=Y + 0.3 * NOISE) == ["near"]


def test_what_cannot_be_told_from_the_best_is_taken_too():
    assert _taken(own=NOISE, near=Y + NOISE, both=Y + NOISE + 0.001 * NOISE**2) == ["near", "both"]


def test_own_features_are_taken_alone_where_the_others_add_nothing_that_is_sure():
    own = Y + NOISE
    assert _taken(own=own, near=own + 0.01 * NOISE[::-1], both=0.5 * own) == ["own"]


def test_scores_of_another_scale_are_calibrated_before_they_are_compared():
    trials = choose_sets({OWN: 50 * Y - 20, NEAR: Y}, Y)

    assert trials[0].auroc == trials[1].auroc == 1.0
    assert trials[0].log_loss < 0.01


def test_calibration_never_turns_the_ranking():
    slope, intercept = calibration(-Y, Y)

    assert slope > 0
    assert np.mean(1 / (1 + np.exp(-(slope * -Y + intercept)))) - 0.25 < 1e-3
