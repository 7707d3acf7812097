"""From a snapshot to features, models, scores and explanations, each published whole."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.columns import (
    CONTEXT_COLUMNS,
    ENTITY_ID,
    ENTITY_TABLE,
    ENTITY_TYPES,
    EXPECTED_HARM,
    RANK,
    TARGETS,
    VIOLATION_PROBABILITY,
    VOLUME,
    EntityType,
)
from analytics.engines import Engine, open_engine
from analytics.explain.evidence import count_evidence
from analytics.features.as_of import AsOf
from analytics.pipeline.earlier import features_before
from analytics.pipeline.results import BuiltEntity
from analytics.policies import Taxonomy, load_taxonomy
from analytics.progress import Progress
from analytics.settings import Settings
from analytics.signals.catalog import FEATURE_VERSION, specs
from analytics.signals.frame import evidence_counts, write_entity, write_tables
from analytics.snapshots.home import Home, Snapshot
from analytics.snapshots.publish import publish_folder

if TYPE_CHECKING:
    from analytics.model.bundle import EntityModel
    from analytics.model.past import PastFeatures


@dataclass(frozen=True)
class Promoted:
    """The models that people put in their place, which builds keep.

    Attributes:
        versions: Entity type → model version.
        reviewed: Gives the labels of the decisions database, to train anew where a promoted model
            no longer fits the features.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    reviewed: Callable[[EntityType], pd.DataFrame] | None = None


@dataclass(frozen=True)
class Build:
    """Builds one snapshot after the other, with one engine and a folder for what is not kept."""

    home: Home
    settings: Settings
    engine: Engine
    taxonomy: Taxonomy
    progress: Progress
    scratch: Path
    promoted: Promoted = field(default_factory=Promoted)

    def snapshot(self, snapshot: Snapshot) -> list[BuiltEntity]:
        """Compute everything of one snapshot; what is published already is found, not remade."""
        with AsOf(self.engine, snapshot.dataset, snapshot.as_of) as view:
            self._write_features(view, snapshot)
        frames = {entity: read_features(snapshot, entity) for entity in entity_types(snapshot)}
        models = {e: self._kept(snapshot, e, f) for e, f in frames.items() if not f.empty}
        past = self._past(snapshot, [entity for entity, (kept, _) in models.items() if not kept])
        return [self._entity(snapshot, e, frames[e], past, *models[e]) for e in models]

    def _past(self, snapshot: Snapshot, entities: list[EntityType]) -> "PastFeatures":
        from analytics.model.past import PastFeatures

        return PastFeatures(self.engine, snapshot.dataset, entities, self.settings, self.scratch)

    def _write_features(self, view: AsOf, snapshot: Snapshot) -> None:
        final = snapshot.path / "features" / FEATURE_VERSION
        if final.is_dir():
            return
        entities = entity_types(snapshot)
        steps = len(entities) + 1
        with (
            self.progress.step(f"Features as of {snapshot.as_of:%Y-%m-%d}", steps) as step,
            publish_folder(final) as folder,
        ):
            evidence = write_tables(view, folder, earlier=features_before(self.home, snapshot))
            step.advance()
            for entity in entities:
                write_entity(view, entity, folder / f"{entity}.parquet")
                counts = _all_counts(view, entity, evidence)
                counts.to_parquet(folder / f"{entity}_evidence.parquet", compression="zstd")
                step.advance()

    def _entity(
        self,
        snapshot: Snapshot,
        entity: EntityType,
        frame: pd.DataFrame,
        past: "PastFeatures",
        kept: "EntityModel | None",
        note: str | None,
    ) -> BuiltEntity:
        started = time.monotonic()
        model = kept or self._trained(snapshot, entity, frame, past)
        self.publish_scores(snapshot, entity, model, frame)
        return BuiltEntity(
            entity=entity,
            model_version=model.model_version,
            entities=len(frame),
            quality=model.quality is not None,
            violation_source=model.violation_source,
            seconds=time.monotonic() - started,
            is_kept=kept is not None,
            note=note,
        )

    def publish_scores(
        self, snapshot: Snapshot, entity: EntityType, model: "EntityModel", frame: pd.DataFrame
    ) -> None:
        """Let a model score and explain a snapshot, unless it has."""
        final = snapshot.scores_dir(model.model_version)
        if not final.is_dir():
            with publish_folder(final) as folder:
                self._write_scores(folder, snapshot, entity, model, frame)

    def _kept(
        self, snapshot: Snapshot, entity: EntityType, frame: pd.DataFrame
    ) -> tuple["EntityModel | None", str | None]:
        """Return the promoted model, or why it cannot score this snapshot."""
        from analytics.model.bundle import load_model

        version = self.promoted.versions.get(entity)
        if version is None:
            return None, None
        if not (self.home.models_dir / version).is_dir():
            return None, f"The promoted model {version} is gone from the home folder."
        model = load_model(self.home.models_dir / version)
        if model.trained_as_of > snapshot.as_of:
            return None, f"The promoted model {version} knows more than this snapshot."
        if why := misfit(model, frame):
            return None, f"The promoted model {version} no longer fits: {why}."
        return model, None

    def _trained(
        self, snapshot: Snapshot, entity: EntityType, frame: pd.DataFrame, past: "PastFeatures"
    ) -> "EntityModel":
        from analytics.explain.policy_choice import train
        from analytics.model.bundle import save_model
        from analytics.pipeline.decided import decided_at, history_of
        from analytics.retraining.challenger import part_of
        from analytics.retraining.holdout import split_labels

        history = history_of(self, snapshot, entity, frame, past)
        labelled = None
        if self.promoted.reviewed is not None and entity in self.promoted.versions:
            decided, _ = decided_at(self, snapshot, history, self.promoted.reviewed(entity))
            split = split_labels(decided.labels, decided.groups, self.settings.holdout_share)
            labelled = part_of(decided, split.training)
        model = train(history, snapshot.as_of, self.progress, labelled=labelled)
        save_model(model, self.home.models_dir)
        return model

    def _write_scores(
        self,
        folder: Path,
        snapshot: Snapshot,
        entity: EntityType,
        model: "EntityModel",
        frame: pd.DataFrame,
    ) -> None:
        from analytics.explain.write import explain_parts, write_explanations
        from analytics.model.harm import expected_harm, policies_of

        context = frame[list(CONTEXT_COLUMNS)]
        X = frame.drop(columns=list(CONTEXT_COLUMNS))
        declared = specs(entity, snapshot.dataset)
        explained = explain_parts(model, X, self.progress)
        raised = explained["violation"].phi if "violation" in explained else X.iloc[:, :0]
        scores = expected_harm(
            model.score(X, context[VOLUME]),
            context,
            policies_of(model, raised, X, declared, self.taxonomy),
            self.taxonomy,
            horizon_days=self.settings.quality_horizon_days,
        )
        written = write_explanations(
            folder,
            explained,
            X,
            context,
            scores,
            declared,
            evidence=_read_evidence(snapshot, entity),
            progress=self.progress,
        )
        table = pd.concat([context, scores.assign(top_family=written.top_family)], axis=1)
        table.rename_axis(ENTITY_ID).reset_index().to_parquet(
            folder / "scores.parquet", index=False, compression="zstd", row_group_size=8192
        )
        meta = self._meta(snapshot, model, scores, written)
        (folder / "meta.json").write_text(json.dumps(meta, indent=1, default=str))

    def _meta(
        self, snapshot: Snapshot, model: Any, scores: pd.DataFrame, written: Any
    ) -> dict[str, Any]:
        return {
            "model_version": model.model_version,
            "entity": model.entity,
            "snapshot_id": snapshot.snapshot_id,
            "feature_version": FEATURE_VERSION,
            "trained_as_of": model.trained_as_of.isoformat(),
            "feature_names": model.feature_names,
            "signals": {t: model.card.get(t, {}).get("signals", []) for t in TARGETS},
            "base": written.base,
            "explainers": written.explainers,
            "importance": written.importance,
            "notes": written.notes,
            "thresholds": _thresholds(scores, self.settings.review_capacity),
            "policy_version": self.taxonomy.version,
        }


@contextmanager
def open_build(
    home: Home, settings: Settings, progress: Progress, promoted: Promoted | None = None
) -> Iterator[Build]:
    """Open a build with an engine of its own."""
    engine = open_engine(settings=settings)
    taxonomy = load_taxonomy(settings.policies_file)
    try:
        with tempfile.TemporaryDirectory(prefix="portreeve-") as scratch:
            yield Build(
                home, settings, engine, taxonomy, progress, Path(scratch), promoted or Promoted()
            )
    finally:
        engine.close()


def misfit(model: "EntityModel", frame: pd.DataFrame) -> str | None:
    """Return why a model cannot score these features; None where it can."""
    version = model.card.get("feature_version")
    if version != FEATURE_VERSION:
        return f"it takes features of version {version}, not {FEATURE_VERSION}"
    if absent := sorted(set(model.feature_names) - set(frame.columns)):
        return f"the data no longer give {', '.join(absent[:3])}"
    return None


def entity_types(snapshot: Snapshot) -> list[EntityType]:
    """Return the entity types whose table the snapshot's dataset has."""
    return [entity for entity in ENTITY_TYPES if snapshot.dataset.has(ENTITY_TABLE[entity])]


def read_features(snapshot: Snapshot, entity: EntityType) -> pd.DataFrame:
    """Return the stored features with their context, indexed by entity id."""
    path = snapshot.features_path(entity, FEATURE_VERSION)
    return pd.read_parquet(path).set_index(ENTITY_ID)


def _read_evidence(snapshot: Snapshot, entity: EntityType) -> pd.DataFrame:
    path = snapshot.features_path(entity, FEATURE_VERSION)
    return pd.read_parquet(path.with_name(f"{entity}_evidence.parquet"))


def _all_counts(view: AsOf, entity: EntityType, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return how many rows stand behind each feature and each signal of each entity."""
    plain, signals = count_evidence(view, entity), evidence_counts(evidence, entity)
    both = pd.concat([plain, signals], axis=1).fillna(0).astype("int64").sort_index()
    return both.rename_axis(ENTITY_ID)


def _thresholds(scores: pd.DataFrame, capacity: int) -> dict[str, float | None]:
    """Return harm and probability of the last entity that a day's reviews reach."""
    within = scores[scores[RANK] <= capacity]
    return {
        "queue_harm": _finite(within[EXPECTED_HARM].min()),
        "queue_probability": _finite(scores[VIOLATION_PROBABILITY].nlargest(capacity).min()),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
