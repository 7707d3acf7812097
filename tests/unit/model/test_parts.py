"""The pieces that a model is made of, on numbers that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analytics.errors import InputError
from analytics.features.groups import joined
from analytics.features.labels import decided_policies, last_decisions
from analytics.model.calibration import (
    Platt,
    fit_platt,
    fit_stack,
    odds_with_mean,
    platt_with_mean,
)
from analytics.model.folds import group_folds, time_folds
from analytics.model.frames import align, check_features
from analytics.model.labelled import _moments
from analytics.model.linear import LinearTerms, RankNormal
from analytics.model.trees import center_trees, fit_trees, raw_prediction, scale_trees


def test_platt_recovers_slope_and_intercept():
    raw = np.linspace(-3, 3, 2001)
    fitted = fit_platt(raw, expit(2 * raw - 1))
    assert fitted.slope == pytest.approx(2, abs=0.02)  # the prior pulls a little
    assert fitted.intercept == pytest.approx(-1, abs=0.01)


def test_platt_never_turns_the_order_around():
    raw = np.array([0.0, 1.0, 2.0, 3.0] * 50)
    assert fit_platt(raw, (raw < 1.5).astype(float)).slope > 0


def test_platt_with_mean_has_that_mean():
    raw = np.array([-2.0, 0.0, 5.0])
    assert platt_with_mean(raw, 0.2)(raw).mean() == pytest.approx(0.2)
    weighted = platt_with_mean(raw, 0.2, np.array([1.0, 1.0, 8.0]), slope=0.5)
    assert np.average(weighted(raw), weights=[1, 1, 8]) == pytest.approx(0.2)


def test_odds_grow_with_the_sum_of_evidence():
    raw = np.array([0.0, 1.0, 3.0])
    p = odds_with_mean(raw, 0.1)(raw)
    odds = p / (1 - p)
    assert p.mean() == pytest.approx(0.1)
    assert odds / odds[0] == pytest.approx([1, 2, 4])


def test_a_part_without_information_keeps_half_its_weight_only_while_data_are_few():
    rng = np.random.default_rng(0)
    good, noise = rng.normal(size=(2, 4000))
    y = (rng.random(4000) < expit(good)).astype(float)
    Z = np.column_stack([good, noise])
    many, few = (fit_stack(Z[:n], y[:n], target=(0.5, 0.5)) for n in (4000, 20))
    assert many == pytest.approx([1.0, 0.0], abs=0.15)
    assert few == pytest.approx([0.5, 0.5], abs=0.15)


def test_groups_are_never_torn_apart():
    groups = [f"g{i // 3}" for i in range(90)]
    folds = group_folds(groups, np.tile([0.0, 1.0, 0.0], 30))
    for fit, held in folds.pairs:
        assert not {groups[i] for i in fit} & {groups[i] for i in held}
    assert sorted(np.concatenate([held for _, held in folds.pairs])) == list(range(90))


def test_held_out_times_are_a_gap_later_than_what_is_fitted():
    times = pd.Series(pd.to_datetime(["2018-01-01"] * 4 + ["2018-02-01"] * 4 + ["2018-05-01"] * 4))
    y = np.tile([0.0, 1.0], 6)
    [(fit, held)] = time_folds(times, y, pd.Timedelta(days=60), least=4).pairs
    assert list(fit) == list(range(8))
    assert list(held) == [8, 9, 10, 11]


def test_rank_normal_maps_the_median_and_the_missing_to_zero():
    X = pd.DataFrame({"a": [1.0, 2.0, 3.0, np.nan]})
    scores = RankNormal().fit(X).transform(pd.DataFrame({"a": [2.0, np.nan, 100.0, 3.0]}))[:, 0]
    assert scores[0] == pytest.approx(0)
    assert scores[1] == 0
    assert scores[2] == scores[3] == pytest.approx(0.9674, abs=1e-4)  # Φ⁻¹(5/6)


def test_linear_terms_are_centred_and_add_up():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=500), "b": rng.normal(size=500)})
    y = (rng.random(500) < expit(X["a"])).astype(float).to_numpy()
    terms = LinearTerms(strength=1.0).fit(X, y)
    assert terms.contributions(X).mean(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert terms.raw(X) == pytest.approx(terms.contributions(X).sum(axis=1))
    assert terms.coef_[0] > 5 * abs(terms.coef_[1])


def test_an_anchor_keeps_its_weight_where_the_penalty_takes_the_others():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"rate": rng.normal(size=300), "other": rng.normal(size=300)})
    y = (rng.random(300) < expit(X["rate"] + X["other"])).astype(float).to_numpy()
    terms = LinearTerms(strength=0.002, anchors=("rate",)).fit(X, y)
    assert terms.coef_[0] > 3 * terms.coef_[1] > 0


@pytest.fixture
def small_trees():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=400), "gap": np.nan})
    y = (X["a"] > 0).astype(float).to_numpy()
    return fit_trees(X, y, iterations=20, min_samples_leaf=10), X


def test_trees_take_a_column_without_any_value(small_trees):
    trees, X = small_trees
    filled = X.assign(gap=5.0)
    assert np.array_equal(raw_prediction(trees, X), raw_prediction(trees, filled))


def test_scaled_and_centred_trees_stay_the_same_up_to_that(small_trees):
    trees, X = small_trees
    before = raw_prediction(trees, X)
    scale_trees(trees, 0.5)
    assert raw_prediction(trees, X) == pytest.approx(before / 2)
    center_trees(trees, X)
    assert raw_prediction(trees, X) == pytest.approx(before / 2 - before.mean() / 2)


def test_categorical_features_are_refused():
    X, y = pd.DataFrame({"a": [0.0, 1.0]}), np.array([0.0, 1.0])
    with pytest.raises(InputError, match="explanations would be wrong"):
        fit_trees(X, y, categorical_features=["a"])


def test_deep_trees_are_refused():
    with pytest.raises(InputError, match="at most 6 deep"):
        fit_trees(pd.DataFrame({"a": [0.0, 1.0]}), np.array([0.0, 1.0]), max_depth=7)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": ["x"]}), "numeric features only"),
        (pd.DataFrame({"a": pd.Categorical(["x"])}), "numeric features only"),
        (pd.DataFrame([[1.0, 2.0]], columns=["a", "a"]), "names a column twice"),
        (pd.DataFrame({"a": [np.inf]}), "infinite"),
    ],
)
def test_unusable_features_are_refused(frame, message):
    with pytest.raises(InputError, match=message):
        check_features(frame)


def test_an_absent_column_is_missing():
    assert align(pd.DataFrame({"a": [1]}), ["b", "a"]).isna().to_numpy().tolist() == [[True, False]]


def test_chains_of_links_join_and_crowded_values_do_not():
    chain = [("a", "device", "1"), ("b", "device", "1"), ("b", "bank", "2"), ("c", "bank", "2")]
    crowd = [(f"x{i}", "address", "9") for i in range(60)]
    links = pd.DataFrame([*chain, *crowd], columns=["entity_id", "kind", "value_hash"])
    groups = joined(links)
    assert groups[["a", "b", "c"]].tolist() == ["a", "a", "a"]
    assert "x1" not in groups.index


def test_the_last_decision_is_the_label_and_cannot_tell_is_none():
    rows = pd.DataFrame(
        [
            ("a", "violation", "M4", "2026-01-01"),
            ("a", "no_violation", None, "2026-02-01"),
            ("b", "violation", "M2", "2026-01-01"),
            ("b", "cannot_tell", None, "2026-02-01"),
            ("c", "cannot_tell", None, "2026-02-01"),
            ("d", "no_violation", None, "2026-02-01"),
            ("d", "violation", "M8", "2026-02-01"),
        ],
        columns=["entity_id", "outcome", "policy", "decided_at"],
    )
    labels = last_decisions(rows.assign(decided_at=pd.to_datetime(rows["decided_at"])))
    assert labels["label"].to_dict() == {"a": 0.0, "b": 1.0, "d": 1.0}
    assert decided_policies(labels) == {"M2": 0.5, "M8": 0.5}


def test_a_decision_meets_features_from_before_it():
    decided = pd.to_datetime(pd.Series(["2026-03-31", "2026-03-30", "2026-03-01", "2026-02-28"]))
    moments = _moments(decided, pd.Timestamp("2026-03-31").to_pydatetime(), 30)
    assert (moments < decided).all()
    assert moments.dt.strftime("%m-%d").tolist() == ["03-01", "03-01", "01-30", "01-30"]


def test_probability_stays_inside_the_open_interval():
    assert 0 < Platt()(np.array([-1e4]))[0] < Platt()(np.array([1e4]))[0] < 1
