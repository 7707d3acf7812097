"""What models learn from, row by row: now, or when a stored one was trained."""

from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.model.history import History
from analytics.model.training_set import read_training_set
from analytics.pipeline.build import open_build
from analytics.pipeline.decided import decided_at
from analytics.pipeline.retrain import model_folder, reviewed_labels
from analytics.progress import Progress
from analytics.retraining.holdout import split_labels
from analytics.review.store import Live, Store
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.publish import home_lock

PART: Final = "part"
Rows = tuple[pd.DataFrame, pd.DataFrame]


def rows_now(
    home: Home,
    settings: Settings,
    store: Store,
    live: Live,
    entity: EntityType,
    progress: Progress,
) -> Rows:
    """Return labels and features that a retrain would take now, rows in the same order.

    The labels' `part` says what for: training, evaluation, or aside (neither).

    Raises:
        NotFoundError: The live snapshot has no such entity.
    """
    snapshot = home.snapshot(live.snapshot_id)
    if entity not in live.models:
        raise NotFoundError(f"The live snapshot {snapshot.snapshot_id} has no {entity}s.")
    reviewed = reviewed_labels(store, entity, settings.label_validity_days)
    with (
        home_lock(home.path, exclusive=False),
        open_build(home, settings, progress) as build,
        progress.step("Decisions with the features of their moment"),
    ):
        history = History(build.engine, snapshot.dataset, entity, settings)
        decided, _ = decided_at(build, snapshot, history, reviewed)
    split = split_labels(decided.labels, decided.groups, settings.holdout_share)
    part = pd.Series("aside", index=decided.labels.index)
    part[split.training], part[split.evaluation] = "training", "evaluation"
    return decided.labels.assign(**{PART: part}), decided.X


def rows_of_model(home: Home, entity: EntityType, version: str) -> Rows:
    """Return labels and features that a stored model was trained on.

    Raises:
        NotFoundError: There is no such model of that entity type, or it learned from no decision.
    """
    stored = read_training_set(model_folder(home, entity, version))
    if stored is None:
        raise NotFoundError(f"Model {version} is a prior: it learned from no decision.")
    return stored.labels.assign(**{PART: "training"}), stored.X
