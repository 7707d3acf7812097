"""Forward-chained backtests: train on what was known at a date, look at what came after it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from analytics.columns import EntityType, Target
from analytics.engines import Engine
from analytics.errors import InputError
from analytics.features.groups import entity_groups
from analytics.features.labels import DECIDED_AT, LABEL, past_labels
from analytics.model.baselines import (
    LOGISTIC,
    RANDOM,
    logistic_baseline,
    random_baseline,
    rate_baselines,
)
from analytics.model.history import History
from analytics.model.labelled import labelled_frame
from analytics.model.quality import LEAST_LABELS, pool
from analytics.model.report import MODEL, EvaluationReport, Prediction, Trial, make_report
from analytics.model.training import quality_from, violation_from
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.snapshots.home import Dataset

DATES = 9
PRIOR = "violation_prior"
LEAST_ROWS = 20


def evaluate(
    engine: Engine,
    dataset: Dataset,
    entity: EntityType,
    target: Target,
    settings: Settings,
    *,
    as_ofs: Sequence[datetime] | None = None,
    progress: Progress | None = None,
) -> EvaluationReport:
    """Backtest one prediction of one entity type against its baselines.

    Args:
        engine: Query engine.
        dataset: Data; its last known moment bounds what can be evaluated.
        entity: Entity type.
        target: "quality" or "violation".
        settings: Windows, thresholds, capacity, seed.
        as_ofs: Dates to predict at; by default up to nine, `training_step_days` apart, the
            newest of which has all outcomes known.
        progress: Told which date is being worked on.

    Raises:
        InputError: The data cannot tell: no orders, no decisions, or too few before every date.
    """
    history = History(engine, dataset, entity, settings)
    run = _quality if target == "quality" else _violation
    return run(history, as_ofs, progress or NullProgress())


def _quality(
    history: History, as_ofs: Sequence[datetime] | None, progress: Progress
) -> EvaluationReport:
    if not history.dataset.has("orders"):
        raise InputError("Quality cannot be evaluated without orders.")
    end = history.dataset.manifest.known_until
    dates = dates_of(as_ofs, end - history.gap, history.settings.training_step_days)
    trials, notes = [], []
    with progress.step("Backtest of quality", len(dates)) as step:
        for as_of in dates:
            trial = quality_trial(history, as_of)
            if trial is None:
                notes.append(f"{as_of:%Y-%m-%d} is left out: too few outcomes before or after it.")
            else:
                trials.append(trial)
            step.advance()
    return _report(
        history,
        "quality",
        f"at each date trained on the last {history.settings.training_as_ofs} as-of dates whose "
        "outcomes were known then; looked at the "
        f"{history.settings.quality_horizon_days} days after",
        trials,
        notes,
    )


def quality_trial(history: History, as_of: datetime) -> Trial | None:
    """Predict the outcomes after a date by what was known then; None where they are too few."""
    settings = history.settings
    sets = history.quality_sets(as_of)
    model, _ = quality_from(history, sets, as_of)
    [outcomes] = history.outcomes([as_of], as_of + history.gap)
    X = history.past_features(as_of)
    y = outcomes[LABEL].reindex(X.index).dropna()
    if model is None or min((y == 1).sum(), (y == 0).sum()) < LEAST_LABELS:
        return None
    X, label = X.loc[y.index], y.to_numpy(dtype=float)
    seen, past = pool(sets)
    seen_label = past["label"].to_numpy(dtype=float)
    predictions = {MODEL: Prediction(model.raw(X), model.predict_proba(X)[:, 1])}
    predictions |= rate_baselines(seen, seen_label, X)
    names = model.feature_names
    predictions[LOGISTIC] = logistic_baseline(seen[names], seen_label, X[names])
    predictions[RANDOM] = random_baseline(seen_label, len(X), settings.seed)
    return Trial(as_of, X.index.to_numpy(), label, predictions)


def _violation(
    history: History, as_ofs: Sequence[datetime] | None, progress: Progress
) -> EvaluationReport:
    settings = history.settings
    end = history.dataset.manifest.known_until
    decided = past_labels(
        history.engine, history.dataset, history.entity, end, settings.label_validity_days
    )
    if decided.empty:
        raise InputError(
            f"There is no past decision on a {history.entity} to evaluate violation with.",
            hint="Give a table past_decisions, or use the prior's benchmark on the sample.",
        )
    step_days = settings.training_step_days
    dates = dates_of(as_ofs, end - timedelta(days=step_days), step_days)
    groups = entity_groups(history.engine, history.dataset, history.entity, end)
    trials, notes = [], []
    with progress.step("Backtest of violation", len(dates)) as step:
        for as_of in dates:
            until = end if as_of == dates[-1] else as_of + timedelta(days=step_days)
            trial = violation_trial(history, as_of, until, decided, groups)
            if trial is None:
                notes.append(f"{as_of:%Y-%m-%d} is left out: too few decisions before or after it.")
            else:
                trials.append(trial)
            step.advance()
    notes.append(
        "Only entities that a reviewer decided are looked at; they were not chosen at random."
    )
    return _report(
        history,
        "violation",
        f"at each date trained on the decisions known then; looked at the decisions of the next "
        f"{step_days} days on entities that share nothing with those trained on",
        trials,
        notes,
    )


def violation_trial(
    history: History,
    as_of: datetime,
    until: datetime,
    decided: pd.DataFrame,
    groups: pd.Series,
    *,
    strangers: bool = True,
) -> Trial | None:
    """Predict the decisions after a date by those before it; None where they are too few.

    Args:
        history: The past.
        as_of: The date.
        until: Last moment of the decisions that are predicted.
        decided: Labels as known now, as from `past_labels`.
        groups: Group of every entity.
        strangers: Leave out entities that share something with those trained on. The model in use
            meets them, too, and what tells of them is what signals are made of.
    """
    settings = history.settings
    known = labelled_frame(history, as_of, backtest=True)
    X_all = history.past_features(as_of)
    if X_all.empty:
        return None
    model, prior, _ = violation_from(history, X_all, known)
    y = decided.loc[(decided[DECIDED_AT] > as_of) & (decided[DECIDED_AT] <= until), LABEL]
    is_new = ~groups.reindex(y.index).isin(set(known.groups)) if strangers else True
    y = y[y.index.isin(X_all.index) & is_new]
    if model is None or len(y) < LEAST_ROWS or y.nunique() < 2:
        return None
    X, label = X_all.loc[y.index], y.to_numpy(dtype=float)
    seen_label = known.labels[LABEL].to_numpy(dtype=float)
    predictions = {
        MODEL: Prediction(model.raw(X), model.predict_proba(X)[:, 1]),
        PRIOR: Prediction(prior.raw(X), prior.predict_proba(X)[:, 1]),
    }
    predictions |= rate_baselines(known.X, seen_label, X, raw_rate=False)
    names = model.feature_names
    predictions[LOGISTIC] = logistic_baseline(known.X[names], seen_label, X[names])
    predictions[RANDOM] = random_baseline(seen_label, len(X), settings.seed)
    return Trial(as_of, groups.reindex(X.index).to_numpy(), label, predictions)


def dates_of(as_ofs: Sequence[datetime] | None, newest: datetime, step_days: int) -> list[datetime]:
    """Return the dates to predict at, oldest first; by default the newest `DATES` there can be."""
    if as_ofs:
        if late := [at for at in as_ofs if at > newest]:
            raise InputError(
                f"What comes after {late[0]:%Y-%m-%d} is not all known yet in this dataset.",
                hint=f"The newest date that can be evaluated is {newest:%Y-%m-%d}.",
            )
        return sorted(as_ofs)
    return [newest - timedelta(days=step_days * k) for k in reversed(range(DATES))]


def _report(
    history: History, target: Target, protocol: str, trials: list[Trial], notes: list[str]
) -> EvaluationReport:
    if not trials:
        raise InputError(
            f"No date has enough outcomes before and after it to evaluate {target} of "
            f"{history.entity}s.",
            hint="Give dates with --as-of, or data that reach further back.",
        )
    least = int(min(np.sum(trial.y) for trial in trials))
    capacity = history.settings.review_capacity
    return make_report(
        history.entity,
        target,
        protocol,
        trials,
        k=capacity if target == "quality" else max(1, min(capacity, least)),
        seed=history.settings.seed,
        notes=notes,
    )
