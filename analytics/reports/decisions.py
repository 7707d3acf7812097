"""Every decision that was ever taken, corrections and overturned ones included."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.reports.cells import plain_rows, write_csv

DECISION_COLUMNS: Final = (
    "decision_id",
    "case_id",
    "kind",
    "corrects",
    "source",
    "entity_type",
    "entity_id",
    "outcome",
    "policy",
    "severity",
    "points",
    "action",
    "reason",
    "reviewer",
    "decided_at",
    "judged_at",
    "claimed_at",
    "viewed_at",
    "seconds",
    "presentation",
    "position",
    "violation_probability",
    "quality_probability",
    "expected_harm",
    "harm_unit",
    "snapshot_id",
    "dataset_id",
    "as_of",
    "model_version",
    "feature_version",
    "taxonomy_version",
    "queue_policy",
    "stratum",
    "inclusion_probability",
    "control_probability",
    "batch_id",
    "suggested_policy",
)
SEEN: Final = "features"


def export_decisions(
    batches: Iterable[pd.DataFrame],
    path: Path,
    *,
    with_features: bool = False,
    bom: bool = False,
) -> int:
    """Write the history of decisions as CSV, oldest first (see docs/reports.md).

    It says which decisions the control sample brought about, so it is not for who still decides.

    Args:
        batches: Decisions in their order, some at a time, with their stored columns; `id` is what
            the report calls decision_id.
        path: File to write; it appears when it is complete.
        with_features: Whether to add the row of features that the reviewer saw, as JSON.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of decisions written.

    Raises:
        InputError: The file cannot be written.
    """
    columns = (*DECISION_COLUMNS, SEEN) if with_features else DECISION_COLUMNS
    return write_csv(path, columns, _rows(batches, columns), bom=bom)


def _rows(batches: Iterable[pd.DataFrame], columns: Sequence[str]) -> Iterator[Sequence[Any]]:
    for batch in batches:
        named = batch.rename(columns={"id": "decision_id"})
        if SEEN in columns and SEEN in named:
            named = named.assign(features=named[SEEN].map(_json))
        yield from plain_rows(named, columns)


def _json(row: Any) -> str | None:
    is_row = isinstance(row, dict)
    return json.dumps(row, ensure_ascii=False, sort_keys=True) if is_row else None
