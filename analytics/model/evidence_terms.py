"""Linear terms that start from the violation prior and move away from it as labels tell."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from analytics.model.prior import ViolationPrior

Floats = NDArray[np.float64]

ORDINARY_TAIL = 0.5  # with labels, also the less extreme half of the harmful side can tell


class EvidenceTerms(BaseEstimator):
    """Ridge-logistic regression on the surprise of each feature and on the prior as a whole.

    How surprising a value is was learned from all entities, so that a hundred labels are enough to
    say which surprises matter.

    Args:
        prior: The prior, fitted to all entities of the type.
        strength: Inverse of the ridge penalty (`C` of scikit-learn).
        prior_scale: How much wider the prior of its own coefficient is.
    """

    def __init__(
        self, prior: ViolationPrior, strength: float = 0.02, prior_scale: float = 2.0
    ) -> None:
        self.prior = prior
        self.strength = strength
        self.prior_scale = prior_scale

    def fit(
        self, X: pd.DataFrame, y: Floats, sample_weight: Floats | None = None
    ) -> "EvidenceTerms":
        """Fit to labels 0 and 1."""
        surprises = self.prior.surprises(X, ORDINARY_TAIL)
        spread = surprises.std(axis=0)
        scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
        Z = np.column_stack([surprises * scale, self.prior.raw(X) * self.prior_scale])
        ridge = LogisticRegression(C=self.strength, max_iter=1000)
        ridge.fit(Z, y, sample_weight=sample_weight)
        self.coef_ = ridge.coef_[0][:-1] * scale
        self.prior_coef_ = max(0.0, float(ridge.coef_[0][-1])) * self.prior_scale
        self.center_ = np.zeros(len(self.coef_))
        self.center_ = self.contributions(X).mean(axis=0)
        return self

    def contributions(self, X: pd.DataFrame) -> Floats:
        """Return each feature's term, rows × features, zero for the mean of the training data."""
        surprises = self.prior.surprises(X, ORDINARY_TAIL)
        prior = self.prior.linear_contributions(X).to_numpy()
        terms: Floats = surprises * self.coef_ + prior * self.prior_coef_ - self.center_
        return terms

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the sum of the terms."""
        total: Floats = self.contributions(X).sum(axis=1)
        return total

    def scale_by(self, factor: float) -> None:
        """Multiply the terms by `factor`."""
        self.coef_, self.center_ = self.coef_ * factor, self.center_ * factor
        self.prior_coef_ *= factor
