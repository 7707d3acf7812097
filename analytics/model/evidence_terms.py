"""Linear terms that start from the violation prior and move away from it as labels tell."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.base import BaseEstimator

from analytics.model.prior import HALF, ViolationPrior

Floats = NDArray[np.float64]

PRIOR_SPREAD = 0.3  # of the coefficient of the prior's log-odds around 1
TELLING_SPREAD = 0.1  # of the coefficient of a feature that the prior counts
OTHER_SPREAD = 0.05  # of any other
FREE = 1e-3  # precision of the level


class EvidenceTerms(BaseEstimator):
    """Logistic regression whose coefficients have the prior as their most probable value.

    Without a label it is the prior's own log-odds; labels move the weight of the prior as a whole
    and add terms for single surprises (a maximum a posteriori estimate with normal priors). How
    surprising a value is was learned from all entities, so that a few confirmed violations are
    enough to say which surprises matter. Where the direction of harm is known, a surprise never
    lowers the risk.

    Args:
        prior: The prior, fitted to all entities of the type.
        strength: Multiplies the spread of all coefficients.
    """

    def __init__(self, prior: ViolationPrior, strength: float = 1.0) -> None:
        self.prior = prior
        self.strength = strength

    def fit(
        self, X: pd.DataFrame, y: Floats, sample_weight: Floats | None = None
    ) -> "EvidenceTerms":
        """Fit to labels 0 and 1."""
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        surprises = self.prior.surprises(X, HALF)
        spread = self.prior.spread_
        scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
        Z = np.column_stack([surprises * scale, self._prior_terms(X).sum(axis=1)])
        Z = Z - Z.mean(axis=0)
        found = self._most_probable(Z, y, weight)
        self.coef_ = found[:-1] * scale
        self.prior_coef_ = float(found[-1])
        self.center_ = np.zeros(len(self.coef_))
        self.center_ = self.contributions(X).mean(axis=0)
        return self

    def _most_probable(self, Z: Floats, y: Floats, weight: Floats) -> Floats:
        """Return the coefficients of the columns of `Z`, the prior's last; the level is free."""
        tails = self.prior.tails_
        spreads = [TELLING_SPREAD if tail.weight > 0 else OTHER_SPREAD for tail in tails]
        spread = self.strength * np.array([*spreads, PRIOR_SPREAD])
        expected = np.append(np.zeros(len(tails)), 1.0)
        share = float(np.clip(np.average(y, weights=weight), 0.01, 0.99))

        def loss(at: Floats) -> tuple[float, Floats]:
            z = Z @ at[1:] + at[0]
            residual = weight * (expit(z) - y)
            away = (at[1:] - expected) / spread
            value = weight @ (np.logaddexp(0, z) - y * z) + (away @ away + FREE * at[0] ** 2) / 2
            slope = np.append(residual.sum() + FREE * at[0], Z.T @ residual + away / spread)
            return float(value), slope

        signed = [(0.0, None) if tail.sign else (None, None) for tail in tails]
        bounds = [(None, None), *signed, (0.0, None)]
        start = np.append(logit(share), expected)
        found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
        return found[1:]

    def contributions(self, X: pd.DataFrame) -> Floats:
        """Return each feature's term, rows × features, zero for the mean of the training data."""
        surprises = self.prior.surprises(X, HALF)
        terms: Floats = surprises * self.coef_ + self._prior_terms(X) * self.prior_coef_
        return terms - self.center_

    def raw(self, X: pd.DataFrame) -> Floats:
        """Return the sum of the terms."""
        total: Floats = self.contributions(X).sum(axis=1)
        return total

    def scale_by(self, factor: float) -> None:
        """Multiply the terms by `factor`."""
        self.coef_, self.center_ = self.coef_ * factor, self.center_ * factor
        self.prior_coef_ *= factor

    def _prior_terms(self, X: pd.DataFrame) -> Floats:
        """Return the prior's log-odds, up to a constant, shared out by each feature's evidence."""
        terms = self.prior.linear_contributions(X).to_numpy() + self.prior.center_
        total = terms.sum(axis=1, keepdims=True)
        level = self.prior.center_.sum() + self.prior.calibration_.least
        log_odds = np.log1p(np.maximum(total - level, 0.0))
        shared: Floats = terms * np.where(total > 0, log_odds / np.where(total > 0, total, 1), 0)
        return shared
