"""From a dataset as of a moment to a trained model of one entity type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.columns import EntityType
from analytics.engines import Engine
from analytics.features.catalog import FEATURE_VERSION
from analytics.model.bundle import EntityModel
from analytics.model.card import model_card
from analytics.model.groups import entity_groups
from analytics.model.held_out import quality_metrics, violation_metrics
from analytics.model.history import History
from analytics.model.labels import DECIDED_AT, LABEL, decided_policies, past_labels
from analytics.model.prior import ViolationPrior, violation_prior
from analytics.model.quality import QualityModel, QualitySet, train_quality
from analytics.model.violation import ViolationModel, train_violation
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.snapshots.home import Dataset


@dataclass(frozen=True)
class LabelledFrame:
    """Decided entities with the features of the moment of the decision.

    Attributes:
        X: Features, indexed by entity id.
        labels: As from `past_labels`, same index.
        groups: Which entities belong together, same index.
        notes: What a person should know about how it was made.
    """

    X: pd.DataFrame
    labels: pd.DataFrame
    groups: pd.Series
    notes: tuple[str, ...] = ()


def train_entity(
    engine: Engine,
    dataset: Dataset,
    entity: EntityType,
    as_of: datetime,
    settings: Settings,
    progress: Progress | None = None,
) -> EntityModel:
    """Train both predictions of one entity type on nothing but what was known at `as_of`."""
    history = History(engine, dataset, entity, settings)
    return train_from(history, as_of, progress or NullProgress())


def train_from(history: History, as_of: datetime, progress: Progress) -> EntityModel:
    """Train on a history, which may be shared between several moments."""
    entity, settings = history.entity, history.settings
    with progress.step(f"Past of each {entity} to learn from"):
        sets = history.quality_sets(as_of)
        labelled = labelled_frame(history, as_of)
    with progress.step(f"Training the {entity} model"):
        quality = quality_from(history, sets, as_of)
        violation = _violation(history, as_of, labelled)
        metrics = {
            "quality": quality_metrics(quality, sets, settings, entity) if quality else None,
            "violation": _violation_metrics(violation, labelled, history),
        }
    return EntityModel(
        entity=entity,
        trained_as_of=as_of,
        quality=quality,
        violation=violation,
        volume_floor=settings.quality_min_lines,
        card=_card(history, as_of, quality, violation, sets, labelled, metrics),
        metrics=metrics,
    )


def quality_from(history: History, sets: list[QualitySet], as_of: datetime) -> QualityModel | None:
    """Train quality as of a moment; None where outcomes are too few."""
    if not sets:
        return None
    return train_quality(
        sets,
        present=history.active_features(as_of),
        gap_days=history.gap.days,
        monotone=history.monotone,
        seed=history.settings.seed,
    )


def labelled_frame(history: History, as_of: datetime, *, backtest: bool = False) -> LabelledFrame:
    """Join each label known at `as_of` to the features of its own moment.

    Features are computed at a few past moments; a label takes those of the newest one before
    its decision. Features without a history (`is_point_in_time` false) are taken as of `as_of`,
    and left out of a backtest.
    """
    settings = history.settings
    labels = past_labels(
        history.engine, history.dataset, history.entity, as_of, settings.label_validity_days
    )
    if labels.empty:
        nobody = pd.DataFrame(index=labels.index)
        return LabelledFrame(nobody, labels, pd.Series(labels.index, index=labels.index))
    timeless = [s.name for s in history.specs if not s.is_point_in_time and not backtest]
    X = _features_at_decision(history, labels, as_of, timeless)
    groups = entity_groups(history.engine, history.dataset, history.entity, as_of)
    return LabelledFrame(
        X,
        labels.loc[X.index],
        groups.reindex(X.index).fillna(pd.Series(X.index, index=X.index)),
        _notes(len(labels) - len(X), timeless),
    )


def _features_at_decision(
    history: History, labels: pd.DataFrame, as_of: datetime, timeless: list[str]
) -> pd.DataFrame:
    if timeless and len(timeless) == len(history.specs):
        now = history.features(as_of)
        return now.loc[now.index.intersection(labels.index)].sort_index()
    frames = []
    moments = _moments(labels[DECIDED_AT], as_of, history.settings.training_step_days)
    for moment, decided in labels.groupby(moments):
        then = history.past_features(pd.Timestamp(str(moment)).to_pydatetime())
        frames.append(then.loc[then.index.intersection(decided.index)])
    X = pd.concat(frames).sort_index()
    if timeless:
        X[timeless] = history.features(as_of)[timeless].reindex(X.index)
    return X


def _moments(decided: pd.Series, as_of: datetime, step_days: int) -> pd.Series:
    """Return the newest of `as_of` − step, `as_of` − 2 steps, … that lies before each decision."""
    steps_back = (pd.Timestamp(as_of) - decided).dt.days // step_days + 1
    return pd.Timestamp(as_of) - pd.to_timedelta(steps_back * step_days, unit="D")


def _notes(unknown: int, timeless: list[str]) -> tuple[str, ...]:
    notes = []
    if unknown:
        notes.append(
            f"{unknown} decided entities were not known yet at the moment whose features their "
            "decision takes; they were left out."
        )
    if timeless:
        notes.append(
            f"{len(timeless)} features have no history, so decisions meet their present values: "
            f"{', '.join(timeless[:5])}{' …' if len(timeless) > 5 else ''}."
        )
    return tuple(notes)


def _violation(
    history: History, as_of: datetime, labelled: LabelledFrame
) -> ViolationModel | ViolationPrior | None:
    settings = history.settings
    X = history.features(as_of)
    if X.empty:
        return None
    prior = violation_prior(X, history.specs, prevalence=settings.assumed_prevalence)
    model = train_violation(
        labelled.X,
        labelled.labels[LABEL],
        groups=labelled.groups,
        prior=prior,
        least_per_class=settings.min_labels_per_class,
        monotone=history.monotone,
        seed=settings.seed,
    )
    return prior if model is None else model


def _violation_metrics(
    violation: ViolationModel | ViolationPrior | None, labelled: LabelledFrame, history: History
) -> dict[str, Any] | None:
    if not isinstance(violation, ViolationModel):
        return None
    return violation_metrics(
        violation,
        labelled.X,
        labelled.labels[LABEL],
        labelled.groups,
        history.settings,
        history.entity,
    )


def _card(
    history: History,
    as_of: datetime,
    quality: QualityModel | None,
    violation: ViolationModel | ViolationPrior | None,
    sets: list[QualitySet],
    labelled: LabelledFrame,
    metrics: dict[str, Any],
) -> dict[str, Any]:
    return model_card(
        entity=history.entity,
        as_of=as_of,
        dataset_id=history.dataset.dataset_id,
        feature_version=FEATURE_VERSION,
        settings=history.settings,
        quality=quality,
        violation=violation,
        sets=sets,
        labels=labelled.labels,
        notes=labelled.notes,
        policies=decided_policies(labelled.labels),
        metrics=metrics,
    )
