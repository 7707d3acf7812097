"""Declarations of the features that a model's scores name.

The build stores them beside the scores, so that reasons keep the words that they were made with,
and showing one loads neither the catalog nor Ibis.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.features.spec import FeatureSpec
from analytics.snapshots.home import Dataset, Snapshot
from analytics.snapshots.loading import load_ibis

DECLARATIONS_FILE: Final = "features.json"
ROW: Final = "row"


@dataclass(frozen=True)
class Declaration:
    """What is said of one feature.

    Attributes:
        spec: Its declaration.
        noun: What one row of its evidence is: order line, review, product.
    """

    spec: FeatureSpec
    noun: str = ROW


@dataclass(frozen=True)
class Declarations:
    """What is said of the features of one entity type.

    Attributes:
        entity: Entity type.
        by_name: Declarations by the feature's name.
    """

    entity: EntityType
    by_name: Mapping[str, Declaration]

    @property
    def specs(self) -> dict[str, FeatureSpec]:
        """The features' own declarations by name."""
        return {name: found.spec for name, found in self.by_name.items()}

    def of(self, feature: str) -> Declaration:
        """Return a feature's declaration; a plain one for a feature that is declared no more."""
        return self.by_name.get(feature) or Declaration(
            FeatureSpec(
                name=feature,
                entity=self.entity,
                family="other",
                label=feature.replace("_", " ").capitalize(),
                unit="number",
                direction="neutral",
                template=f"{feature.replace('_', ' ').capitalize()} is {{value}}",
                description="Declared by another version of Portreeve.",
            )
        )


def declarations(snapshot: Snapshot, model_version: str, entity: EntityType) -> Declarations:
    """Return the declarations of the features that a model's scores name.

    Those of the present catalog where the scores were written by a version that stored none.
    """
    path = snapshot.scores_dir(model_version) / DECLARATIONS_FILE
    if path.is_file():
        return _stored(path, entity)
    return _from_catalog(snapshot.dataset, snapshot.dataset.dataset_id, entity)


def write_declarations(folder: Path, specs: Sequence[FeatureSpec]) -> None:
    """Write the declarations of an entity type's features beside the scores of a model."""
    stored = {said.spec.name: asdict(said) for said in _with_nouns(specs)}
    (folder / DECLARATIONS_FILE).write_text(json.dumps(stored), encoding="utf-8")


@lru_cache(maxsize=32)
def _stored(path: Path, entity: EntityType) -> Declarations:
    """Read a file once: what is published under a version never changes."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    found = {name: Declaration(_spec(said["spec"]), said["noun"]) for name, said in stored.items()}
    return Declarations(entity, found)


def _spec(stored: dict[str, Any]) -> FeatureSpec:
    """Return a declaration from JSON; fields that this version does not know are left out."""
    known = {field.name for field in fields(FeatureSpec)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in known
    }
    return FeatureSpec(**values)


@lru_cache(maxsize=32)
def _from_catalog(dataset: Dataset, dataset_id: str, entity: EntityType) -> Declarations:
    load_ibis()
    from analytics.signals.catalog import specs

    found = {said.spec.name: said for said in _with_nouns(specs(entity, dataset))}
    return Declarations(entity, found)


def _with_nouns(specs: Sequence[FeatureSpec]) -> list[Declaration]:
    load_ibis()
    from analytics.features.catalog import features

    nouns = {"lines": "order line", "orders": "order", "prices": "product"}
    found = {
        (f.spec.entity, f.name): nouns.get(f.source.name, f.source.table.rstrip("s"))
        for entity in ENTITY_TYPES
        for f in features(entity)
        if f.source
    }
    return [Declaration(spec, found.get((spec.entity, spec.name), ROW)) for spec in specs]
