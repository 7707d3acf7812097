"""Incidents, a row each."""

from pathlib import Path
from typing import Final

import pandas as pd

from analytics.reports.cells import plain_rows, write_csv

INCIDENT_COLUMNS: Final = (
    "incident_id",
    "entity_type",
    "entity_id",
    "name",
    "category",
    "what",
    "series",
    "direction",
    "started_on",
    "seen_on",
    "found_on",
    "ended_on",
    "status",
    "q_value",
    "before",
    "level",
    "events",
    "expected",
    "gmv_at_stake",
    "currency",
    "standing",
    "said_by",
    "said_at",
    "said_reason",
    "case_id",
    "snapshot_id",
)
_DECIMALS: Final = {
    "before": 6, "level": 6, "events": 2, "expected": 2, "gmv_at_stake": 2,
}  # fmt: skip


def export_incidents(incidents: pd.DataFrame, path: Path, *, bom: bool = False) -> int:
    """Write incidents in their order (see docs/reports.md).

    Args:
        incidents: As of `IncidentDesk.ranked`, with what (a sentence), snapshot_id and currency.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of rows written.

    Raises:
        InputError: The file cannot be written.
    """
    rows = incidents.astype({"case_id": "Int64"})
    return write_csv(path, INCIDENT_COLUMNS, plain_rows(rows, INCIDENT_COLUMNS, _DECIMALS), bom=bom)
