"""Which stored decisions are worth a second look."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.features.labels import DECISION_ID
from analytics.labelling.quality import REASON, LabelReport, check_quality
from analytics.model.bundle import load_card, load_model
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame
from analytics.model.prior import violation_prior
from analytics.model.training_set import read_training_set
from analytics.pipeline.build import open_build, read_features
from analytics.pipeline.decided import decided_at, history_of
from analytics.pipeline.retrain import reviewed_labels
from analytics.pipeline.weak_labels import WeakReport, weak_report
from analytics.progress import Progress
from analytics.retraining.challenger import is_same_quality
from analytics.review.store import Live, Store
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.publish import home_lock


def check_labels(
    home: Home,
    settings: Settings,
    store: Store,
    live: Live,
    entity: EntityType,
    progress: Progress,
) -> LabelReport:
    """Check the labels of a type and list the doubtful ones (see `Learning.check_labels`)."""
    with (
        _decided(home, settings, store, live, entity, progress) as found,
        progress.step("Labels that a model and their neighbours contradict"),
    ):
        violation = load_model(home.models_dir / live.models[entity]).violation
        taken = violation.feature_names if violation else list(found.X)
        X = found.X[[name for name in found.X if name in set(taken)]]
        report = check_quality(
            entity,
            found.labelled,
            reviewers_of(store, entity, found.labelled.labels),
            violation_prior(X, found.history.specs, prevalence=settings.assumed_prevalence),
            least_per_class=settings.min_labels_per_class,
            monotone=found.history.monotone,
            seed=settings.seed,
        )
    flagged = _flag(store, settings, report)
    store.second_looks.add_check(entity, settings.reviewer, report.to_dict() | {"new": flagged})
    return report


def assess_weak_labels(
    home: Home,
    settings: Settings,
    store: Store,
    live: Live,
    entity: EntityType,
    progress: Progress,
) -> WeakReport:
    """Assess the labelling functions of a type (see `Learning.weak_labels`)."""
    with _decided(home, settings, store, live, entity, progress) as found:
        return weak_report(found.history, found.X, found.labelled)


@dataclass(frozen=True)
class _Decided:
    """Decisions with the features of their moment, beside all entities as they are now."""

    history: History
    labelled: LabelledFrame
    X: pd.DataFrame


@contextmanager
def _decided(
    home: Home,
    settings: Settings,
    store: Store,
    live: Live,
    entity: EntityType,
    progress: Progress,
) -> Iterator[_Decided]:
    if entity not in live.models:
        raise NotFoundError(f"The live snapshot {live.snapshot_id} has no {entity}s.")
    snapshot = home.snapshot(live.snapshot_id)
    folder = home.models_dir / live.models[entity]
    card, _ = load_card(folder)
    reviewed = reviewed_labels(store, entity, settings.label_validity_days)
    with home_lock(home.path, exclusive=False), open_build(home, settings, progress) as build:
        with progress.step("Decisions with the features of their moment"):
            frame = read_features(snapshot, entity)
            history = history_of(build, snapshot, entity, frame)
            is_same = is_same_quality(card, history, snapshot.as_of)
            known = read_training_set(folder) if is_same else None
            labelled, _ = decided_at(build, snapshot, history, reviewed, known)
        yield _Decided(history, labelled, history.features(snapshot.as_of))


def reviewers_of(store: Store, entity: EntityType, labels: pd.DataFrame) -> pd.Series:
    """Return who made the decision behind each label; missing for those that came with data."""
    made = store.decisions.history(entity).set_index("id")["reviewer"]
    return labels[DECISION_ID].map(made)


def _flag(store: Store, settings: Settings, report: LabelReport) -> int:
    """List the doubtful decisions of the store for the leads, a day's work at most."""
    stored = report.doubted[report.doubted[DECISION_ID].notna()].head(settings.review_capacity)
    why = {int(row[DECISION_ID]): str(row[REASON]) for row in stored.to_dict("records")}
    return store.second_looks.flag(why, settings.reviewer)
