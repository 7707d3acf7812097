"""The queue as filtered: cases, or everybody who was scored, with the first reasons."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, ENTITY_TYPES, GMV_AT_RISK, SHRUNKEN_RATE
from analytics.explain.declared import declarations
from analytics.reports.cells import plain_rows, write_csv
from analytics.reports.scores import DECIMALS
from analytics.reports.sentences import filled, sentences_of
from analytics.warehouse import QueueFilters, Warehouse

REASONS: Final = 3
BATCH_ROWS: Final = 50_000
_SCORED: Final = (
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
# Nothing here says what opened a case: the control sample is not marked to who works on it.
QUEUE_CASE_COLUMNS: Final = (
    "case_id",
    "status",
    "opened_at",
    "due_at",
    "is_overdue",
    "assigned_to",
    "claimed_by",
    "hold_until",
    "last_outcome",
    "closed_at",
)
QUEUE_COLUMNS: Final = (
    *_SCORED,
    "snapshot_id",
    "as_of",
    "currency",
    *(f"reason_{i}" for i in range(1, REASONS + 1)),
    *QUEUE_CASE_COLUMNS,
)
# A case of the control sample stands among the others as if its harm were theirs. Whatever says
# that it is not would mark it.
TELLING: Final = ("expected_harm", "rank", "previous_rank", "in_queue", "is_new")
_DECIMALS: Final = {**DECIMALS, SHRUNKEN_RATE: 6, GMV_AT_RISK: 2}


def export_queue(
    warehouse: Warehouse,
    snapshot_id: str,
    models: Mapping[str, str],
    filters: QueueFilters,
    path: Path,
    *,
    currency: str,
    cases: pd.DataFrame | None = None,
    bom: bool = False,
) -> int:
    """Write the queue, as filtered and ordered, as CSV (see docs/reports.md).

    Args:
        warehouse: Where to read.
        snapshot_id: Snapshot to export.
        models: Model version per entity type.
        filters: Which entities, in which order, where no cases are given.
        path: File to write; it appears when it is complete.
        currency: Currency of the dataset, for the reasons.
        cases: The cases to write, in their order, with the columns of `Warehouse.cases`.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of entities or cases written.

    Raises:
        InputError: The file cannot be written.
    """
    pages = _everybody(warehouse, snapshot_id, models, filters) if cases is None else _untold(cases)
    as_of = warehouse.reader.snapshot(snapshot_id).as_of
    about = (snapshot_id, as_of, currency)
    rows = (
        (*scored, *about, *texts, *of_case)
        for page in pages
        for scored, texts, of_case in zip(
            plain_rows(page, _SCORED, _DECIMALS),
            _sentences(warehouse, snapshot_id, models, page, currency),
            plain_rows(page, QUEUE_CASE_COLUMNS),
            strict=True,
        )
    )
    return write_csv(path, QUEUE_COLUMNS, rows, bom=bom)


def _everybody(
    warehouse: Warehouse, snapshot_id: str, models: Mapping[str, str], filters: QueueFilters
) -> Iterator[pd.DataFrame]:
    offset, page = 0, None
    while page is None or len(page) == BATCH_ROWS:
        page = warehouse.queue(snapshot_id, models, filters, limit=BATCH_ROWS, offset=offset)
        offset += len(page)
        yield page


def _untold(cases: pd.DataFrame) -> Iterator[pd.DataFrame]:
    kept = cases.drop(columns=[name for name in TELLING if name in cases])
    for start in range(0, len(kept), BATCH_ROWS):
        yield kept.iloc[start : start + BATCH_ROWS]


def _sentences(
    warehouse: Warehouse,
    snapshot_id: str,
    models: Mapping[str, str],
    page: pd.DataFrame,
    currency: str,
) -> Iterator[list[str]]:
    """Yield the first reasons of each row in words."""
    snapshot = warehouse.reader.snapshot(snapshot_id)
    found = {
        (entity, key): texts
        for entity in ENTITY_TYPES
        if entity in models and len(listed := page[page[ENTITY_TYPE] == entity])
        for key, texts in sentences_of(
            warehouse.queue_reasons(snapshot_id, models, listed, REASONS),
            declarations(snapshot, models[entity], entity),
            currency,
        ).items()
    }
    for who in zip(page[ENTITY_TYPE], page[ENTITY_ID], strict=True):
        yield filled(found.get(who, []), REASONS)
