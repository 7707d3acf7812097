"""The rows behind a feature, for a reviewer to check."""

from dataclasses import dataclass

import ibis.expr.types as ir

from analytics.columns import ENTITY_ID, ENTITY_TYPES, EntityType
from analytics.features.as_of import AsOf
from analytics.features.catalog import available, features
from analytics.features.declare import Feature
from analytics.features.portable import is_true
from analytics.snapshots.home import Dataset

MOMENT = "at"


@dataclass(frozen=True)
class Evidence:
    """Which rows stand behind one feature, and what is shown of them.

    Attributes:
        name: `<entity>.<feature>`, as in `FeatureSpec.evidence`.
        entity: Entity type.
        table: Table of the contract that a row stands for.
        label: What a row is, in words.
        columns: Columns shown, beside `entity_id` and `at`.
    """

    name: str
    entity: EntityType
    table: str
    label: str
    columns: tuple[str, ...]
    feature: Feature

    def rows(self, view: AsOf) -> ir.Table:
        """Return `entity_id`, `at` and the columns of all rows behind the feature, any order."""
        feature = self.feature
        assert feature.source is not None
        assert feature.shown is not None
        rows = feature.source.build(view, self.entity)
        window = feature.window(rows)
        if window is not None:
            rows = rows.filter(window)
        if feature.shown.where is not None:
            rows = rows.filter(is_true(feature.shown.where(rows)))
        if feature.source.complete is not None:
            rows = feature.source.complete(view, rows)
        return rows.select(ENTITY_ID, MOMENT, *self.columns)


def _evidence(feature: Feature) -> Evidence:
    assert feature.source is not None
    assert feature.shown is not None
    columns = feature.shown.columns or feature.source.columns
    return Evidence(
        name=str(feature.spec.evidence),
        entity=feature.spec.entity,
        table=feature.source.table,
        label=feature.shown.label or feature.spec.label,
        columns=tuple(c for c in dict.fromkeys(columns) if c not in (ENTITY_ID, MOMENT)),
        feature=feature,
    )


def evidence_of(entity: EntityType, dataset: Dataset) -> dict[str, Evidence]:
    """Return the evidence that a dataset can show about an entity type, own columns included."""
    return {
        str(feature.spec.evidence): _evidence(feature)
        for feature in available(entity, dataset)
        if feature.spec.evidence
    }


EVIDENCE: dict[str, Evidence] = {
    str(feature.spec.evidence): _evidence(feature)
    for entity in ENTITY_TYPES
    for feature in features(entity)
    if feature.spec.evidence
}
