"""All scores of an entity type, with the first reasons."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from analytics.columns import (
    ENTITY_ID,
    EXPECTED_HARM,
    QUALITY_PROBABILITY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.errors import NotFoundError
from analytics.explain.declared import declarations
from analytics.reports.cells import plain_rows, write_csv
from analytics.reports.sentences import filled, sentences_of
from analytics.warehouse import Warehouse

REASONS: Final = 5
SCORE_COLUMNS: Final = (
    "entity_id",
    "quality_probability",
    "violation_probability",
    "expected_harm",
    "snapshot_id",
    "model_version",
    *(f"reason_{i}" for i in range(1, REASONS + 1)),
)
DECIMALS: Final = {QUALITY_PROBABILITY: 6, VIOLATION_PROBABILITY: 6, EXPECTED_HARM: 4}


def export_scores(
    warehouse: Warehouse,
    snapshot_id: str,
    models: Mapping[str, str],
    entity: EntityType,
    path: Path,
    *,
    currency: str,
    bom: bool = False,
) -> int:
    """Write every entity's scores with its first reasons as CSV (see docs/reports.md).

    Args:
        warehouse: Where to read.
        snapshot_id: Snapshot to export.
        models: Model version per entity type.
        entity: Entity type to export.
        path: File to write; it appears when it is complete.
        currency: Currency of the dataset, for the reasons.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of entities written.

    Raises:
        NotFoundError: There are no scores of that entity type.
        InputError: The file cannot be written.
    """
    if entity not in models:
        raise NotFoundError(
            f"There are no scores of {entity}s in snapshot {snapshot_id}.",
            hint="Run `portreeve build`, or see the Data page for what the source lacks.",
        )
    rows = _rows(warehouse, snapshot_id, models[entity], entity, currency)
    return write_csv(path, SCORE_COLUMNS, rows, bom=bom)


def _rows(
    warehouse: Warehouse, snapshot_id: str, model_version: str, entity: EntityType, currency: str
) -> Iterator[Sequence[Any]]:
    declared = declarations(warehouse.reader.snapshot(snapshot_id), model_version, entity)
    columns = [ENTITY_ID, QUALITY_PROBABILITY, VIOLATION_PROBABILITY, EXPECTED_HARM]
    for batch in warehouse.score_batches(snapshot_id, model_version):
        ids = list(batch[ENTITY_ID])
        stored = warehouse.reasons(snapshot_id, model_version, ids, REASONS)
        sentences = sentences_of(stored, declared, currency)
        for values in plain_rows(batch, columns, DECIMALS):
            texts = filled(sentences.get(values[0], []), REASONS)
            yield (*values, snapshot_id, model_version, *texts)
