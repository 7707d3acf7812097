"""All features, and which of them a dataset can feed."""

import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from analytics.columns import ENTITY_TABLE, ENTITY_TYPES, EntityType
from analytics.features.as_of import has
from analytics.features.declare import Feature
from analytics.features.families import (
    account,
    buyers,
    catalogue,
    fulfilment,
    growth,
    links,
    log,
    merchant_context,
    prices,
    ratings,
    text,
    traffic,
)
from analytics.features.families.extra import extra_features
from analytics.features.spec import FeatureSpec
from analytics.snapshots.home import Dataset

# Raise it when an expression changes its result but no declaration or source file says so.
CODE_VERSION = 1
# In this order derived features find the columns that they are made of.
FAMILIES = (
    fulfilment,
    ratings,
    prices,
    growth,
    buyers,
    catalogue,
    account,
    links,
    log,
    text,
    traffic,
    merchant_context,
)


class SwitchedOff(NamedTuple):
    """A feature that a dataset cannot feed, and why."""

    entity: EntityType
    feature: str
    missing: str


@cache
def features(entity: EntityType) -> tuple[Feature, ...]:
    """Return all declared features of an entity type, in the order of declaration."""
    declared = [f for family in FAMILIES for f in family.FEATURES if f.spec.entity == entity]
    names = [f.name for f in declared]
    if len(set(names)) < len(names):
        raise ValueError(f"declared twice for {entity}: {sorted(names)}")
    return tuple(declared)


def available(entity: EntityType, dataset: Dataset) -> list[Feature]:
    """Return the features of an entity type whose needs `dataset` meets."""
    if not dataset.has(ENTITY_TABLE[entity]):
        return []
    declared = (*features(entity), *extra_features(entity, dataset))
    return [f for f in declared if not missing_needs(f.spec, dataset)]


def missing_needs(spec: FeatureSpec, dataset: Dataset) -> list[str]:
    """Return the tables and columns that `spec` needs and `dataset` lacks."""
    return [need for need in spec.needs if not has(dataset, need)]


def specs(entity: EntityType, dataset: Dataset | None = None) -> list[FeatureSpec]:
    """Return the declarations of an entity type; with a dataset, only of what it can feed."""
    if dataset is None:
        return [f.spec for f in features(entity)]
    return [f.spec for f in available(entity, dataset)]


def switched_off(dataset: Dataset) -> list[SwitchedOff]:
    """Return every feature that `dataset` cannot feed, with the first thing it lacks."""
    lacking = []
    for entity in ENTITY_TYPES:
        table = ENTITY_TABLE[entity]
        for spec in specs(entity):
            missing = missing_needs(spec, dataset) if dataset.has(table) else [table]
            if missing:
                lacking.append(SwitchedOff(entity, spec.name, missing[0]))
    return lacking


def hash_of(folder: Traversable) -> str:
    """Return a hash of the code and data below a folder of sources."""
    digest = hashlib.sha256()
    for path in _sources(folder):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _sources(folder: Traversable) -> list[Traversable]:
    found = []
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.is_dir() and path.name != "__pycache__":
            found += _sources(path)
        elif path.name.endswith((".py", ".yaml")):
            found.append(path)
    return found


CODE_HASH: str = f"{CODE_VERSION} {hash_of(files('analytics.features'))}"
