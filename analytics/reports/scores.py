"""The two exports: all scores of an entity type, and the queue as filtered."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import (
    ENTITY_ID,
    ENTITY_TYPE,
    ENTITY_TYPES,
    EXPECTED_HARM,
    QUALITY_PROBABILITY,
    VIOLATION_PROBABILITY,
    EntityType,
)
from analytics.errors import NotFoundError
from analytics.explain.declared import evidence_noun, spec_of
from analytics.explain.render import render_reason
from analytics.reports.cells import write_csv
from analytics.snapshots.home import Dataset
from analytics.warehouse import QueueFilters, Warehouse

SCORE_REASONS: Final = 5
QUEUE_REASONS: Final = 3
SCORE_COLUMNS: Final = (
    "entity_id",
    "quality_probability",
    "violation_probability",
    "expected_harm",
    "snapshot_id",
    "model_version",
    *(f"reason_{i}" for i in range(1, SCORE_REASONS + 1)),
)
_QUEUE: Final = (
    "position",
    "entity_type",
    "entity_id",
    "name",
    "category",
    "region",
    "size_band",
    "known_at",
    "gmv_at_risk",
    "expected_harm",
    "harm_unit",
    "quality_probability",
    "quality_status",
    "shrunken_rate",
    "violation_probability",
    "violation_source",
    "top_policy",
    "rank",
    "previous_rank",
    "in_queue",
    "is_new",
    "model_version",
)
QUEUE_COLUMNS: Final = (
    *_QUEUE,
    "snapshot_id",
    "as_of",
    "currency",
    *(f"reason_{i}" for i in range(1, QUEUE_REASONS + 1)),
)
_QUEUE_BATCH: Final = 50_000
_DECIMALS: Final = {
    QUALITY_PROBABILITY: 6,
    VIOLATION_PROBABILITY: 6,
    "shrunken_rate": 6,
    EXPECTED_HARM: 4,
    "gmv_at_risk": 2,
}


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
    rows = _score_rows(warehouse, snapshot_id, models[entity], entity, currency)
    return write_csv(path, SCORE_COLUMNS, rows, bom=bom)


def export_queue(
    warehouse: Warehouse,
    snapshot_id: str,
    models: Mapping[str, str],
    filters: QueueFilters,
    path: Path,
    *,
    currency: str,
    bom: bool = False,
) -> int:
    """Write the queue, as filtered and ordered, as CSV (see docs/reports.md).

    Returns:
        Number of entities written.

    Raises:
        InputError: The file cannot be written.
    """
    rows = _queue_rows(warehouse, snapshot_id, models, filters, currency)
    return write_csv(path, QUEUE_COLUMNS, rows, bom=bom)


def _score_rows(
    warehouse: Warehouse, snapshot_id: str, model_version: str, entity: EntityType, currency: str
) -> Iterator[Sequence[Any]]:
    dataset = warehouse.reader.snapshot(snapshot_id).dataset
    columns = [ENTITY_ID, QUALITY_PROBABILITY, VIOLATION_PROBABILITY, EXPECTED_HARM]
    for batch in warehouse.score_batches(snapshot_id, model_version):
        ids = list(batch[ENTITY_ID])
        stored = warehouse.reasons(snapshot_id, model_version, ids, SCORE_REASONS)
        sentences = _sentences(stored, dataset, entity, currency)
        for values in _plain_rows(batch, columns):
            texts = _filled(sentences.get(values[0], []), SCORE_REASONS)
            yield (*values, snapshot_id, model_version, *texts)


def _queue_rows(
    warehouse: Warehouse,
    snapshot_id: str,
    models: Mapping[str, str],
    filters: QueueFilters,
    currency: str,
) -> Iterator[Sequence[Any]]:
    snapshot = warehouse.reader.snapshot(snapshot_id)
    offset = 0
    while True:
        page = warehouse.queue(snapshot_id, models, filters, limit=_QUEUE_BATCH, offset=offset)
        sentences = {
            (entity, key): texts
            for entity in ENTITY_TYPES
            if len(listed := page[page[ENTITY_TYPE] == entity])
            for key, texts in _sentences(
                warehouse.queue_reasons(snapshot_id, models, listed, QUEUE_REASONS),
                snapshot.dataset,
                entity,
                currency,
            ).items()
        }
        for values in _plain_rows(page, list(_QUEUE)):
            texts = _filled(sentences.get((values[1], values[2]), []), QUEUE_REASONS)
            yield (*values, snapshot_id, snapshot.as_of, currency, *texts)
        offset += len(page)
        if len(page) < _QUEUE_BATCH:
            return


def _sentences(
    stored: pd.DataFrame, dataset: Dataset, entity: EntityType, currency: str
) -> dict[str, list[str]]:
    sentences: dict[str, list[str]] = {}
    for row in stored.to_dict("records"):
        spec = spec_of(dataset, entity, str(row["feature"]))
        reason = render_reason(
            {str(key): value for key, value in row.items()}, spec, currency, evidence_noun(spec)
        )
        sentences.setdefault(str(row[ENTITY_ID]), []).append(reason.sentence)
    return sentences


def _filled(texts: list[str], length: int) -> list[str]:
    return [*texts[:length], *[""] * (length - len(texts))]


def _plain_rows(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    rounded = frame[list(columns)].round({c: d for c, d in _DECIMALS.items() if c in columns})
    plain = rounded.astype(object).where(rounded.notna(), None)
    return plain.itertuples(index=False, name=None)
