"""Which policy a violation is of, learned from confirmed ones."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from analytics.model.frames import align
from analytics.model.linear import RankNormal

Floats = NDArray[np.float64]

RARE = ""  # the class of all policies with too few confirmed violations
LEAST_CHANCE = 1e-3


class PolicyModel(BaseEstimator):
    """Multinomial ridge-logistic regression on rank-normal features, over confirmed violations.

    Policies with fewer than `least` of them are one class together, whose share is split as before.

    Args:
        least: Confirmed violations that a policy needs.
        strength: Inverse of the ridge penalty (`C` of scikit-learn).
    """

    def __init__(self, least: int = 20, strength: float = 0.01) -> None:
        self.least = least
        self.strength = strength

    def fit(self, X: pd.DataFrame, policy: pd.Series) -> "PolicyModel":
        """Fit to confirmed violations and their policies; `can_learn` must hold."""
        self.scores_ = RankNormal().fit(X)
        self.feature_names_ = list(self.scores_.feature_names_)
        self.ridge_ = LogisticRegression(C=self.strength, max_iter=1000)
        self.ridge_.fit(self.scores_.transform(X), classes(policy, self.least))
        return self

    @property
    def learned(self) -> list[str]:
        """The policies that have a class of their own."""
        return [str(code) for code in self.ridge_.classes_ if code != RARE]

    def refine(self, split: pd.DataFrame, X: pd.DataFrame) -> pd.DataFrame:
        """Return a split over policies by what was learned, where something was.

        Args:
            split: As from `policy_split`: rows sum to 1, one column per policy.
            X: Features, same index.

        Returns:
            A frame like `split`: learned policies have their probability, the others what is left,
            in the proportions that they had.
        """
        if not len(split):
            return split
        chance = self.ridge_.predict_proba(self.scores_.transform(align(X, self.feature_names_)))
        told = pd.DataFrame(chance, split.index, [str(c) for c in self.ridge_.classes_])
        own = [code for code in self.learned if code in split.columns]
        others = split.drop(columns=own)
        total = others.sum(axis=1).to_numpy()[:, None]
        even = np.full(others.shape, 1 / max(others.shape[1], 1))
        shares = np.where(total > 0, others.to_numpy() / np.where(total > 0, total, 1), even)
        rest = np.clip(1 - told[own].sum(axis=1).to_numpy(), 0, None)[:, None]
        refined = pd.concat(
            [told[own], pd.DataFrame(shares * rest, split.index, others.columns)], axis=1
        )[list(split.columns)]
        return refined.div(refined.sum(axis=1), axis=0)


def classes(policy: pd.Series, least: int) -> NDArray[np.str_]:
    """Return the class of each confirmed violation: its policy, or `RARE`."""
    counts = policy.map(policy.value_counts())
    return policy.where(counts >= least, RARE).to_numpy(dtype=str)


def can_learn(policy: pd.Series, least: int) -> bool:
    """Whether one policy at least has enough confirmed violations, and others to tell it from."""
    found = set(classes(policy, least))
    return len(found) > 1


def losses(split: pd.DataFrame, policy: pd.Series) -> Floats:
    """Return −log of the share that a split gives to the policy that was confirmed, row by row."""
    column = split.columns.get_indexer(pd.Index(policy))
    given = split.to_numpy()[np.arange(len(split)), column]
    loss: Floats = -np.log(np.clip(np.where(column < 0, 0.0, given), LEAST_CHANCE, 1.0))
    return loss
