"""Fitted models: exactly additive, calibrated, the same again, and safe on disk."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
import skops.io
from scipy.special import expit

from analytics.errors import InputError, NotFoundError, TooFewLabelsError
from analytics.features.spec import FeatureSpec
from analytics.model.bundle import EntityModel, load_model, part_hashes, save_model
from analytics.model.evidence_terms import EvidenceTerms
from analytics.model.prior import ViolationPrior, violation_prior
from analytics.model.quality import QualitySet, pool, train_quality
from analytics.model.violation import ViolationModel, train_violation

NAMES = ["defect_rate_shrunk", "late", "rating", "never_seen"]
GAP = 90


def make_set(month: int, rows: int = 300) -> QualitySet:
    """A moment at which a high rate and lateness lead to bad quality."""
    rng = np.random.default_rng(month)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=NAMES)
    X.index = [f"m{i}" for i in range(rows)]
    X["never_seen"] = np.nan
    X.loc[X.index[::7], "late"] = np.nan
    bad = rng.random(rows) < expit(X["defect_rate_shrunk"] + X["late"].fillna(0) - 1)
    outcomes = pd.DataFrame(
        {"lines": 10, "share": np.where(bad, 0.4, 0.1), "label": bad.astype(float)}, index=X.index
    )
    return QualitySet(datetime(2018, month, 1), X, outcomes.assign(censored=False), X["late"] > -1)


def fit_quality(seed: int = 0):
    sets = [make_set(month) for month in range(1, 8)]
    return train_quality(sets, present=sets[-1].X, gap_days=GAP, monotone={"late": 1}, seed=seed)


@pytest.fixture(scope="module")
def quality():
    return fit_quality()


@pytest.fixture(scope="module")
def violation(prior):
    one = make_set(9, rows=600)
    y = one.outcomes["label"]
    return train_violation(
        one.X, y, groups=pd.Series(one.X.index, index=one.X.index), prior=prior, least_per_class=30
    )


@pytest.fixture(scope="module")
def prior():
    return violation_prior(make_set(9).X, [], prevalence=0.05)


@pytest.mark.parametrize("name", ["quality", "violation", "prior"])
def test_terms_add_up_to_raw(name, request):
    part, X = request.getfixturevalue(name), make_set(10).X
    trees = 0.0 if part.trees is None else part.trees.decision_function(X[part.feature_names])
    total = trees + part.linear_contributions(X).sum(axis=1) + part.linear_base
    assert np.allclose(total, part.raw(X), atol=1e-9)


@pytest.mark.parametrize("name", ["quality", "violation", "prior"])
def test_probability_is_monotone_in_raw(name, request):
    part, X = request.getfixturevalue(name), make_set(10).X
    order = np.argsort(part.raw(X))
    assert (np.diff(part.predict_proba(X)[order, 1]) >= 0).all()


def test_quality_learns_and_is_calibrated(quality):
    one = make_set(11, rows=3000)
    p = quality.predict_proba(one.X)[:, 1]
    y = one.outcomes["label"].to_numpy()
    assert p.mean() == pytest.approx(y.mean(), abs=0.05)
    assert p[y == 1].mean() > p[y == 0].mean() + 0.1
    assert quality.expected_share(one.X).mean() == pytest.approx(
        one.outcomes["share"].mean(), abs=0.05
    )


def test_quality_is_calibrated_on_later_rows_than_it_was_fitted_on(quality):
    assert quality.held_out_.how == f"by time: fitted on what was {GAP} days older"
    _, outcomes = pool([make_set(month) for month in range(1, 8)])
    held = outcomes.iloc[quality.held_out_.rows]["as_of"]
    assert held.min() >= outcomes["as_of"].min() + pd.Timedelta(days=GAP)


def test_more_lateness_never_lowers_the_risk(quality):
    X = make_set(10).X.fillna(0)
    more = X.assign(late=X["late"] + 1)
    assert (quality.raw(more) >= quality.raw(X) - 1e-9).all()


def test_a_value_missing_where_training_had_none_is_scored(quality):
    X = make_set(10).X.assign(rating=np.nan)
    assert np.isfinite(quality.predict_proba(X)).all()


def test_too_few_outcomes_train_nothing():
    assert train_quality([make_set(1, rows=40)], present=make_set(1).X, gap_days=GAP) is None


def test_censored_and_unlabelled_rows_are_left_out():
    one = make_set(1, rows=10)
    one.outcomes.loc["m0", "label"] = np.nan
    one.outcomes.loc["m1", "censored"] = True
    X, _ = pool([one])
    assert list(X.index) == [f"m{i}" for i in range(2, 10)]


def test_a_moment_without_active_entities_does_no_harm():
    sets = [make_set(month) for month in range(1, 8)]
    idle = QualitySet(sets[0].as_of, sets[0].X, sets[0].outcomes, sets[0].X["late"] > 99)
    model = train_quality([idle, *sets[1:]], present=idle.X[idle.active], gap_days=GAP)
    assert np.isfinite(model.predict_proba(idle.X)).all()


def test_labels_below_the_least_leave_violation_to_the_prior(prior):
    one = make_set(1, rows=100)
    y = pd.Series([1.0] * 29 + [0.0] * 71, index=one.X.index)
    groups = pd.Series(one.X.index, index=one.X.index)
    assert train_violation(one.X, y, groups=groups, prior=prior, least_per_class=30) is None


def spec(name: str, direction: str, *policies: str) -> FeatureSpec:
    return FeatureSpec(
        name, "merchant", "family", name, "number", direction, "", "", policies=policies
    )


def test_prior_counts_only_the_harmful_tail():
    X = pd.DataFrame({"late": np.arange(100.0), "size": np.arange(100.0)[::-1]})
    prior = violation_prior(
        X, [spec("late", "higher_is_worse", "M2"), spec("size", "neutral")], prevalence=0.05
    )
    terms = prior.linear_contributions(X)
    assert terms["late"].idxmax() == 99
    assert (terms["late"][:95] == terms["late"].min()).all()
    assert (terms["size"] == 0).all()
    assert prior.predict_proba(X)[:, 1].mean() == pytest.approx(0.05)


def evidence_prior() -> tuple[pd.DataFrame, ViolationPrior]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(2000, 3)), columns=["late", "refunds", "size"])
    specs = [
        spec("late", "higher_is_worse", "M2"),
        spec("refunds", "higher_is_worse", "M3"),
        spec("size", "neutral"),
    ]
    return X, violation_prior(X, specs, prevalence=0.05)


def test_terms_without_information_are_the_priors_log_odds():
    X, prior = evidence_prior()
    terms = EvidenceTerms(prior).fit(X, np.tile([0.0, 1.0], 1000), np.full(2000, 1e-9))
    log_odds = prior.calibration_.log_odds(prior.raw(X))
    assert terms.raw(X) == pytest.approx(log_odds - log_odds.mean(), abs=1e-3)


def test_labels_move_the_terms_to_the_surprises_that_tell():
    X, prior = evidence_prior()
    y = (X["refunds"] > 1).to_numpy(dtype=float)
    terms = EvidenceTerms(prior).fit(X, y)
    assert terms.coef_[1] > 5 * terms.coef_[0]
    few = EvidenceTerms(prior).fit(X.iloc[:40], y[:40])
    assert 0 < few.coef_[1] < terms.coef_[1]


def test_a_surprise_in_the_harmful_direction_never_lowers_the_risk():
    X, prior = evidence_prior()
    terms = EvidenceTerms(prior).fit(X, (X["late"] < 0).to_numpy(dtype=float))
    worse = X.assign(late=X["late"] + 1)
    assert (terms.raw(worse) >= terms.raw(X) - 1e-9).all()


def test_terms_share_out_the_priors_part_exactly():
    X, prior = evidence_prior()
    terms = EvidenceTerms(prior).fit(X, (X["late"] > 1).to_numpy(dtype=float))
    terms.scale_by(0.5)
    assert terms.contributions(X).sum(axis=1) == pytest.approx(terms.raw(X))
    assert terms.contributions(X).mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_missing_value_is_no_surprise():
    X = pd.DataFrame({"late": [*np.arange(99.0), np.nan]})
    terms = violation_prior(X, [spec("late", "higher_is_worse", "M2")], prevalence=0.05)
    values = terms.linear_contributions(X)["late"]
    assert values.iloc[-1] == values.min()


def test_what_is_alike_for_all_now_is_no_surprise_at_another_moment():
    X = pd.DataFrame({"age": np.full(300, 118.0), "late": np.random.default_rng(0).random(300)})
    prior = violation_prior(X, [], prevalence=0.05)
    then = X.assign(age=58.0)
    assert (prior.linear_contributions(then)["age"] == 0).all()
    assert prior.raw(then) == pytest.approx(prior.raw(X))


def test_without_policies_either_end_is_unusual():
    X = pd.DataFrame({"own": np.arange(101.0)})
    raw = violation_prior(X, [], prevalence=0.05).raw(X)
    assert raw[0] == pytest.approx(raw[100])
    assert raw[0] > raw[50]


def test_a_rare_event_says_more_than_the_top_of_a_measure():
    X = pd.DataFrame({"complaints": [0.0] * 98 + [1.0, 1.0], "late": np.arange(100.0)[::-1]})
    specs = [spec("complaints", "higher_is_worse", "M3"), spec("late", "higher_is_worse", "M2")]
    raw = violation_prior(X, specs, prevalence=0.05).raw(X)
    assert set(np.argsort(-raw)[:2]) == {98, 99}


def model_of(quality, violation) -> EntityModel:
    return EntityModel("merchant", datetime(2018, 8, 1), quality, violation)


def test_same_data_and_seed_give_the_same_version(quality, violation):
    version = model_of(quality, violation).model_version
    assert version == model_of(fit_quality(), violation).model_version
    assert version != model_of(fit_quality(seed=1), violation).model_version
    assert version.startswith("merchant-")


def test_a_model_comes_back_from_disk_as_it_was(tmp_path, quality, prior):
    model, X = model_of(quality, prior), make_set(10).X.assign(volume=10.0)
    folder = save_model(model, tmp_path)
    loaded = load_model(folder)
    pd.testing.assert_frame_equal(loaded.score(X), model.score(X))
    assert loaded.model_version == folder.name


def test_a_model_folder_names_no_path_and_no_training_row(tmp_path, quality, violation):
    folder = save_model(model_of(quality, violation), tmp_path)
    for path in folder.iterdir():
        content = path.read_bytes()
        assert str(tmp_path).encode() not in content
        assert b"held_out_" not in content


def test_a_changed_model_file_is_noticed(tmp_path, quality, violation):
    folder = save_model(model_of(quality, violation), tmp_path)
    skops.io.dump(violation, folder / "quality.skops")
    with pytest.raises(InputError, match="is not what was saved"):
        load_model(folder)


def test_a_foreign_type_in_a_model_file_is_refused(tmp_path, quality, prior):
    from sklearn.linear_model import LinearRegression

    class Foreign(LinearRegression):
        pass

    Foreign.__module__ = "somewhere.else"
    folder = save_model(model_of(quality, prior), tmp_path)
    skops.io.dump(Foreign(), folder / "quality.skops")
    with pytest.raises(InputError, match="cannot be read"):
        load_model(folder)


def test_an_unknown_model_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="merchant-000"):
        load_model(tmp_path / "merchant-000")


def test_too_little_volume_shows_the_shrunken_rate_instead(quality, prior):
    X = make_set(10).X.iloc[:2].assign(volume=[4.0, 5.0])
    scores = model_of(quality, prior).score(X)
    assert scores["quality_status"].tolist() == ["low_volume", "scored"]
    assert scores["quality_probability"].isna().tolist() == [True, False]
    assert scores["expected_defect_share"].iloc[0] == X["defect_rate_shrunk"].iloc[0]
    assert scores["violation_source"].tolist() == ["prior", "prior"]


def test_without_models_scores_say_unavailable():
    scores = model_of(None, None).score(make_set(1).X.assign(volume=9.0))
    assert set(scores["quality_status"]) == {"unavailable"}
    assert set(scores["violation_source"]) == {"unavailable"}
    assert scores["violation_probability"].isna().all()


def test_violations_of_one_group_alone_cannot_be_learned_from(prior):
    one = make_set(9, rows=60)
    y = pd.Series([1.0] * 6 + [0.0] * 54, index=one.X.index)
    groups = pd.Series(["one"] * 6 + [f"g{n}" for n in range(54)], index=one.X.index)
    assert train_violation(one.X, y, groups=groups, prior=prior, least_per_class=5) is None
    with pytest.raises(TooFewLabelsError, match="Too few groups"):
        ViolationModel(prior).fit(one.X, y, groups=groups)


def test_each_part_has_a_hash_of_its_own_that_the_same_data_give_again(quality, prior):
    one, other = (
        part_hashes(EntityModel("merchant", datetime(2018, 9, 1), part, prior))
        for part in (quality, fit_quality(seed=1))
    )
    same = part_hashes(EntityModel("merchant", datetime(2018, 9, 1), fit_quality(), prior))
    assert one == same
    assert set(one) == {
        "quality.trees", "quality.linear", "quality.calibration", "quality.feature_names",
        "violation.trees", "violation.linear", "violation.calibration", "violation.feature_names",
    }  # fmt: skip
    differ = {name for name in one if one[name] != other[name]}
    assert "quality.trees" in differ
    assert "quality.feature_names" not in differ
    assert not any(name.startswith("violation") for name in differ)
