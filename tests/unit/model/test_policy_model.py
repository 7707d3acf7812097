"""Which policy a violation is of: what is learned, what stays as it was, and when it is kept."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from analytics.explain.policy_choice import _judged
from analytics.model.bundle import EntityModel, load_model, part_hashes, save_model
from analytics.model.harm import policies_of
from analytics.model.policy_model import PolicyModel, can_learn, classes, losses
from analytics.policies import load_taxonomy

COUNT = 120


@pytest.fixture(scope="module", name="X")
def features() -> pd.DataFrame:
    """M2 where `late` is high, M3 where `fake` is, and six of M9 anywhere."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(COUNT, 3)), columns=["late", "fake", "size"])
    frame.index = [f"m{i}" for i in range(COUNT)]
    frame["late"] += np.where(np.arange(COUNT) % 2 == 0, 3, 0)
    frame["fake"] += np.where(np.arange(COUNT) % 2 == 1, 3, 0)
    return frame


@pytest.fixture(scope="module")
def policy(X: pd.DataFrame) -> pd.Series:
    found = pd.Series(np.where(np.arange(COUNT) % 2 == 0, "M2", "M3"), index=X.index)
    found.iloc[::20] = "M9"
    return found


def even(index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame(0.25, index=index, columns=["M2", "M3", "M8", "M9"])


def test_rare_policies_are_one_class(policy):
    assert set(classes(policy, 20)) == {"M2", "M3", ""}
    assert can_learn(policy, 20)
    assert not can_learn(policy, 61)  # all are rare
    assert not can_learn(policy[policy == "M2"], 20)  # nothing to tell it from


def test_learned_policies_get_their_chance_and_others_what_is_left_as_before(X, policy):
    model = PolicyModel(least=20).fit(X, policy)
    assert model.learned == ["M2", "M3"]
    before = even(X.index).assign(M8=0.4, M9=0.1)
    after = model.refine(before, X)
    assert list(after.columns) == list(before.columns)
    assert after.sum(axis=1).to_numpy() == pytest.approx(np.ones(COUNT))
    assert (after["M8"] / after["M9"]).to_numpy() == pytest.approx(np.full(COUNT, 4.0))
    late = pd.DataFrame({"late": [4.0], "fake": [-1.0], "size": [0.0]}, index=["new"])
    told = model.refine(even(late.index), late)
    assert told.idxmax(axis=1)["new"] == "M2"
    assert model.refine(before.iloc[:0], X.iloc[:0]).empty


def test_what_was_put_nowhere_is_left_evenly(X, policy):
    model = PolicyModel(least=20).fit(X, policy)
    nothing = even(X.index).assign(M2=0.5, M3=0.5, M8=0.0, M9=0.0)
    after = model.refine(nothing, X)
    pd.testing.assert_series_equal(after["M8"], after["M9"], check_names=False)


def test_the_loss_of_a_policy_by_hand():
    split = pd.DataFrame({"M2": [0.5, 0.0], "M3": [0.5, 1.0]}, index=["a", "b"])
    found = losses(split, pd.Series(["M2", "M8"], index=["a", "b"]))
    assert found == pytest.approx([-np.log(0.5), -np.log(1e-3)])


def test_it_is_kept_where_it_tells_more_on_groups_not_seen(X, policy):
    groups = pd.Series(X.index, index=X.index)
    kept = _judged(X, policy, groups, even(X.index), 20)
    assert kept["is_used"]
    assert kept["learned"] == ["M2", "M3"]
    assert kept["first_right"] > 0.8 > kept["first_right_before"]
    assert kept["log_loss_gain"] > kept["standard_error"] > 0


def test_it_is_left_out_where_policies_do_not_follow_from_features(X, policy):
    shuffled = pd.Series(
        np.random.default_rng(0).permutation(policy.to_numpy()), index=policy.index
    )
    usual = even(X.index).assign(M2=0.475, M3=0.475, M8=0.0, M9=0.05)
    found = _judged(X, shuffled, pd.Series(X.index, index=X.index), usual, 20)
    assert not found["is_used"]
    assert "no better" in found["why"]


def test_it_decides_the_split_the_version_and_is_read_back(X, policy, tmp_path):
    plain = EntityModel("merchant", datetime(2026, 5, 1), quality=None, violation=None)
    model = replace(plain, policies=PolicyModel(least=20).fit(X, policy))
    assert model.model_version != plain.model_version
    assert set(part_hashes(model)) == {"policies.ridge", "policies.feature_names"}
    read = load_model(save_model(model, tmp_path))
    assert read.policies is not None
    nobody = pd.DataFrame(index=X.index)
    split = policies_of(read, nobody, X, [], load_taxonomy())
    before = policies_of(plain, nobody, X, [], load_taxonomy())
    pd.testing.assert_frame_equal(split, model.policies.refine(before, X))
