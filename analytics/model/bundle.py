"""The two predictions of one entity type as one versioned unit, and its files."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
import pandas as pd
import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from analytics.columns import (
    EXPECTED_DEFECT_SHARE,
    QUALITY_PROBABILITY,
    QUALITY_RAW,
    QUALITY_STATUS,
    SHRUNKEN_RATE,
    VIOLATION_PROBABILITY,
    VIOLATION_RAW,
    VIOLATION_SOURCE,
    VOLUME,
    EntityType,
)
from analytics.errors import InputError, NotFoundError
from analytics.model.card import card_text
from analytics.model.frames import align
from analytics.model.policy_model import PolicyModel
from analytics.model.prior import ViolationPrior
from analytics.model.quality import QualityModel, shrunken_rate
from analytics.model.training_set import TrainingSet
from analytics.model.violation import ViolationModel
from analytics.snapshots.publish import publish_folder

TRUSTED_TYPES = [
    "analytics.model.calibration.OddsOfSum",
    "analytics.model.calibration.Platt",
    "analytics.model.evidence_terms.EvidenceTerms",
    "analytics.model.linear.LinearTerms",
    "analytics.model.linear.RankNormal",
    "analytics.model.policy_model.PolicyModel",
    "analytics.model.prior.Tail",
    "analytics.model.prior.ViolationPrior",
    "analytics.model.quality.QualityModel",
    "analytics.model.violation.ViolationModel",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
]
VERSION_LENGTH = 12
NO_PART_OF_A_SCORE = {"held_out_"}


@dataclass(frozen=True)
class EntityModel:
    """What scores the entities of one type.

    Attributes:
        entity: Entity type.
        trained_as_of: Nothing known later went into it.
        quality: None where past outcomes are too few to learn from.
        violation: The learned model or, without enough decisions, the prior; None without features.
        volume_floor: Order lines in the last 60 days below which quality is not told.
        policies: Which policy a violation is of; None where too few are confirmed, or where what
            raises the score tells it as well.
        card: What a person should know of it: data, label set, metrics, limits.
        metrics: What the Model page shows.
        training_set: The decisions that violation was trained on, each with its provenance and
            the features of its moment; None where it was trained on none, and in a model that was
            read from disk (see `read_training_set`).
    """

    entity: EntityType
    trained_as_of: datetime
    quality: QualityModel | None
    violation: ViolationModel | ViolationPrior | None
    volume_floor: int = 5
    policies: PolicyModel | None = None
    card: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    training_set: TrainingSet | None = None

    @cached_property
    def model_version(self) -> str:
        """Entity type and a hash over everything that decides a score."""
        return f"{self.entity}-{_hash(self)}"

    @property
    def feature_names(self) -> list[str]:
        """Features that either part takes."""
        names: dict[str, None] = {}
        for part in (self.quality, self.violation):
            names |= dict.fromkeys(part.feature_names if part is not None else [])
        return list(names)

    @property
    def violation_source(self) -> str:
        """Where P(violation) comes from: "model", "prior" or "unavailable"."""
        if self.violation is None:
            return "unavailable"
        return "prior" if isinstance(self.violation, ViolationPrior) else "model"

    def score(self, X: pd.DataFrame, volume: pd.Series | None = None) -> pd.DataFrame:
        """Return both predictions for entities indexed like `X`.

        Args:
            X: Features.
            volume: Order lines in the last 60 days; by default the feature `volume`.

        Returns:
            The quality and violation columns of the scores file. The quality probability is
            missing where there is too little volume; the shrunken rate stands beside it.
        """
        lines = align(X, [VOLUME])[VOLUME] if volume is None else volume.reindex(X.index)
        return pd.concat([self._quality(X, lines), self._violation(X)], axis=1)

    def _quality(self, X: pd.DataFrame, lines: pd.Series) -> pd.DataFrame:
        frame = pd.DataFrame({SHRUNKEN_RATE: shrunken_rate(X)}, index=X.index)
        if self.quality is None:
            frame[[QUALITY_PROBABILITY, QUALITY_RAW, EXPECTED_DEFECT_SHARE]] = np.nan
            frame[QUALITY_STATUS] = "unavailable"
            return frame
        is_thin = (lines.fillna(0) < self.volume_floor).to_numpy()
        probability = self.quality.predict_proba(X)[:, 1]
        share = self.quality.expected_share(X)
        frame[QUALITY_PROBABILITY] = np.where(is_thin, np.nan, probability)
        frame[QUALITY_RAW] = self.quality.raw(X)
        frame[EXPECTED_DEFECT_SHARE] = np.where(is_thin, frame[SHRUNKEN_RATE], share)
        frame[QUALITY_STATUS] = np.where(is_thin, "low_volume", "scored")
        return frame

    def _violation(self, X: pd.DataFrame) -> pd.DataFrame:
        frame = pd.DataFrame(index=X.index)
        part = self.violation
        frame[VIOLATION_PROBABILITY] = np.nan if part is None else part.predict_proba(X)[:, 1]
        frame[VIOLATION_RAW] = np.nan if part is None else part.raw(X)
        frame[VIOLATION_SOURCE] = self.violation_source
        return frame


def save_model(model: EntityModel, models_dir: Path) -> Path:
    """Write the model to `models_dir/<model_version>` in one step; return that folder."""
    final = models_dir / model.model_version
    with publish_folder(final) as folder:
        for name in ("quality", "violation", "policies"):
            if (part := getattr(model, name)) is not None:
                skops.io.dump(part, folder / f"{name}.skops", compression=ZIP_DEFLATED)
        _write_json(
            folder / "model.json",
            {
                "entity": model.entity,
                "model_version": model.model_version,
                "trained_as_of": model.trained_as_of.isoformat(),
                "volume_floor": model.volume_floor,
                "feature_names": model.feature_names,
            },
        )
        _write_json(folder / "card.json", model.card)
        _write_json(folder / "metrics.json", model.metrics)
        if model.training_set is not None:
            model.training_set.write(folder)
        text = card_text(model.card, model.model_version) if model.card else ""
        (folder / "card.md").write_text(text, encoding="utf-8")
    return final


def load_model(folder: Path) -> EntityModel:
    """Read a model's folder; only the types that a model is made of are let in.

    Raises:
        NotFoundError: There is no such model.
        InputError: A file holds a type that no model of ours has, or is not whole.
    """
    if not (folder / "model.json").is_file():
        raise NotFoundError(f"There is no model {folder.name!r}.")
    try:
        head = _read_json(folder / "model.json")
        model = EntityModel(
            entity=head["entity"],
            trained_as_of=datetime.fromisoformat(head["trained_as_of"]),
            quality=_load_part(folder / "quality.skops"),
            violation=_load_part(folder / "violation.skops"),
            volume_floor=head["volume_floor"],
            policies=_load_part(folder / "policies.skops"),
            card=_read_json(folder / "card.json"),
            metrics=_read_json(folder / "metrics.json"),
        )
    except (OSError, ValueError, KeyError, UntrustedTypesFoundException) as error:
        raise InputError(
            f"Model {folder.name} cannot be read: {error}.",
            hint="Restore its folder from a backup, or build anew.",
        ) from error
    if model.model_version != head["model_version"]:
        raise InputError(
            f"Model {folder.name} is not what was saved: its content gives {model.model_version}.",
            hint="Restore its folder from a backup, or build anew.",
        )
    return model


def load_card(folder: Path) -> tuple[dict[str, Any], str]:
    """Return a stored model's card, as data and as Markdown, without opening the model."""
    return _read_json(folder / "card.json"), (folder / "card.md").read_text(encoding="utf-8")


def _load_part(path: Path) -> Any:
    return skops.io.load(path, trusted=TRUSTED_TYPES) if path.is_file() else None


def _canonical(value: Any) -> Iterator[bytes]:
    """Yield what decides a score, piece by piece, in a fixed order."""
    if isinstance(value, EntityModel):
        yield value.entity.encode()
        parts = [value.quality, value.violation, value.volume_floor]
        yield from _canonical(parts if value.policies is None else [*parts, value.policies])
    elif isinstance(value, np.ndarray) and value.dtype.names:
        for name in value.dtype.names:
            yield from _canonical(np.ascontiguousarray(value[name]))
    elif isinstance(value, np.ndarray):
        yield str(value.dtype).encode()
        yield value.tobytes()
    elif isinstance(value, dict):
        for key in sorted(value):
            yield str(key).encode()
            yield from _canonical(value[key])
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _canonical(item)
    elif hasattr(value, "_predictors"):
        yield from _canonical(value._baseline_prediction)
        yield from _canonical(list(value._bin_mapper.bin_thresholds_))
        yield from _canonical([tree.nodes for (tree,) in value._predictors])
    elif hasattr(value, "__dict__"):
        yield type(value).__name__.encode()
        yield from _canonical({k: v for k, v in vars(value).items() if k not in NO_PART_OF_A_SCORE})
    else:
        yield repr(value).encode()


def part_hashes(model: EntityModel) -> dict[str, str]:
    """Return a hash of each part that decides a score: trees, terms, calibration, features."""
    names = ("trees_", "linear_", "calibration_", "ridge_", "feature_names_")
    return {
        f"{target}.{name.strip('_')}": _hash(getattr(part, name))
        for target in ("quality", "violation", "policies")
        for name in names
        if (part := getattr(model, target)) is not None and hasattr(part, name)
    }


def _hash(value: Any) -> str:
    digest = hashlib.sha256()
    for piece in _canonical(value):
        digest.update(len(piece).to_bytes(8, "big") + piece)
    return digest.hexdigest()[:VERSION_LENGTH]


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(
        json.dumps(content, indent=1, ensure_ascii=False, default=str), encoding="utf-8"
    )


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
