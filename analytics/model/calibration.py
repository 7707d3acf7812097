"""From raw log-odds to probabilities: logistic maps with a prior where data are few."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]

SMALLEST = 1e-6  # no probability is nearer to 0 or 1 than this


@dataclass(frozen=True)
class Platt:
    """p = 1 / (1 + exp(−(slope · raw + intercept))); monotone, as slope is positive."""

    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, raw: Floats) -> Floats:
        """Return the calibrated log-odds."""
        return self.slope * raw + self.intercept

    def __call__(self, raw: Floats) -> Floats:
        """Return the calibrated probability."""
        return np.clip(expit(self.log_odds(raw)), SMALLEST, 1 - SMALLEST)


@dataclass(frozen=True)
class OddsOfSum:
    """Odds that grow in proportion to a sum of evidence: p / (1 − p) = scale · (1 + raw − least).

    For scores without labels, whose far tail must not claim certainty. Monotone in raw.
    """

    least: float
    scale: float

    def log_odds(self, raw: Floats) -> Floats:
        """Return the log-odds."""
        return np.log1p(np.maximum(raw - self.least, 0.0)) + np.log(self.scale)

    def __call__(self, raw: Floats) -> Floats:
        """Return the probability."""
        return np.clip(expit(self.log_odds(raw)), SMALLEST, 1 - SMALLEST)


def odds_with_mean(raw: Floats, mean: float) -> OddsOfSum:
    """Return the map whose average probability over `raw` is `mean`."""
    least = float(raw.min(initial=0.0))

    def excess(log_scale: float) -> float:
        return float(OddsOfSum(least, float(np.exp(log_scale)))(raw).mean() - mean)

    return OddsOfSum(least, float(np.exp(brentq(excess, -30.0, 30.0))))


def fit_platt(
    raw: Floats, y: Floats, weight: Floats | None = None, *, prior_slope: float = 1.0
) -> Platt:
    """Fit slope and intercept to labels 0 and 1, or to shares between them.

    The slope has a log-normal prior around `prior_slope`, so that it stays positive.
    """
    w = np.ones_like(raw) if weight is None else weight

    def loss(at: Floats) -> float:
        z = np.exp(at[0]) * raw + at[1]
        return float(w @ (np.logaddexp(0, z) - y * z) + 2 * (at[0] - np.log(prior_slope)) ** 2)

    share = float(np.clip(np.average(y, weights=w), 0.01, 0.99))
    start = np.array([np.log(prior_slope), logit(share) - prior_slope * np.average(raw, weights=w)])
    slope, intercept = minimize(loss, start, method="L-BFGS-B").x
    return Platt(float(np.exp(slope)), float(intercept))


def platt_with_mean(
    raw: Floats, mean: float, weight: Floats | None = None, *, slope: float = 1.0
) -> Platt:
    """Return the map with this slope whose average probability over `raw` is `mean`."""

    def excess(intercept: float) -> float:
        return float(np.average(expit(slope * raw + intercept), weights=weight) - mean)

    reach = 50 + slope * float(np.abs(raw).max(initial=0.0))
    return Platt(slope, float(brentq(excess, -reach, reach)))


def fit_stack(
    Z: Floats,
    y: Floats,
    weight: Floats | None = None,
    *,
    target: Sequence[float],
    strength: float = 30.0,
) -> Floats:
    """Return weights ≥ 0 of the columns of `Z`, each a log-odds, that predict `y` together.

    A ridge of `strength` pulls them to `target`, so that a part earns more only on enough data.
    """
    w = np.ones(len(y)) if weight is None else weight
    start = np.append(np.asarray(target, dtype=float), 0.0)

    def loss(at: Floats) -> float:
        z = Z @ at[:-1] + at[-1]
        fit = w @ (np.logaddexp(0, z) - y * z)
        return float(fit + strength * ((at - start)[:-1] ** 2).sum())

    bounds = [(0.0, None)] * Z.shape[1] + [(None, None)]
    weights: Floats = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x[:-1]
    return weights
