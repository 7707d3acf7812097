import pandas as pd
import pytest

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.explain.evidence import evidence_of, evidence_rows
from analytics.features.catalog import available
from analytics.snapshots.home import Dataset
from analytics.warehouse import Warehouse
from tests.support.tiny_home import TinyHome

ENTITY = {"merchant": "m1", "product": "p1", "creator": "c1"}


def shown(dataset: Dataset, entity: EntityType) -> list[str]:
    return [f.name for f in available(entity, dataset) if f.spec.evidence]


@pytest.mark.parametrize("entity", ENTITY_TYPES)
def test_the_rows_behind_every_feature_can_be_shown(
    warehouse: Warehouse, tiny: TinyHome, entity: EntityType
) -> None:
    dataset = tiny.home.snapshot(tiny.april).dataset
    features = shown(dataset, entity)
    assert len(features) > 20
    for feature in features:
        rows = evidence_rows(warehouse, tiny.april, entity, ENTITY[entity], feature, limit=5)
        expected = evidence_of(dataset, entity, feature).columns
        assert list(rows.columns) == ["at", *expected], feature


def test_low_ratings_come_with_what_was_written(warehouse: Warehouse, tiny: TinyHome) -> None:
    rows = evidence_rows(warehouse, tiny.april, "merchant", "m1", "low_rating_90d")
    assert rows[["review_id", "text"]].to_dict("split")["data"] == [
        ["r3", "One of two was bad"],
        ["r2", "Never came\non time"],
    ]
    assert rows["at"].tolist() == [pd.Timestamp("2026-03-15"), pd.Timestamp("2026-02-25")]
