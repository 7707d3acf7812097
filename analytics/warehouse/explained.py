"""Stored reasons, contributions and the risk history of one entity."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pandas as pd

from analytics.columns import ENTITY_ID, EntityType, Target
from analytics.errors import NotFoundError
from analytics.warehouse.reader import Models, Reader

_REASONS: Final = """
SELECT * FROM read_parquet($path)
WHERE list_contains($ids::VARCHAR[], entity_id) AND rank <= $top
  AND entity_id BETWEEN $first AND $last
ORDER BY entity_id, rank
"""
_REASONS_OF: Final = """
SELECT * FROM read_parquet($path) WHERE entity_id = $id AND rank <= $top ORDER BY rank
"""
_ROW: Final = "SELECT * FROM read_parquet($path) WHERE entity_id = $id"
_SCORE: Final = """
SELECT rank, expected_harm, harm_unit, gmv_at_risk, quality_probability, quality_status,
       shrunken_rate, violation_probability, violation_source, top_policy, filename
FROM read_parquet($paths, union_by_name = true, filename = true) WHERE entity_id = $id
"""
_NUMBERS: Final = (
    "expected_harm",
    "gmv_at_risk",
    "quality_probability",
    "shrunken_rate",
    "violation_probability",
)

_ALL_SCORES: Final = """
SELECT entity_id, quality_probability, violation_probability, expected_harm, harm_unit
FROM read_parquet($path) ORDER BY entity_id
"""
BATCH_ROWS: Final = 20_480

HISTORY_COLUMNS: Final = ("snapshot_id", "as_of", "model_version")


def reasons(
    reader: Reader, snapshot_id: str, model_version: str, ids: Sequence[str], top: int
) -> pd.DataFrame:
    """First reasons of some entities of one type."""
    path = reader.snapshot(snapshot_id).scores_dir(model_version) / "reasons.parquet"
    values = {"path": str(path), "ids": list(ids), "top": top}
    return reader.query(_REASONS, first=min(ids, default=""), last=max(ids, default=""), **values)


def reasons_of(
    reader: Reader, snapshot_id: str, model_version: str, entity_id: str, top: int
) -> list[dict[str, Any]]:
    """First reasons of one entity, as plain values: a frame would take as long as the read."""
    path = reader.snapshot(snapshot_id).scores_dir(model_version) / "reasons.parquet"
    return reader.records(_REASONS_OF, path=str(path), id=entity_id, top=top)


def score_batches(reader: Reader, snapshot_id: str, model_version: str) -> Iterator[pd.DataFrame]:
    """All scores of one model in order of their ids, some at a time."""
    path = reader.snapshot(snapshot_id).scores_dir(model_version) / "scores.parquet"
    return reader.batches(_ALL_SCORES, BATCH_ROWS, path=str(path))


def contributions(
    reader: Reader,
    snapshot_id: str,
    model_version: str,
    entity: EntityType,
    target: Target,
    entity_id: str,
) -> pd.DataFrame:
    """What each feature adds to the log-odds of one entity, with its value."""
    snapshot = reader.snapshot(snapshot_id)
    meta = reader.meta(snapshot_id, model_version)
    path = snapshot.scores_dir(model_version) / f"contributions_{target}.parquet"
    found = reader.first(_ROW, path=str(path), id=entity_id) if path.is_file() else None
    if found is None:
        raise NotFoundError(f"There are no contributions to {target} of {entity} {entity_id!r}.")
    features = snapshot.features_path(entity, meta["feature_version"])
    values = reader.first(_ROW, path=str(features), id=entity_id) or {}
    rows = [
        (feature, float(contribution or 0.0), _number(values.get(feature)))
        for feature, contribution in found.items()
        if feature != ENTITY_ID
    ]
    rows.sort(key=lambda row: -abs(row[1]))
    return pd.DataFrame(rows, columns=["feature", "contribution", "value"])


def feature_row(
    reader: Reader, snapshot_id: str, model_version: str, entity: EntityType, entity_id: str
) -> dict[str, Any]:
    """Features and context of one entity, as the model saw them; empty if it has none."""
    version = reader.meta(snapshot_id, model_version)["feature_version"]
    path = reader.snapshot(snapshot_id).features_path(entity, version)
    row = reader.first(_ROW, path=str(path), id=entity_id) or {}
    return {name: value for name, value in row.items() if name != ENTITY_ID}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def history(
    reader: Reader, snapshot_id: str, models: Models, entity: EntityType, entity_id: str
) -> pd.DataFrame:
    """Scores of one entity in this snapshot and those before it, oldest first."""
    places: dict[str, tuple[str, pd.Timestamp, str]] = {}
    for snapshot in reader.lineage(snapshot_id):
        is_here = snapshot.snapshot_id == snapshot_id
        model = models.get(entity) if is_here else reader.model_at(snapshot, entity)
        if model:
            path = str(snapshot.scores_dir(model) / "scores.parquet")
            places[path] = (snapshot.snapshot_id, pd.Timestamp(snapshot.as_of), model)
    read = reader.records(_SCORE, paths=list(places), id=entity_id) if places else []
    found = {row.pop("filename"): row for row in read}
    rows = [
        dict(zip(HISTORY_COLUMNS, place, strict=True)) | found[path]
        for path, place in places.items()
        if path in found
    ]
    if not rows:
        return pd.DataFrame(columns=list(HISTORY_COLUMNS))
    return pd.DataFrame(rows).astype(dict.fromkeys(_NUMBERS, float))
