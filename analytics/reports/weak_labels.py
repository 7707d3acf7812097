"""Weak labels: who would get one, how sure it is, and which functions say so."""

from pathlib import Path
from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.reports.cells import plain_rows, write_csv

WEAK_LABEL_COLUMNS: Final = ("entity_type", "entity_id", "outcome", "confidence", "said_by")
DECIMALS: Final = {"confidence": 6}


def export_weak_labels(
    entity: EntityType, labels: pd.DataFrame, path: Path, *, bom: bool = False
) -> int:
    """Write the weak labels of a type (see docs/reports.md).

    Args:
        entity: Type of the entities.
        labels: Indexed by entity id: `outcome`, `confidence` and `said_by`.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of labels written.

    Raises:
        InputError: The file cannot be written.
    """
    flat = labels.rename_axis("entity_id").reset_index().assign(entity_type=entity)
    rows = plain_rows(flat, WEAK_LABEL_COLUMNS, DECIMALS)
    return write_csv(path, WEAK_LABEL_COLUMNS, rows, bom=bom)
