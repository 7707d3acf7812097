"""Labels as they count today, in the form that `portreeve labels import` reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pandas as pd

from analytics.reports.cells import plain_rows, write_csv

LABEL_COLUMNS: Final = (
    "entity_type",
    "entity_id",
    "outcome",
    "policy",
    "reviewer",
    "decided_at",
    "note",
    "label",
    "source",
    "decision_id",
    "valid_until",
)
REJECT_COLUMNS: Final = ("file", "row_number", "column", "value", "reason")


def export_labels(frames: Iterable[pd.DataFrame], path: Path, *, bom: bool = False) -> int:
    """Write labels as CSV (see docs/reports.md).

    Args:
        frames: Labels with `LABEL_COLUMNS`, for example one frame for each entity type.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of labels written.

    Raises:
        InputError: The file cannot be written.
    """
    rows = (row for frame in frames for row in plain_rows(frame, LABEL_COLUMNS))
    return write_csv(path, LABEL_COLUMNS, rows, bom=bom)


def export_rejects(rejects: pd.DataFrame, path: Path, *, bom: bool = False) -> int:
    """Write what an import kept out as CSV: where it stood, what it held, why.

    Args:
        rejects: One row per wrong value, with `REJECT_COLUMNS`.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of rejects written.

    Raises:
        InputError: The file cannot be written.
    """
    return write_csv(path, REJECT_COLUMNS, plain_rows(rejects, REJECT_COLUMNS), bom=bom)
