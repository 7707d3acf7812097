"""The two kinds of trees that judge together: boosted, and extremely randomised."""

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
MOST_ROWS = 50_000
EVERY = 10  # boosting stages between two looks at the validation part


@dataclass(frozen=True)
class Members:
    """Fitted members, which agree on the mean of their log-odds."""

    boosted: HistGradientBoostingClassifier
    randomised: ExtraTreesClassifier
    threads: int

    @property
    def stages(self) -> int:
        """Stages of boosting."""
        return int(self.boosted.n_iter_)

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the mean log-odds of the boosted and of the randomised trees."""
        values = X.to_numpy(dtype=np.float32)
        with few_threads(values, self.threads):
            boosted = _log_odds(self.boosted.predict_proba(values)[:, 1])
            randomised = _log_odds(self.randomised.predict_proba(values)[:, 1])
        raw: Floats = (boosted + randomised) / 2
        return raw


def fit_members(
    X: pd.DataFrame,
    y: Floats,
    *,
    valid: tuple[pd.DataFrame, Floats] | None,
    stages: int,
    rate: float,
    trees: int,
    threads: int,
    seed: int,
) -> Members:
    """Fit both kinds on `X`.

    Args:
        X: Features of the nodes to learn from.
        y: Their labels, 0 and 1.
        valid: Features and labels that say after how many stages to stop boosting; None for all.
        stages: Most stages of boosting.
        rate: Learning rate of boosting.
        trees: Randomised trees; each sees at most `MOST_ROWS` rows.
        threads: Threads.
        seed: Seed of both.
    """
    values = X.to_numpy(dtype=np.float32)
    is_large = len(values) > MOST_ROWS
    with few_threads(values, threads):
        boosted = HistGradientBoostingClassifier(
            learning_rate=rate,
            max_iter=stages,
            max_leaf_nodes=15,
            min_samples_leaf=20,
            l2_regularization=5.0,
            max_features=0.3,
            early_stopping=False,
            random_state=seed,
        ).fit(values, y)
        if valid is not None:
            _stop_early(boosted, valid[0].to_numpy(dtype=np.float32), valid[1])
        randomised = ExtraTreesClassifier(
            trees,
            min_samples_leaf=3,
            max_features=0.3,
            bootstrap=is_large,
            max_samples=MOST_ROWS if is_large else None,
            n_jobs=threads,
            random_state=seed,
        ).fit(values, y)
    return Members(boosted, randomised, threads)


def few_threads(values: NDArray[np.float32], threads: int) -> threadpool_limits:
    """Let boosting use one thread where waiting for others would cost more than they save."""
    return threadpool_limits(1 if values.size < SMALL else threads, user_api="openmp")


def _stop_early(
    model: HistGradientBoostingClassifier, values: NDArray[np.float32], y: Floats
) -> None:
    """Cut the model, in place, after the stage whose log loss on these nodes is least."""
    losses = {
        stage: log_loss(y, probability[:, 1], labels=[0, 1])
        for stage, probability in enumerate(model.staged_predict_proba(values), start=1)
        if stage % EVERY == 0
    }
    if losses:
        del model._predictors[min(losses, key=losses.__getitem__) :]


def _log_odds(probability: Floats) -> Floats:
    log_odds: Floats = logit(np.clip(probability, LEAST, 1 - LEAST))
    return log_odds
