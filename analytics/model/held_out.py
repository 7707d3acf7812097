"""What the Model page shows: figures from the rows that the fitted parts had not seen."""

from typing import Any

import numpy as np
import pandas as pd

from analytics.model.baselines import rate_baselines
from analytics.model.quality import QualityModel, QualitySet, pool
from analytics.model.report import MODEL, Prediction, Trial, make_report
from analytics.model.violation import ViolationModel
from analytics.settings import Settings

DRAWS = 100
CALIBRATED_HERE = (
    "Slope and intercept of the calibration, of the model as of the baselines, were fitted on "
    "these rows; the command portreeve evaluate gives figures that nothing was fitted on."
)


def quality_metrics(
    model: QualityModel, sets: list[QualitySet], settings: Settings, entity: str
) -> dict[str, Any]:
    """Return the report on the held-out rows of training, one trial per past as-of."""
    X, outcomes = pool(sets)
    rows, raw = model.held_out_.rows, model.held_out_.raw
    X, outcomes = X.iloc[rows], outcomes.iloc[rows]
    y = outcomes["label"].to_numpy(dtype=float)
    probability = model.calibration_(raw)
    rates = rate_baselines(X, y, X, raw_rate=False)
    trials = []
    for moment in sorted(outcomes["as_of"].unique()):
        at = (outcomes["as_of"] == moment).to_numpy()
        predictions = {MODEL: Prediction(raw[at], probability[at])}
        predictions |= {n: Prediction(p.score[at], p.probability[at]) for n, p in rates.items()}
        as_of = pd.Timestamp(moment).to_pydatetime()
        trials.append(Trial(as_of, X.index.to_numpy()[at], y[at], predictions))
    report = make_report(
        entity,
        "quality",
        f"rows held out in training {model.held_out_.how}",
        trials,
        k=settings.review_capacity,
        seed=settings.seed,
        notes=[CALIBRATED_HERE],
        draws=DRAWS,
    )
    return report.to_dict()


def violation_metrics(
    model: ViolationModel,
    X: pd.DataFrame,
    y: pd.Series,
    groups: pd.Series,
    settings: Settings,
    entity: str,
    judges: pd.Series,
) -> dict[str, Any]:
    """Return the report on the held-out rows of training, by groups that share nothing.

    Only labels that somebody decided judge; `judges` tells which, same index as `X`.
    """
    rows, raw = model.held_out_.rows, model.held_out_.raw
    at = judges.to_numpy()[rows]
    rows, raw = rows[at], raw[at]
    label = y.to_numpy(dtype=float)[rows]
    predictions = {MODEL: Prediction(raw, model.calibration_(raw))}
    predictions |= rate_baselines(X.iloc[rows], label, X.iloc[rows], raw_rate=False)
    trial = Trial(None, groups.to_numpy()[rows], label, predictions)
    report = make_report(
        entity,
        "violation",
        f"decided entities held out in training {model.held_out_.how}",
        [trial],
        k=min(settings.review_capacity, max(1, int(np.sum(label)))),
        seed=settings.seed,
        notes=[CALIBRATED_HERE],
        draws=DRAWS,
    )
    return report.to_dict()
