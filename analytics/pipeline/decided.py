"""Decisions of a home folder, joined to features."""

from typing import TYPE_CHECKING

import pandas as pd

from analytics.columns import EntityType
from analytics.features.groups import entity_groups
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame
from analytics.model.past import PastFeatures
from analytics.model.training_set import TrainingSet
from analytics.retraining.training_set import StoredFeatures, labelled_decisions
from analytics.snapshots.home import Snapshot

if TYPE_CHECKING:
    from analytics.pipeline.build import Build


def history_of(
    build: "Build",
    snapshot: Snapshot,
    entity: EntityType,
    frame: pd.DataFrame,
    past: PastFeatures | None = None,
) -> History:
    """Return the past of a snapshot's dataset, which has the stored features of its as-of."""
    history = History(build.engine, snapshot.dataset, entity, build.settings, past)
    history.put(snapshot.as_of, frame)
    return history


def decided_at(
    build: "Build",
    snapshot: Snapshot,
    history: History,
    reviewed: pd.DataFrame,
    known: TrainingSet | None = None,
) -> tuple[LabelledFrame, pd.Series]:
    """Return all decisions that count at a snapshot, and the group of every entity."""
    groups = entity_groups(build.engine, snapshot.dataset, history.entity, snapshot.as_of)
    stored = StoredFeatures(build.home, build.engine, history.entity, build.settings)
    decided = labelled_decisions(history, snapshot.as_of, reviewed, stored, groups, known)
    return decided, groups
