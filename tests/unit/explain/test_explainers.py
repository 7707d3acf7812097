import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from analytics.errors import GateError, InputError
from analytics.explain.explainers import (
    PatternExplainer,
    TreeShapExplainer,
    base_value,
    explain_part,
    explain_rows,
    explain_trees,
    raw_log_odds,
    unseen_gaps,
)
from analytics.features.spec import FeatureSpec
from analytics.model.prior import violation_prior


def frame(rows=400, columns=6, seed=0):
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, columns)), columns=[f"f{i}" for i in range(columns)])
    X.loc[rng.random(rows) < 0.2, "f1"] = np.nan
    return X.set_index(pd.Index([f"m{i:04}" for i in range(rows)], name="entity_id"))


@pytest.fixture(scope="module", name="X")
def features():
    return frame()


@pytest.fixture(scope="module")
def trees(X):
    rng = np.random.default_rng(1)
    y = (X["f0"] + X["f1"].fillna(1) * X["f2"] + rng.normal(size=len(X)) > 0.5).astype(int)
    weight = rng.random(len(X))
    return HistGradientBoostingClassifier(max_iter=20, max_depth=6, early_stopping=False).fit(
        X, y, sample_weight=weight
    )


def test_one_split_gives_what_can_be_worked_out_by_hand():
    X = pd.DataFrame({"a": [0.0] * 60 + [1.0] * 20, "b": 0.0})
    y = np.array([0] * 60 + [1] * 20)
    trees = HistGradientBoostingClassifier(
        max_iter=1, max_leaf_nodes=2, learning_rate=1.0, early_stopping=False
    ).fit(X, y)
    low, high = raw_log_odds(trees, X.iloc[[0, -1]])
    expected = (60 * low + 20 * high) / 80

    result = explain_trees(trees, X.iloc[[0, -1]])

    assert result.base == pytest.approx(expected)
    assert result.phi["a"].tolist() == pytest.approx([low - expected, high - expected], abs=1e-6)
    assert result.phi["b"].tolist() == [0.0, 0.0]
    assert (result.explainer, result.notes) == ("pattern tables", [])


def test_both_explainers_agree_and_add_up(trees, X):
    fast = PatternExplainer().contributions(trees, X)
    exact = TreeShapExplainer().contributions(trees, X)
    assert fast == pytest.approx(exact, abs=1e-6)
    total = exact.sum(axis=1) + base_value(trees)
    assert total == pytest.approx(raw_log_odds(trees, X), abs=1e-9)


def test_chunks_change_nothing(trees, X):
    whole = PatternExplainer().contributions(trees, X)
    assert (PatternExplainer(chunk_rows=37).contributions(trees, X) == whole).all()


def test_base_is_the_weighted_mean_that_shap_uses(trees):
    import shap

    expected = shap.TreeExplainer(trees, feature_perturbation="tree_path_dependent").expected_value
    assert base_value(trees) == pytest.approx(float(np.ravel(expected)[0]), abs=1e-9)


def test_the_result_keeps_ids_and_names(trees, X):
    result = explain_trees(trees, X)
    assert result.phi.index.equals(X.index)
    assert list(result.phi.columns) == list(X.columns)


def test_nobody_to_explain(trees, X):
    assert explain_trees(trees, X.iloc[:0]).phi.shape == (0, 6)


def test_trees_without_a_split(X):
    y = np.array([0, 1] * 200)
    trees = HistGradientBoostingClassifier(
        max_iter=3, min_samples_leaf=400, early_stopping=False
    ).fit(X, y)
    result = explain_trees(trees, X)
    assert (result.phi == 0).all(axis=None)
    assert result.base == pytest.approx(raw_log_odds(trees, X)[0])


def test_unseen_gaps_blank_each_complete_column_once():
    X = pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, 3.0], "c": [5.0, 6.0]})
    assert unseen_gaps(X).isna().to_numpy().tolist() == [[True, True, False], [False, True, True]]


def test_native_categories_are_refused(X):
    y = np.array([0, 1] * 200)
    coded = X.assign(f3=np.arange(400.0) % 4)
    trees = HistGradientBoostingClassifier(max_iter=2, categorical_features=["f3"]).fit(coded, y)
    with pytest.raises(InputError, match=r"categorical_features.*ordinal"):
        explain_trees(trees, coded)


class Skewed(PatternExplainer):
    """Adds up to something else than the model says."""

    name = "skewed"

    def contributions(self, trees, X):
        return super().contributions(trees, X) + np.float32(0.01)


class Swapped(PatternExplainer):
    """Adds up, but to the account of other features."""

    name = "swapped"

    def contributions(self, trees, X):
        return super().contributions(trees, X)[:, ::-1]


class BlindToGaps(PatternExplainer):
    """Right wherever a column has what it had in training."""

    name = "blind"

    def contributions(self, trees, X):
        return super().contributions(trees, X.fillna({"f0": 0.0}))


class Broken(PatternExplainer):
    name = "broken"

    def contributions(self, trees, X):
        raise IndexError("list index out of range")


@pytest.mark.parametrize(
    ("explainer", "why"),
    [
        (Skewed(), "do not add up to the model's raw prediction"),
        (Swapped(), "swapped and shap.TreeExplainer differ by"),
        (BlindToGaps(), "blind, on unseen gaps, do not add up"),
        (Broken(), "broken failed: IndexError: list index out of range"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_fails_a_gate_hands_over_to_shap_and_says_so(trees, X, explainer, why):
    result = explain_trees(trees, X, (explainer, TreeShapExplainer()))
    assert result.explainer == "shap.TreeExplainer"
    assert result.phi.to_numpy() == pytest.approx(
        TreeShapExplainer().contributions(trees, X), abs=1e-12
    )
    (note,) = result.notes
    assert note.startswith("Explained by shap.TreeExplainer, because ")
    assert why in note


def test_nothing_is_published_when_no_explainer_agrees(trees, X):
    with pytest.raises(GateError, match=r"No explainer agrees with the model: .*skewed.*broken"):
        explain_trees(trees, X, (Skewed(), Broken()))


class Blend:
    """Trees plus a linear term, as the models are made."""

    def __init__(self, trees, error=0.0):
        self.trees = trees
        self.feature_names = [f"f{i}" for i in range(6)]
        self.linear_base = -0.5
        self.error = error

    def linear_contributions(self, X):
        return pd.DataFrame(0.0, index=X.index, columns=X.columns).assign(f0=2.0 * X["f0"])

    def raw(self, X):
        return raw_log_odds(self.trees, X) + 2.0 * X["f0"] - 0.5 + self.error


def test_linear_terms_are_added_to_the_trees(trees, X):
    inside = explain_trees(trees, X)
    whole = explain_part(Blend(trees), X.assign(unused=1.0))
    assert whole.phi["f0"].to_numpy() == pytest.approx(inside.phi["f0"] + 2 * X["f0"])
    assert whole.phi["f1"].to_numpy() == pytest.approx(inside.phi["f1"].to_numpy())
    assert whole.base == pytest.approx(inside.base - 0.5)
    assert list(whole.phi.columns) == list(X.columns)


def test_a_blend_that_the_parts_do_not_add_up_to_is_a_gate_error(trees, X):
    with pytest.raises(GateError, match=r"row \d+ gives .*, the model .* \(tolerance 0.0001\)"):
        explain_part(Blend(trees, error=0.001), X)


def test_single_rows_are_explained_by_shap(trees, X):
    assert explain_rows(Blend(trees), X.head(1)).explainer == "shap.TreeExplainer"


def test_the_prior_explains_itself_exactly():
    X = pd.DataFrame({"late": [0.0] * 9 + [0.9], "slow": [1.0] * 5 + [2.0] * 5})
    specs = [
        FeatureSpec(name, "merchant", "x", name, "share", "higher_is_worse", "{value}", "", None,
                    policies=("M2",))
        for name in X
    ]  # fmt: skip
    prior = violation_prior(X, specs, prevalence=0.05)
    result = explain_part(prior, X)
    assert result.explainer == "additive"
    total = result.phi.sum(axis=1) + result.base
    assert total.to_numpy() == pytest.approx(prior.raw(X), abs=1e-12)
    assert result.phi["late"].idxmax() == 9


def test_opening_a_case_imports_no_explainer_and_no_scikit_learn():
    code = (
        "import sys; import analytics.explain.case, analytics.explain.evidence, "
        "analytics.explain.write, analytics.explain.reasons; "
        "print([m for m in ('shap', 'sklearn', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
