"""A stored model made again, from the training set, the parameters and the seed that it names."""

import time
from dataclasses import dataclass
from typing import Any

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.errors import InputError, NotFoundError
from analytics.explain.policy_choice import train
from analytics.features.groups import entity_groups
from analytics.model.bundle import EntityModel, load_model, part_hashes
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, groups_of
from analytics.model.provenance import differences, made_of
from analytics.model.training_set import TrainingSet, read_training_set
from analytics.pipeline.build import Build, read_features
from analytics.pipeline.retrain import model_folder
from analytics.signals.catalog import FEATURE_VERSION


@dataclass(frozen=True)
class Reproduction:
    """A stored model beside one made again.

    Attributes:
        model_version: The stored model; its version ends with its canonical hash.
        again: Version of the one made again.
        is_equal: Whether both hashes are equal.
        parts: Part of the model → its hash in either, and whether they are equal.
        training_set: Fingerprint of the stored training set; None for a prior.
        changed: What of code and environment is not as it was, in words.
        seconds: How long it took.
    """

    model_version: str
    again: str
    is_equal: bool
    parts: dict[str, dict[str, Any]]
    training_set: str | None
    changed: list[str]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {**vars(self), "seconds": round(self.seconds, 1)}

    def summary(self) -> str:
        """Return the same as text."""
        word = "the same model" if self.is_equal else f"another model, {self.again}"
        lines = [f"{self.model_version} made again gives {word}, in {self.seconds:.1f} s."]
        for name, part in self.parts.items():
            mark = "equal" if part["is_equal"] else f"{part['again']} instead"
            lines.append(f"  {name:24} {part['stored']}  {mark}")
        if self.training_set:
            lines.append(f"Training set {self.training_set}, as it was stored.")
        lines += self.changed or ["Code and environment are as they were."]
        return "\n".join(lines)


def reproduce(build: Build, version: str) -> Reproduction:
    """Train a stored model anew and compare the canonical hashes.

    Raises:
        NotFoundError: There is no such model, or the dataset that it learned from is gone.
        InputError: The model does not say what it was made of, its training set is not what was
            stored, or its features are of another version.
    """
    started = time.monotonic()
    entity = _entity_of(version)
    folder = model_folder(build.home, entity, version)
    stored, learned = load_model(folder), read_training_set(folder)
    made = _checked(stored, learned)
    settings = build.settings.model_copy(update=made["parameters"])
    dataset = build.home.dataset(stored.card["dataset_id"])
    history = History(build.engine, dataset, entity, settings)
    _take_stored_features(build, history, stored)
    labelled = _labelled(history, stored, learned) if learned is not None else None
    again = train(history, stored.trained_as_of, build.progress, labelled=labelled)
    return Reproduction(
        version,
        again.model_version,
        again.model_version == version,
        _parts(stored, again),
        made["training_set"],
        differences(made, made_of(settings, learned)),
        time.monotonic() - started,
    )


def _entity_of(version: str) -> EntityType:
    for entity in ENTITY_TYPES:
        if version.startswith(f"{entity}-"):
            return entity
    raise NotFoundError(
        f"There is no model {version!r}.", hint="`portreeve status` lists what is live."
    )


def _checked(stored: EntityModel, learned: TrainingSet | None) -> dict[str, Any]:
    """Return what the model was made of, where that can be had again."""
    made: dict[str, Any] | None = stored.card.get("made_of")
    version = stored.model_version
    if made is None:
        raise InputError(f"{version} does not say what it was made of; it cannot be made again.")
    if stored.card["feature_version"] != FEATURE_VERSION:
        raise InputError(
            f"{version} takes features of version {stored.card['feature_version']}, and this "
            f"program makes those of {FEATURE_VERSION}.",
            hint=f"Run the code that made it: {made['code_version']}.",
        )
    now = learned.fingerprint() if learned is not None else None
    if now != made["training_set"]:
        raise InputError(
            f"The training set of {version} is not what was stored: its fingerprint is {now}, "
            f"not {made['training_set']}.",
            hint="Restore the model's folder from a backup.",
        )
    return made


def _take_stored_features(build: Build, history: History, stored: EntityModel) -> None:
    """Take the features as of the training from a snapshot that has them."""
    wanted = (history.dataset.dataset_id, stored.trained_as_of)
    for snapshot in build.home.snapshots():
        path = snapshot.features_path(history.entity, FEATURE_VERSION)
        if (snapshot.manifest.dataset_id, snapshot.as_of) == wanted and path.is_file():
            history.put(snapshot.as_of, read_features(snapshot, history.entity))
            return


def _labelled(history: History, stored: EntityModel, learned: TrainingSet) -> LabelledFrame:
    groups = entity_groups(history.engine, history.dataset, history.entity, stored.trained_as_of)
    return LabelledFrame(learned.X, learned.labels, groups_of(learned.X.index, groups))


def _parts(stored: EntityModel, again: EntityModel) -> dict[str, dict[str, Any]]:
    then, now = part_hashes(stored), part_hashes(again)
    return {
        name: {
            "stored": then.get(name),
            "again": now.get(name),
            "is_equal": then.get(name) == now.get(name),
        }
        for name in {**then, **now}
    }
