"""From a dataset as of a moment to a trained model of one entity type."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from analytics.columns import EntityType
from analytics.engines import Engine
from analytics.model.bundle import EntityModel
from analytics.model.card import model_card, quality_card
from analytics.model.family_trials import TOO_FEW, quality_families, violation_families
from analytics.model.groups import entity_groups
from analytics.model.held_out import quality_metrics, violation_metrics
from analytics.model.history import History
from analytics.model.labels import (
    DECIDED_AT,
    LABEL,
    PAST,
    decided_policies,
    past_labels,
)
from analytics.model.prior import ViolationPrior, violation_prior
from analytics.model.quality import QualityModel, QualitySet, train_quality
from analytics.model.signal_choice import FamilyChoice, kept_columns, not_judged
from analytics.model.training_set import TrainingSet
from analytics.model.violation import ViolationModel, train_violation
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from analytics.snapshots.home import Dataset


@dataclass(frozen=True)
class LabelledFrame:
    """Decided entities with the features of the moment of the decision.

    Attributes:
        X: Features, indexed by entity id.
        labels: As from `past_labels`, same index, each with the `source` of the decision and the
            `dataset_id` and `as_of` of the features.
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


def train_from(
    history: History,
    as_of: datetime,
    progress: Progress,
    *,
    labelled: LabelledFrame | None = None,
    champion: EntityModel | None = None,
) -> EntityModel:
    """Train on a history, which may be shared between several moments.

    Args:
        history: What was known when.
        as_of: The moment from which the model will score.
        progress: Told of each step.
        labelled: Decisions to learn violation from; by default those that came with the data.
        champion: A model whose quality part would come out the same; it is taken over.
    """
    entity = history.entity
    with progress.step(f"Past of each {entity} to learn from"):
        sets = [] if champion else history.quality_sets(as_of)
        labelled = labelled_frame(history, as_of) if labelled is None else labelled
    with progress.step(f"Training the {entity} model"):
        part = _taken_over(champion) if champion else _trained_quality(history, sets, as_of)
        violation, families = _violation(history, as_of, labelled)
        metrics = {
            "quality": part.metrics,
            "violation": _violation_metrics(violation, labelled, history),
        }
    is_learned = isinstance(violation, ViolationModel)
    return EntityModel(
        entity=entity,
        trained_as_of=as_of,
        quality=part.model,
        violation=violation,
        volume_floor=history.settings.quality_min_lines,
        card=_card(history, as_of, part, violation, families, labelled, metrics),
        metrics=metrics,
        training_set=TrainingSet(labelled.labels, labelled.X) if is_learned else None,
    )


@dataclass(frozen=True)
class _QualityPart:
    """The quality model with its metrics and its part of the card."""

    model: QualityModel | None
    metrics: dict[str, Any] | None
    card: dict[str, Any]


def _taken_over(champion: EntityModel) -> _QualityPart:
    return _QualityPart(champion.quality, champion.metrics.get("quality"), champion.card["quality"])


def _trained_quality(history: History, sets: list[QualitySet], as_of: datetime) -> _QualityPart:
    (model, families), settings = quality_from(history, sets, as_of), history.settings
    metrics = quality_metrics(model, sets, settings, history.entity) if model else None
    return _QualityPart(model, metrics, quality_card(model, sets, settings, metrics, families))


def quality_from(
    history: History, sets: list[QualitySet], as_of: datetime
) -> tuple[QualityModel | None, list[FamilyChoice]]:
    """Train quality as of a moment, with the families of signals that help.

    Returns:
        The model, None where outcomes are too few, and what was chosen.
    """
    if not sets:
        return None, not_judged(list(history.families), kept=False, why=TOO_FEW["quality"])
    families = quality_families(history, sets)
    kept = kept_columns(list(sets[0].X.columns), history.families, families)
    model = train_quality(
        [replace(one, X=one.X[kept]) for one in sets],
        present=history.active_features(as_of)[kept],
        gap_days=history.gap.days,
        monotone=history.monotone,
        seed=history.settings.seed,
    )
    return model, families


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
    labels = labels.assign(source=PAST, decision_id=np.nan)
    labels, X, notes = at_their_moments(history, labels, as_of, backtest=backtest)
    groups = entity_groups(history.engine, history.dataset, history.entity, as_of)
    return LabelledFrame(X, labels, groups_of(X.index, groups), notes)


def groups_of(ids: pd.Index, groups: pd.Series) -> pd.Series:
    """Return the group of each entity; one that is in none is a group of its own."""
    return groups.reindex(ids).fillna(pd.Series(ids, index=ids))


def at_their_moments(
    history: History, labels: pd.DataFrame, as_of: datetime, *, backtest: bool = False
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Return labels with the `as_of` of their features, the features, and notes.

    Entities that were not known yet at that moment are left out.
    """
    timeless = [s.name for s in history.specs if not s.is_point_in_time and not backtest]
    if timeless and len(timeless) == len(history.specs):
        moments = pd.Series(pd.Timestamp(as_of), index=labels.index)
        now = history.features(as_of)
        X = now.loc[now.index.intersection(labels.index)].sort_index()
    else:
        moments = _moments(labels[DECIDED_AT], as_of, history.settings.training_step_days)
        X = _past_features(history, moments)
        if timeless:
            X[timeless] = history.features(as_of)[timeless].reindex(X.index)
    known = labels.loc[X.index].assign(
        dataset_id=history.dataset.dataset_id, as_of=moments.loc[X.index]
    )
    return known, X, _notes(len(labels) - len(X), timeless)


def _past_features(history: History, moments: pd.Series) -> pd.DataFrame:
    frames = []
    for moment, decided in moments.groupby(moments):
        then = history.past_features(pd.Timestamp(str(moment)).to_pydatetime())
        frames.append(then.loc[then.index.intersection(decided.index)])
    return pd.concat(frames).sort_index()


def _moments(decided: pd.Series, as_of: datetime, step_days: int) -> pd.Series:
    """Return the newest of `as_of`, `as_of` − step, … that lies before each decision.

    A decision made within a step before `as_of` takes the features of a step before, so that
    every decision that is known at `as_of` leaves some time between its features and itself.
    """
    steps_back = (pd.Timestamp(as_of) - decided).dt.days // step_days + 1
    steps_back = steps_back.clip(lower=0)
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
) -> tuple[ViolationModel | ViolationPrior | None, list[FamilyChoice]]:
    X = history.features(as_of)
    if X.empty:
        return None, []
    model, prior, families = violation_from(history, X, labelled)
    return prior if model is None else model, families


def violation_from(
    history: History, X: pd.DataFrame, labelled: LabelledFrame
) -> tuple[ViolationModel | None, ViolationPrior, list[FamilyChoice]]:
    """Train violation on decisions, with the families of signals that help.

    Args:
        history: Settings and declarations.
        X: Features of all entities of the type.
        labelled: The decisions.

    Returns:
        The model, None where decisions are too few, the prior, and what was chosen.
    """
    settings = history.settings
    families = violation_families(history, labelled.X, labelled.labels, labelled.groups, X)
    kept = kept_columns(list(X.columns), history.families, families)
    prior = violation_prior(X[kept], history.specs, prevalence=settings.assumed_prevalence)
    model = train_violation(
        labelled.X.reindex(columns=kept),
        labelled.labels[LABEL],
        groups=labelled.groups,
        prior=prior,
        least_per_class=settings.min_labels_per_class,
        monotone=history.monotone,
        seed=settings.seed,
    )
    return model, prior, families


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
    quality: _QualityPart,
    violation: ViolationModel | ViolationPrior | None,
    families: list[FamilyChoice],
    labelled: LabelledFrame,
    metrics: dict[str, Any],
) -> dict[str, Any]:
    return model_card(
        entity=history.entity,
        as_of=as_of,
        dataset_id=history.dataset.dataset_id,
        feature_version=FEATURE_VERSION,
        settings=history.settings,
        quality=quality.card,
        violation=violation,
        families=families,
        labels=labelled.labels,
        notes=labelled.notes,
        policies=decided_policies(labelled.labels),
        metrics=metrics,
    )
