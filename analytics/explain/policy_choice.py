"""Trains a model, and with it which policy a violation is of, where that can be learned."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.explain.explainers import explain_part
from analytics.features.groups import entity_groups
from analytics.features.labels import LABEL, POLICY
from analytics.model.bundle import EntityModel
from analytics.model.folds import fold_of
from analytics.model.harm import policy_split
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, groups_of, is_decided
from analytics.model.policy_model import PolicyModel, can_learn, losses
from analytics.model.prior import ViolationPrior
from analytics.model.training import train_from
from analytics.model.violation import ViolationModel
from analytics.policies import load_taxonomy
from analytics.progress import Progress

FOLDS: Final = 4


def train(
    history: History,
    as_of: datetime,
    progress: Progress,
    *,
    labelled: LabelledFrame | None = None,
    champion: EntityModel | None = None,
) -> EntityModel:
    """Train as `train_from` does, and learn from confirmed violations which policy they are of.

    A policy model is kept if, on groups that it has not seen, it tells the confirmed policy better
    than what raises the score does, by more than one standard error. The card says so either way.
    """
    model = train_from(history, as_of, progress, labelled=labelled, champion=champion)
    policies, about = _policy_model(model, history, as_of)
    return replace(model, policies=policies, card={**model.card, "policy_model": about})


def _policy_model(
    model: EntityModel, history: History, as_of: datetime
) -> tuple[PolicyModel | None, dict[str, Any]]:
    least = history.settings.min_labels_per_policy
    if model.training_set is None or model.violation is None:
        return None, {"is_used": False, "why": "violation is not learned from decisions"}
    labels, X = model.training_set.labels, model.training_set.X
    confirmed = labels.index[(labels[LABEL] == 1) & labels[POLICY].notna() & is_decided(labels)]
    policy, X = labels.loc[confirmed, POLICY], X.loc[confirmed, model.violation.feature_names]
    if not can_learn(policy, least):
        return None, {
            "is_used": False,
            "confirmed": len(policy),
            "why": f"no policy has {least} confirmed violations beside others",
        }
    groups = groups_of(
        confirmed, entity_groups(history.engine, history.dataset, history.entity, as_of)
    )
    split = _by_what_raises(model, model.violation, history, X)
    about = _judged(X, policy, groups, split, least)
    return (PolicyModel(least).fit(X, policy) if about["is_used"] else None), about


def _by_what_raises(
    model: EntityModel,
    violation: ViolationModel | ViolationPrior,
    history: History,
    X: pd.DataFrame,
) -> pd.DataFrame:
    """Return the split that is used without a policy model."""
    taxonomy = load_taxonomy(history.settings.policies_file)
    raised = explain_part(violation, X).phi
    decided = model.card.get("decided_policies")
    return policy_split(raised, history.specs, taxonomy, model.entity, decided)


def _judged(
    X: pd.DataFrame, policy: pd.Series, groups: pd.Series, split: pd.DataFrame, least: int
) -> dict[str, Any]:
    """Compare both on groups held out, and say what came of it."""
    fold = np.array([fold_of(str(group), FOLDS) for group in groups])
    told = split.copy()
    for number in range(FOLDS):
        seen, held = fold != number, fold == number
        if held.any() and can_learn(policy[seen], least):
            fitted = PolicyModel(least).fit(X[seen], policy[seen])
            told[held] = fitted.refine(split[held], X[held])
    gain = losses(split, policy) - losses(told, policy)
    error = float(gain.std(ddof=1) / np.sqrt(len(gain)))
    is_used = bool(gain.mean() > error)
    return {
        "is_used": is_used,
        "confirmed": len(policy),
        "learned": sorted(str(c) for c, n in policy.value_counts().items() if n >= least),
        "first_right": _first_right(told, policy),
        "first_right_before": _first_right(split, policy),
        "log_loss_gain": round(float(gain.mean()), 4),
        "standard_error": round(error, 4),
        "why": "tells the policy better on groups not seen"
        if is_used
        else "tells the policy no better than what raises the score does",
    }


def _first_right(split: pd.DataFrame, policy: pd.Series) -> float:
    """Return how often the likeliest policy is the confirmed one."""
    return round(float((split.idxmax(axis=1) == policy).mean()), 4)
