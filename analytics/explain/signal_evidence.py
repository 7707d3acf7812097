"""The rows behind a signal, which the build stored with it."""

from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.signals.catalog import FEATURE_VERSION, signal_specs
from analytics.signals.frame import EVIDENCE
from analytics.warehouse import Warehouse

_BEHIND: Final = """
FROM read_parquet($path) WHERE entity_type = $entity AND entity_id = $id AND feature = $feature
"""
_PAGE: Final = (
    'SELECT "at", what, other_type, other_id, detail'
    + _BEHIND
    + 'ORDER BY "at" DESC NULLS LAST, what, other_id LIMIT $limit OFFSET $offset'
)
_COUNT: Final = "SELECT count(*) AS behind" + _BEHIND


def is_signal(entity: EntityType, feature: str) -> bool:
    """Say whether a feature is a signal, whose rows are stored instead of looked up."""
    return any(spec.name == feature for spec in signal_specs(entity))


def signal_rows(
    warehouse: Warehouse,
    snapshot_id: str,
    entity: EntityType,
    entity_id: str,
    feature: str,
    *,
    limit: int = 50,
    offset: int = 0,
) -> pd.DataFrame:
    """Return the rows behind one signal of one entity, newest first.

    Raises:
        NotFoundError: The snapshot stores none: it was built by another version.
    """
    path = _path(warehouse, snapshot_id, feature)
    return warehouse.reader.query(
        _PAGE, path=path, entity=entity, id=entity_id, feature=feature, limit=limit, offset=offset
    )


def signal_count(
    warehouse: Warehouse, snapshot_id: str, entity: EntityType, entity_id: str, feature: str
) -> int:
    """Return how many rows stand behind one signal of one entity; raises as `signal_rows`."""
    path = _path(warehouse, snapshot_id, feature)
    found = warehouse.reader.first(_COUNT, path=path, entity=entity, id=entity_id, feature=feature)
    return int(found["behind"]) if found else 0


def _path(warehouse: Warehouse, snapshot_id: str, feature: str) -> str:
    path = warehouse.reader.snapshot(snapshot_id).signal_path(EVIDENCE, FEATURE_VERSION)
    if not path.is_file():
        raise NotFoundError(
            f"The snapshot {snapshot_id} stores no rows behind {feature!r}.",
            hint="It was built by another version: run `portreeve build` again.",
        )
    return str(path)
