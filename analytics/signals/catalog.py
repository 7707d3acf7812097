"""All families of signals, and every feature that a build computes: plain ones and signals."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files

from analytics.columns import ENTITY_TABLE, ENTITY_TYPES, EntityType
from analytics.errors import InputError
from analytics.features import catalog as plain
from analytics.features.catalog import SwitchedOff, missing_needs
from analytics.features.spec import FeatureSpec
from analytics.signals.communities.family import Rings
from analytics.signals.content.family import ContentFamily
from analytics.signals.family import SignalFamily
from analytics.signals.graph.family import GraphFamily
from analytics.signals.incidents.family import Incidents
from analytics.signals.sequence.family import SequenceFamily
from analytics.snapshots.home import Dataset

AUTO, ALL, NONE = "auto", "all", "none"
FAMILIES: tuple[SignalFamily, ...] = (
    GraphFamily(),
    Rings(),
    ContentFamily(),
    Incidents(),
    SequenceFamily(),
)


def able(dataset: Dataset, families: Sequence[SignalFamily] | None = None) -> list[SignalFamily]:
    """Return the families that a dataset can feed."""
    return [f for f in _chosen(families) if f.why_off(dataset) is None]


def wanted(setting: str) -> Sequence[SignalFamily]:
    """Return the families that the setting `signal_families` names.

    Raises:
        InputError: There is no such family.
    """
    if setting in (AUTO, ALL):
        return FAMILIES
    names = [] if setting == NONE else [name.strip() for name in setting.split(",")]
    known = {family.name: family for family in FAMILIES}
    if unknown := [name for name in names if name not in known]:
        raise InputError(
            f"There is no family of signals {unknown[0]!r}.",
            hint=f"There are: {', '.join(known)}; or write {AUTO}, {ALL} or {NONE}.",
        )
    return [known[name] for name in dict.fromkeys(names)]


def signal_specs(
    entity: EntityType,
    dataset: Dataset | None = None,
    families: Sequence[SignalFamily] | None = None,
) -> list[FeatureSpec]:
    """Return the signals' declarations; with a dataset, only of what it can feed."""
    if dataset is None:
        return [s for f in _chosen(families) for s in f.specs if s.entity == entity]
    if not dataset.has(ENTITY_TABLE[entity]):
        return []
    declared = [s for f in able(dataset, families) for s in f.specs if s.entity == entity]
    return [spec for spec in declared if not missing_needs(spec, dataset)]


def specs(entity: EntityType, dataset: Dataset | None = None) -> list[FeatureSpec]:
    """Return the declarations of an entity type; with a dataset, only of what it can feed."""
    return [*plain.specs(entity, dataset), *signal_specs(entity, dataset)]


def switched_off(dataset: Dataset) -> list[SwitchedOff]:
    """Return every feature that `dataset` cannot feed, with the first thing it lacks."""
    lacking = plain.switched_off(dataset)
    for entity in ENTITY_TYPES:
        table = ENTITY_TABLE[entity]
        for family in FAMILIES:
            why = family.why_off(dataset) if dataset.has(table) else table
            lacking += [
                SwitchedOff(entity, spec.name, missing)
                for spec in family.specs
                if spec.entity == entity
                and (missing := why or next(iter(missing_needs(spec, dataset)), None))
            ]
    return lacking


def _chosen(families: Sequence[SignalFamily] | None) -> Sequence[SignalFamily]:
    return FAMILIES if families is None else families


def _version() -> str:
    """Return a hash of the code and data that features and signals are made of."""
    digest = hashlib.sha256(plain.CODE_HASH.encode())
    digest.update(plain.hash_of(files("analytics.signals")).encode())
    return digest.hexdigest()[:12]


FEATURE_VERSION: str = _version()
