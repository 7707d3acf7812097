"""Declarations of the features that a snapshot's scores name."""

from functools import lru_cache

from analytics.columns import EntityType
from analytics.features.spec import FeatureSpec
from analytics.snapshots.home import Dataset
from analytics.snapshots.loading import load_ibis


def spec_of(dataset: Dataset, entity: EntityType, feature: str) -> FeatureSpec:
    """Return a feature's declaration; a plain one for a feature that is declared no more.

    Scores outlive declarations: a snapshot built by an earlier version may name a feature that
    this version does not compute.
    """
    return declared(dataset, entity).get(feature) or FeatureSpec(
        name=feature,
        entity=entity,
        family="other",
        label=feature.replace("_", " ").capitalize(),
        unit="number",
        direction="neutral",
        template=f"{feature.replace('_', ' ').capitalize()} is {{value}}",
        description="Declared by another version of Portreeve.",
    )


def declared(dataset: Dataset, entity: EntityType) -> dict[str, FeatureSpec]:
    """Return the declarations of an entity type by name."""
    return _declared(dataset, dataset.dataset_id, entity)


@lru_cache(maxsize=32)
def _declared(dataset: Dataset, dataset_id: str, entity: EntityType) -> dict[str, FeatureSpec]:
    load_ibis()
    from analytics.signals.catalog import specs

    return {spec.name: spec for spec in specs(entity, dataset)}


@lru_cache(maxsize=8)
def _nouns(entity: EntityType) -> dict[str, str]:
    """Return per feature what one row of its evidence is."""
    load_ibis()
    from analytics.features.catalog import features

    nouns = {"lines": "order line", "orders": "order", "prices": "product"}
    return {
        f.name: nouns.get(f.source.name, f.source.table.rstrip("s"))
        for f in features(entity)
        if f.source
    }


def evidence_noun(spec: FeatureSpec) -> str:
    """Return what one row of a feature's evidence is: order line, review, product."""
    return _nouns(spec.entity).get(spec.name, "row")
