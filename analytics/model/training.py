"""From a dataset as of a moment to a trained model of one entity type."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.columns import EntityType
from analytics.engines import Engine
from analytics.features.labels import LABEL, decided_policies
from analytics.model.bundle import EntityModel
from analytics.model.card import model_card, quality_card
from analytics.model.family_trials import TOO_FEW, quality_families, violation_families
from analytics.model.held_out import quality_metrics, violation_metrics
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, is_decided, label_weights, labelled_frame
from analytics.model.prior import ViolationPrior, violation_prior
from analytics.model.provenance import made_of
from analytics.model.quality import QualityModel, QualitySet, train_quality
from analytics.model.signal_choice import FamilyChoice, kept_columns, not_judged
from analytics.model.training_set import TrainingSet
from analytics.model.violation import ViolationModel, train_violation
from analytics.progress import NullProgress, Progress
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from analytics.snapshots.home import Dataset


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
    training_set = TrainingSet(labelled.labels, labelled.X) if is_learned else None
    card = _card(history, as_of, part, violation, families, labelled, metrics)
    return EntityModel(
        entity=entity,
        trained_as_of=as_of,
        quality=part.model,
        violation=violation,
        volume_floor=history.settings.quality_min_lines,
        card=card | {"made_of": made_of(history.settings, training_set)},
        metrics=metrics,
        training_set=training_set,
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
    sure = labelled.decided()
    families = violation_families(history, sure.X, sure.labels, sure.groups, X)
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
        sample_weight=label_weights(labelled.labels),
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
        is_decided(labelled.labels),
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
