import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from analytics.errors import GateError
from analytics.explain.explainers import TreeShapExplainer, base_value, raw_log_odds
from analytics.explain.pattern_tables import SUBTREE_BITS, PatternTables


def fitted(values, y, **parameters):
    settings = {"max_iter": 10, "early_stopping": False, "min_samples_leaf": 2, **parameters}
    return HistGradientBoostingClassifier(**settings).fit(values, y)


def rows(count, columns, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(count, columns))
    values[rng.random(values.shape) < 0.2] = np.nan
    signal = np.nan_to_num(values[:, 0], nan=2.0) + np.nan_to_num(values[:, -1]) ** 2
    return values, (signal + rng.normal(size=count) > 1).astype(int)


def agree(trees, values):
    phi = PatternTables(trees).contributions(values)
    frame = pd.DataFrame(values)
    assert phi == pytest.approx(TreeShapExplainer().contributions(trees, frame), abs=1e-11)
    assert phi.sum(axis=1) + base_value(trees) == pytest.approx(raw_log_odds(trees, frame))


def test_two_splits_give_what_can_be_worked_out_by_hand():
    """Of 80 rows a sends 20 to `high`; of the other 60, b sends 20 to `middle`, 40 to `low`."""
    values = np.array([[0.0, 0.0]] * 40 + [[0.0, 1.0]] * 20 + [[1.0, 0.0]] * 20)
    y = np.repeat([0, 1], [40, 40])
    y[40] = 0
    trees = fitted(values, y, max_iter=1, max_leaf_nodes=3, learning_rate=1.0)
    low, middle, high = raw_log_odds(trees, values[[0, 40, 60]])
    assert low < middle < high

    phi = PatternTables(trees).contributions(values[[0, 60]])

    known_a, known_b = (2 * low + middle) / 3, (3 * low + high) / 4
    nothing = (2 * low + middle + high) / 4
    of_a = ((known_a - nothing) + (low - known_b)) / 2
    assert phi[0].tolist() == pytest.approx([of_a, low - nothing - of_a])
    without_b = (high - nothing, high - known_b)  # b matters only where a sends a row left
    assert phi[1].tolist() == pytest.approx([sum(without_b) / 2, (known_b - nothing) / 2])


@pytest.mark.parametrize("depth", [1, 2, 4, 6, SUBTREE_BITS + 2])
def test_trees_of_any_depth_agree_with_shap(depth):
    values, y = rows(2_000, 12)
    trees = fitted(values, y, max_depth=depth, max_leaf_nodes=None if depth < 9 else 60)
    assert max(tree[0].nodes["depth"].max() for tree in trees._predictors) == depth
    agree(trees, values[:200])


def test_a_feature_that_a_path_asks_for_again_and_again():
    values, y = rows(2_000, 1)
    agree(fitted(values, y, max_depth=6), values[:200])


def test_every_bin_in_use_beside_gaps_and_infinities():
    """255 bins and a split that asks only for gaps: the most thresholds that a feature can have."""
    values = np.repeat(np.arange(255.0), 8)[:, None]
    values = np.vstack([values, np.full((400, 1), np.nan)])
    y = np.r_[np.tile(np.repeat([0, 1], 8), 128)[: 255 * 8], np.ones(400, dtype=int)]
    trees = fitted(values, y, max_iter=150, max_depth=6, learning_rate=0.5)
    assert len(PatternTables(trees).thresholds[0]) == 255
    agree(trees, np.array([[np.nan], [np.inf], [-np.inf], [0.0], [126.5], [254.0], [1e300]]))


def test_gaps_and_values_beyond_what_training_had():
    values, y = rows(1_000, 3)
    trees = fitted(np.nan_to_num(values), y, max_depth=4)
    agree(trees, np.array([[np.nan, 0, 0], [np.nan, np.nan, np.nan], [np.inf, -np.inf, 1e9]]))


def test_values_on_a_threshold_go_left_as_in_the_model():
    values, y = rows(500, 2)
    trees = fitted(values, y, max_depth=3)
    agree(trees, np.array([[t, 0.0] for t in PatternTables(trees).thresholds[0]]))


def test_too_deep_a_tree_is_left_to_shap():
    values, y = rows(2_000, 2)
    trees = fitted(values, y, max_depth=None, max_leaf_nodes=None, max_iter=1, min_samples_leaf=1)
    with pytest.raises(GateError, match=r"a tree has \d+ levels, more than 12"):
        PatternTables(trees)
