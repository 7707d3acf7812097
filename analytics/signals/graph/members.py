"""The two kinds of trees that judge together: boosted, and extremely randomised."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
LEAST = 1e-4  # a member's probability is kept this far from 0 and 1
SMALL = 5_000_000  # cells
EVERY = 20  # boosting stages between two looks at the validation part


@dataclass(frozen=True)
class Size:
    """How much work goes into one pair of members.

    Attributes:
        stages: Most boosting stages.
        rate: Learning rate.
        trees: Randomised trees.
        bags: Boosted models of different seeds.
    """

    stages: int
    rate: float
    trees: int
    bags: int = 1


LIGHT = Size(stages=100, rate=0.1, trees=80)
FULL = Size(stages=400, rate=0.04, trees=400, bags=2)


@dataclass(frozen=True)
class Members:
    """Fitted members, which agree on the mean of their log-odds."""

    boosted: Sequence[HistGradientBoostingClassifier]
    randomised: ExtraTreesClassifier
    threads: int

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the mean log-odds of the boosted and of the randomised trees."""
        values = X.to_numpy(dtype=np.float32)
        with few_threads(values, self.threads):
            boosted = [_log_odds(model.predict_proba(values)[:, 1]) for model in self.boosted]
            randomised = _log_odds(self.randomised.predict_proba(values)[:, 1])
        raw: Floats = (np.mean(boosted, axis=0) + randomised) / 2
        return raw


def fit_members(
    X: pd.DataFrame,
    y: Floats,
    X_valid: pd.DataFrame,
    y_valid: Floats,
    *,
    size: Size,
    threads: int,
    seed: int = 0,
) -> Members:
    """Fit both kinds on `X`; the validation part says after how many stages to stop boosting."""
    values, held_out = X.to_numpy(dtype=np.float32), X_valid.to_numpy(dtype=np.float32)
    with few_threads(values, threads):
        boosted = [_boosted(values, y, size.stages, size, seed)]
        stages = _best_stages(boosted[0], held_out, y_valid)
        boosted = [_boosted(values, y, stages, size, seed + n) for n in range(size.bags)]
        randomised = ExtraTreesClassifier(
            size.trees, min_samples_leaf=3, max_features=0.3, n_jobs=threads, random_state=seed
        ).fit(values, y)
    return Members(boosted, randomised, threads)


def few_threads(values: NDArray[np.float32], threads: int) -> threadpool_limits:
    """Let boosting use one thread where waiting for others would cost more than they save."""
    return threadpool_limits(1 if values.size < SMALL else threads, user_api="openmp")


def _boosted(
    values: NDArray[np.float32], y: Floats, stages: int, size: Size, seed: int
) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        learning_rate=size.rate,
        max_iter=stages,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=5.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    ).fit(values, y)


def _best_stages(
    model: HistGradientBoostingClassifier, values: NDArray[np.float32], y: Floats
) -> int:
    losses = {
        stage: log_loss(y, probability[:, 1], labels=[0, 1])
        for stage, probability in enumerate(model.staged_predict_proba(values), start=1)
        if stage % EVERY == 0
    }
    return min(losses, key=losses.__getitem__)


def _log_odds(probability: Floats) -> Floats:
    log_odds: Floats = logit(np.clip(probability, LEAST, 1 - LEAST))
    return log_odds
