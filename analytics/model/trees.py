"""Gradient-boosted trees, stopped on data of other entities or of a later time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from analytics.errors import InputError
from analytics.model.frames import check_features

Floats = NDArray[np.float64]
MAX_DEPTH = 6
SMALL = 5_000_000  # cells; below, waiting for threads costs more than they save


def fit_trees(
    X: pd.DataFrame,
    y: Floats,
    *,
    sample_weight: Floats | None = None,
    monotone: Mapping[str, int] | None = None,
    iterations: int = 200,
    seed: int = 0,
    **parameters: Any,
) -> HistGradientBoostingClassifier:
    """Fit trees to labels 0 and 1; how many is decided by the caller, never by a random split.

    Raises:
        InputError: A feature is not numeric, categorical features are asked for (their SHAP
            values would be wrong without a sign of it), or the trees would be too deep.
    """
    if parameters.get("categorical_features") is not None:
        raise InputError(
            "Models refuse categorical_features: their explanations would be wrong.",
            hint="Encode categories as ordered numbers or rates before.",
        )
    if (depth := parameters.get("max_depth", 3)) is None or depth > MAX_DEPTH:
        raise InputError(f"Trees may be at most {MAX_DEPTH} deep, not {depth}.")
    names = check_features(X)
    settings: dict[str, Any] = {
        "learning_rate": 0.07,
        "max_depth": 3,
        "min_samples_leaf": 40,
        "l2_regularization": 10.0,
        "max_features": 0.3,
        "max_bins": 63,
        **parameters,
        "categorical_features": None,
    }
    signs = {name: sign for name, sign in (monotone or {}).items() if name in names and sign}
    trees = HistGradientBoostingClassifier(
        max_iter=iterations,
        early_stopping=False,
        random_state=seed,
        monotonic_cst=signs or None,
        **settings,
    )
    empty = X.columns[X.isna().all()]  # scikit-learn cannot bin them; a constant is never split on
    if sample_weight is not None and np.ptp(sample_weight) == 0:
        sample_weight = None  # weighted binning is a hundred times slower
    with _few_threads(X):
        return trees.fit(
            X.astype(float).assign(**dict.fromkeys(empty, 0.0)), y, sample_weight=sample_weight
        )


def staged_raw(
    trees: HistGradientBoostingClassifier, X: pd.DataFrame, stages: Sequence[int]
) -> Floats:
    """Return the log-odds after each number of trees in `stages`, rows × stages."""
    wanted = set(stages)
    with _few_threads(X):
        columns = [
            raw.ravel()
            for count, raw in enumerate(trees.staged_decision_function(X.astype(float)), start=1)
            if count in wanted
        ]
    return np.column_stack(columns)


def raw_prediction(trees: HistGradientBoostingClassifier, X: pd.DataFrame) -> Floats:
    """Return the trees' log-odds."""
    with _few_threads(X):
        raw: Floats = trees.decision_function(X.astype(float))
    return raw


def scale_trees(trees: HistGradientBoostingClassifier, factor: float) -> None:
    """Multiply the trees' log-odds by `factor`, in place, leaf by leaf.

    The trees stay an ordinary fitted classifier, so that what explains such classifiers explains
    the scaled one.
    """
    trees._baseline_prediction = trees._baseline_prediction * factor
    for (tree,) in trees._predictors:
        tree.nodes["value"] *= factor


def center_trees(trees: HistGradientBoostingClassifier, X: pd.DataFrame) -> None:
    """Shift the trees' log-odds, in place, so that their mean over `X` is 0.

    The level is the calibration's business: scaled with the trees, a base rate that has moved
    since would weigh as often as they do.
    """
    trees._baseline_prediction = trees._baseline_prediction - raw_prediction(trees, X).mean()


def _few_threads(X: pd.DataFrame) -> threadpool_limits:
    return threadpool_limits(1 if X.size < SMALL else None, user_api="openmp")
