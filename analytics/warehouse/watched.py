"""Reads of what is watched from snapshot to snapshot: features, scores, newest rows, groups."""

from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.snapshots.home import Snapshot
from analytics.warehouse.reader import Models, Reader

MOST: Final = 10_000  # entities compared; more would show no drift that matters
NEWEST_OF: Final = {
    "merchants": "registered_at",
    "products": "listed_at",
    "creators": "joined_at",
    "orders": "placed_at",
    "reviews": "created_at",
    "contents": "started_at",
    "events": "at",
    "interactions": "at",
}
_SAMPLE: Final = """
SELECT * FROM read_parquet($path) ORDER BY hash(entity_id), entity_id LIMIT $most
"""
_NEWEST: Final = """
SELECT '{table}' AS name, max("{time}")::TIMESTAMP AS newest, count(*) AS rows FROM {table}
"""
_GROUPS: Final = """
SELECT entity_id, size_band AS size, age_days, violation_probability, expected_harm, rank
FROM scores WHERE entity_type = $entity
"""
_COUNTRIES: Final[dict[EntityType, str]] = {
    "merchant": "SELECT merchant_id AS entity_id, country FROM merchants",
    "product": "SELECT product_id AS entity_id, m.country FROM products p "
    "LEFT JOIN merchants m USING (merchant_id)",
    "creator": "SELECT creator_id AS entity_id, country FROM creators",
}
_LANGUAGES: Final = """
SELECT entity_id, arg_max(language, coalesce(known_at, TIMESTAMP '1970-01-01')) AS language
FROM extra_features
WHERE entity_type = $entity AND language IS NOT NULL GROUP BY entity_id
"""


def earlier_scored(reader: Reader, snapshot_id: str, entity: EntityType) -> list[Snapshot]:
    """Return the earlier snapshots of the same marketplace with scores of a type, newest first."""
    earlier = reversed(reader.lineage(snapshot_id)[:-1])
    return [snapshot for snapshot in earlier if reader.model_at(snapshot, entity)]


def features(
    reader: Reader, snapshot_id: str, entity: EntityType, model_version: str
) -> tuple[pd.DataFrame, str]:
    """Return a sample of the feature rows that a model scored, and their feature version.

    The sample is the same entities in every snapshot: at most `MOST`, by the hash of their ids.

    Raises:
        NotFoundError: The model has no scores in the snapshot, or its features were pruned.
    """
    version = str(reader.meta(snapshot_id, model_version)["feature_version"])
    path = reader.snapshot(snapshot_id).features_path(entity, version)
    if not path.is_file():
        raise NotFoundError(
            f"The features of snapshot {snapshot_id} are gone.", hint="Run `portreeve build`."
        )
    return reader.query(_SAMPLE, path=str(path), most=MOST), version


def scores(reader: Reader, snapshot_id: str, model_version: str) -> pd.DataFrame:
    """Return the scores of the same sample."""
    path = reader.snapshot(snapshot_id).scores_dir(model_version) / "scores.parquet"
    return reader.query(_SAMPLE, path=str(path), most=MOST)


def newest_rows(reader: Reader, snapshot_id: str) -> pd.DataFrame:
    """Return the newest row of each table that the source gave.

    Returns:
        name, newest (naive UTC, missing where the table is empty), rows.
    """
    given = reader.snapshot(snapshot_id).dataset.manifest.tables
    parts = [
        _NEWEST.format(table=table, time=time)
        for table, time in NEWEST_OF.items()
        if table in given
    ]
    return reader.on_tables(snapshot_id, " UNION ALL ".join(parts))


def groups(reader: Reader, snapshot_id: str, models: Models, entity: EntityType) -> pd.DataFrame:
    """Return every entity of a type with its scores and what it may be grouped by.

    Returns:
        entity_id, size, age_days, violation_probability, expected_harm, rank, country (of a
        product: its merchant's), and language where the source gave it as an extra feature.
    """
    found = reader.on_scores(snapshot_id, models, _GROUPS, entity=entity)
    countries = reader.on_tables(snapshot_id, _COUNTRIES[entity])
    found = found.merge(countries.drop_duplicates("entity_id"), on="entity_id", how="left")
    spoken = languages(reader, snapshot_id, entity)
    return found.merge(spoken, on="entity_id", how="left") if len(spoken) else found


def languages(reader: Reader, snapshot_id: str, entity: EntityType) -> pd.DataFrame:
    """Return the newest language of each entity, which a source gives as an extra feature.

    Returns:
        entity_id, language; empty where the source has none.
    """
    first = reader.first_on_tables(snapshot_id, "SELECT * FROM extra_features LIMIT 1")
    if first is None or "language" not in first:
        return pd.DataFrame(columns=["entity_id", "language"])
    return reader.on_tables(snapshot_id, _LANGUAGES, entity=entity)
