"""Reviewers whose decisions the challenger contradicts more often than those of the others."""

from typing import Any

import numpy as np
import pandas as pd

from analytics.features.labels import LABEL
from analytics.labelling.confident import confident_learning
from analytics.labelling.reviewers import reviewer_alarms
from analytics.model.additive import AdditiveClassifier
from analytics.model.labelled import LabelledFrame
from analytics.retraining.labels import REVIEWER


def doubted_reviewers(
    model: AdditiveClassifier, learned: LabelledFrame, judged: LabelledFrame
) -> list[dict[str, Any]]:
    """Compare how often each reviewer's decisions are doubted; plain data of `reviewer_alarms`.

    Every label is judged by a fit that has not seen it: those learned from by the folds of the
    training, the judging ones by the model. A label is doubted where confident learning
    (Northcutt, Jiang & Chuang 2021) counts it for the other class.

    Args:
        model: The challenger's violation part, just trained.
        learned: What it was trained on.
        judged: Decisions that it has not seen.
    """
    rows = model.held_out_.rows
    labels = pd.concat([learned.labels.iloc[rows], judged.labels])
    raw = np.concatenate([model.held_out_.raw, model.raw(judged.X)])
    y, probability = labels[LABEL].to_numpy(dtype=np.intp), model.calibration_(raw)
    if REVIEWER not in labels or len(np.unique(y)) < 2:
        return []
    is_doubted = confident_learning(y, np.column_stack([1 - probability, probability])).is_doubted
    is_named = labels[REVIEWER].notna().to_numpy()
    found = reviewer_alarms(
        labels.loc[is_named, REVIEWER].reset_index(drop=True), pd.Series(is_doubted[is_named])
    )
    return [{str(k): v for k, v in row.items()} for row in found.to_dict("records")]
