"""One click: a challenger from the decisions so far, beside the champion."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.columns import ENTITY_ID, EntityType
from analytics.errors import InputError, NotFoundError
from analytics.model.bundle import EntityModel, load_model, save_model
from analytics.model.training_set import TrainingSet, read_training_set
from analytics.pipeline.build import Build, read_features
from analytics.pipeline.decided import decided_at, history_of
from analytics.pipeline.weak_labels import with_weak_labels
from analytics.retraining.challenger import is_same_quality, train_challenger, violation_recipe
from analytics.retraining.comparing import compare
from analytics.retraining.comparison import Comparison
from analytics.retraining.contender import Contender
from analytics.retraining.moves import Scored
from analytics.review.store import Live, Store
from analytics.signals.catalog import FEATURE_VERSION
from analytics.snapshots.home import Home, Snapshot


@dataclass(frozen=True)
class RetrainReport:
    """A challenger and how it compares; it scores nothing until a person promotes it."""

    entity: str
    champion: str
    challenger: str
    snapshot_id: str
    reuses_quality: bool
    comparison: Comparison
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "entity": self.entity,
            "champion": self.champion,
            "challenger": self.challenger,
            "snapshot_id": self.snapshot_id,
            "reuses_quality": self.reuses_quality,
            "comparison": self.comparison.to_dict(),
            "seconds": round(self.seconds, 1),
        }

    def summary(self) -> str:
        """Return the same as text."""
        return "\n".join(
            [
                self.comparison.summary(),
                f"Trained and compared in {self.seconds:.1f} s. Nothing has changed yet; next: "
                f"portreeve promote --entity {self.entity} --reason TEXT",
            ]
        )


def retrain(build: Build, store: Store, live: Live, entity: EntityType) -> RetrainReport:
    """Train a challenger at the live snapshot, let it score, compare it, and note it down.

    Raises:
        TooFewLabelsError: Violation would be the prior again; nothing was stored.
        InputError: The decisions give the model that scores already, or the snapshot has no such
            entity, or was built by another version.
    """
    started = time.monotonic()
    snapshot = build.home.snapshot(live.snapshot_id)
    frame = _features(snapshot, live, entity)
    history = history_of(build, snapshot, entity, frame)
    champion, trained_on = _champion(build, live.models[entity])
    with build.progress.step("Decisions with the features of their moment"):
        is_same = is_same_quality(champion.card, history, snapshot.as_of)
        reviewed = reviewed_labels(store, entity, build.settings.label_validity_days)
        decided, groups = decided_at(
            build, snapshot, history, reviewed, trained_on if is_same else None
        )
    decided = with_weak_labels(history, snapshot.as_of, decided, groups)
    made = train_challenger(history, snapshot.as_of, decided, champion, build.progress)
    version = made.model.model_version
    if version == live.models[entity]:
        raise InputError(
            f"The decisions so far give the model that scores already, {version}.",
            hint="Review more cases first.",
        )
    save_model(made.model, build.home.models_dir)
    build.publish_scores(snapshot, entity, made.model, frame)
    with build.progress.step("Comparison with the champion"):
        comparison = compare(
            Contender(champion, trained_on, read_scored(snapshot, champion)),
            Contender(made.model, made.model.training_set, read_scored(snapshot, made.model)),
            decided,
            made.split,
            groups,
            entity=entity,
            snapshot_id=snapshot.snapshot_id,
            specs=history.specs,
            recipe=violation_recipe(history, snapshot.as_of),
            settings=build.settings,
            at=store.database.now(),
        )
    store.challengers.add(
        entity,
        version,
        snapshot_id=snapshot.snapshot_id,
        label_set_id=made.model.card["label_set_id"],
        person=build.settings.reviewer,
        comparison=comparison.to_dict(),
    )
    return RetrainReport(
        entity,
        champion.model_version,
        version,
        snapshot.snapshot_id,
        made.reuses_quality,
        comparison,
        time.monotonic() - started,
    )


def reviewed_labels(store: Store, entity: EntityType, validity_days: int) -> pd.DataFrame:
    """Return the labels of the decisions database that count now."""
    return store.decisions.labels(entity, store.database.now(), validity_days)


def publish(build: Build, snapshot: Snapshot, entity: EntityType, version: str) -> None:
    """Let a stored model score a snapshot, unless it has.

    Raises:
        NotFoundError: There is no such model of this entity type.
        InputError: It does not fit the snapshot's features.
    """
    from analytics.pipeline.build import misfit

    model = load_model(model_folder(build.home, entity, version))
    frame = read_features(snapshot, entity)
    if why := misfit(model, frame):
        raise InputError(f"{version} cannot score the live snapshot: {why}.")
    build.publish_scores(snapshot, entity, model, frame)


def model_folder(home: Home, entity: EntityType, version: str) -> Path:
    """Return the folder of a stored model.

    Raises:
        NotFoundError: There is no such model of this entity type.
    """
    folder = home.models_dir / version
    is_name = Path(version).name == version and version.startswith(f"{entity}-")
    if not is_name or not folder.is_dir():
        raise NotFoundError(f"There is no model {version!r} of {entity}s in {home.path}.")
    return folder


def read_scored(snapshot: Snapshot, model: EntityModel) -> Scored:
    """Return what a model says of all entities of a snapshot."""
    folder = snapshot.scores_dir(model.model_version)
    scores = pd.read_parquet(folder / "scores.parquet").set_index(ENTITY_ID)
    base = json.loads((folder / "meta.json").read_text(encoding="utf-8"))["base"]
    path = folder / "contributions_violation.parquet"
    if model.violation is None or not path.is_file():
        return Scored(scores, pd.DataFrame(index=scores.index), 0.0, None)
    contributions = pd.read_parquet(path).set_index(ENTITY_ID)
    return Scored(scores, contributions, base["violation"], model.violation.calibration_)


def _features(snapshot: Snapshot, live: Live, entity: EntityType) -> pd.DataFrame:
    if entity not in live.models:
        raise InputError(f"The live snapshot {snapshot.snapshot_id} has no {entity}s.")
    if not snapshot.features_path(entity, FEATURE_VERSION).is_file():
        raise InputError(
            f"The live snapshot {snapshot.snapshot_id} has features of another version.",
            hint="Run `portreeve build` first.",
        )
    return read_features(snapshot, entity)


def _champion(build: Build, version: str) -> tuple[EntityModel, TrainingSet | None]:
    folder = build.home.models_dir / version
    return load_model(folder), read_training_set(folder)
