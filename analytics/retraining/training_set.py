"""Labels joined to the features of their own moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from analytics.columns import AS_OF, ENTITY_ID, EntityType
from analytics.engines import Engine
from analytics.errors import NotFoundError
from analytics.features.labels import DATASET_ID, PAST, SOURCE, past_labels
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, at_their_moments, groups_of
from analytics.model.training_set import TrainingSet
from analytics.retraining.labels import newest_labels
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION
from analytics.snapshots.home import Home


@dataclass(frozen=True)
class StoredFeatures:
    """Features of any dataset as of any moment: read where a snapshot has them, else computed."""

    home: Home
    engine: Engine
    entity: EntityType
    settings: Settings

    def at(self, dataset_id: str, as_of: datetime) -> pd.DataFrame | None:
        """Return features indexed by entity id; None where the dataset is gone."""
        for snapshot in self.home.snapshots():
            path = snapshot.features_path(self.entity, FEATURE_VERSION)
            manifest = snapshot.manifest
            if (manifest.dataset_id, manifest.as_of) == (dataset_id, as_of) and path.is_file():
                return pd.read_parquet(path).set_index(ENTITY_ID)
        try:
            dataset = self.home.dataset(dataset_id)
        except NotFoundError:
            return None
        return History(self.engine, dataset, self.entity, self.settings).frame(as_of)


def labelled_decisions(
    history: History,
    as_of: datetime,
    reviewed: pd.DataFrame,
    stored: StoredFeatures,
    groups: pd.Series,
    known: TrainingSet | None = None,
) -> LabelledFrame:
    """Join every decision to the features of its own moment.

    A decision made here takes what its reviewer saw: its dataset as of its as-of. One that came
    with the data, or was imported, takes the newest moment before it of the present dataset.

    Args:
        history: The present dataset.
        as_of: The present as-of; nothing known later is used.
        reviewed: Labels of the decisions database, as from its `labels`.
        stored: Where features of other moments come from.
        groups: Group of every entity, as from `entity_groups`.
        known: A training set of the same dataset, as-of and feature version; features of
            decisions that came with the data are taken from it where it has them.
    """
    days = history.settings.label_validity_days
    past = past_labels(history.engine, history.dataset, history.entity, as_of, days)
    labels = newest_labels(reviewed, past, as_of)
    is_seen = labels[DATASET_ID].notna() & labels[AS_OF].notna()
    names = [spec.name for spec in history.specs]
    seen, X, lost = _as_seen(labels[is_seen], stored, names)
    parts, frames, notes = [seen], [X], []
    if lost:
        notes.append(f"{lost} decisions were left out: their dataset, or their entity, is gone.")
    undated = labels[~is_seen]
    if known is not None:
        again, X = _again(undated, known, names)
        parts.append(again)
        frames.append(X)
        undated = undated.drop(again.index)
    if len(undated):
        dated, X, more = at_their_moments(history, undated, as_of)
        parts.append(dated)
        frames.append(X)
        notes += more
    return _joined(groups, parts, frames, notes)


def _joined(
    groups: pd.Series,
    parts: Sequence[pd.DataFrame],
    frames: Sequence[pd.DataFrame],
    notes: Sequence[str],
) -> LabelledFrame:
    labels = pd.concat([part for part in parts if len(part)] or [parts[0]]).sort_index()
    X = pd.concat([frame for frame in frames if len(frame)] or [frames[0]]).loc[labels.index]
    return LabelledFrame(X, labels, groups_of(labels.index, groups), tuple(notes))


def _as_seen(
    labels: pd.DataFrame, stored: StoredFeatures, names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Return labels with their features as their reviewer saw them, and how many have none."""
    frames = [pd.DataFrame(columns=names, dtype=float)]
    for (dataset_id, as_of), decided in labels.groupby([DATASET_ID, AS_OF]):
        frame = stored.at(str(dataset_id), pd.Timestamp(str(as_of)).to_pydatetime())
        if frame is not None:
            found = frame.index.intersection(decided.index)
            frames.append(frame.loc[found].reindex(columns=names).astype(float))
    X = pd.concat([frame for frame in frames if len(frame)] or frames)
    return labels.loc[X.index], X, len(labels) - len(X)


def _again(
    labels: pd.DataFrame, known: TrainingSet, names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labels that came with the data whose features are in a training set."""
    before = known.labels[known.labels[SOURCE] == PAST]
    same = labels.index[labels[SOURCE] == PAST].intersection(before.index)
    moments = before.loc[same, [DATASET_ID, AS_OF]]
    return labels.loc[same].assign(**moments), known.X.loc[same].reindex(columns=names)
