"""What a model has to beat: rates that a spreadsheet could give, and plain logistic regression."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analytics.model.calibration import fit_platt
from analytics.model.frames import align
from analytics.model.quality import SHRUNKEN_RATE_FEATURE
from analytics.model.report import Prediction

Floats = NDArray[np.float64]

LIFETIME_RATE_FEATURE = "defect_rate_lifetime"

PAST_RATE = "past_defect_rate"
EMPIRICAL_BAYES = "empirical_bayes"
EMPIRICAL_BAYES_CALIBRATED = "empirical_bayes_calibrated"
LOGISTIC = "logistic_regression"
RANDOM = "random"


def rate_baselines(
    X: pd.DataFrame, y: Floats, unseen: pd.DataFrame, *, raw_rate: bool = True
) -> dict[str, Prediction]:
    """Rank by past defect rates; their probabilities are logistic in the rate's log-odds.

    Args:
        X: Features of the rows to calibrate on.
        y: Their labels.
        unseen: Features of the rows to predict.
        raw_rate: Whether to give also the empirical-Bayes rate itself as a probability.
    """
    if SHRUNKEN_RATE_FEATURE not in X.columns:
        return {}
    past, shrunk = _rates(X)
    past_unseen, shrunk_unseen = _rates(unseen)
    predictions = {PAST_RATE: _calibrated(past, y, past_unseen)}
    if raw_rate:
        predictions[EMPIRICAL_BAYES] = Prediction(shrunk_unseen, shrunk_unseen)
    predictions[EMPIRICAL_BAYES_CALIBRATED] = _calibrated(shrunk, y, shrunk_unseen)
    return predictions


def logistic_baseline(X: pd.DataFrame, y: Floats, unseen: pd.DataFrame) -> Prediction:
    """Logistic regression on the same features, medians for missing values, no tuning."""
    known = X.columns[X.notna().any()]
    model = make_pipeline(
        SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=500)
    )
    model.fit(X[known], y)
    probability = model.predict_proba(unseen[known])[:, 1]
    return Prediction(probability, probability)


def random_baseline(y: Floats, rows: int, seed: int) -> Prediction:
    """Random order, and the base rate for everybody."""
    score = np.random.default_rng(seed).random(rows)
    return Prediction(score, np.full(rows, float(y.mean())))


def _rates(X: pd.DataFrame) -> tuple[Floats, Floats]:
    known = align(X, [LIFETIME_RATE_FEATURE, SHRUNKEN_RATE_FEATURE]).to_numpy()
    told = known[:, 1][np.isfinite(known[:, 1])]
    usual = told.mean() if len(told) else 0.0  # nobody has sold anything yet
    shrunk = np.where(np.isnan(known[:, 1]), usual, known[:, 1])
    return np.where(np.isnan(known[:, 0]), shrunk, known[:, 0]), shrunk


def _calibrated(rate: Floats, y: Floats, unseen: Floats) -> Prediction:
    probability = fit_platt(_log_odds(rate), y)(_log_odds(unseen))
    return Prediction(unseen, probability)


def _log_odds(rate: Floats) -> Floats:
    odds: Floats = logit(np.clip(rate, 0.005, 0.995))
    return odds
