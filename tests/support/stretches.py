"""Stretches of events, put where a build would have stored them."""

import pandas as pd

from analytics.explain.stretches import TABLE
from analytics.signals.catalog import FEATURE_VERSION
from analytics.signals.family import empty_evidence
from analytics.signals.frame import EVIDENCE
from analytics.snapshots.home import Snapshot

HOSTILE_KIND = "<b>dance</b> $1$"
_COLUMNS = ["entity_id", "feature", "start", "end", "amount", "what", "detail"]
ROWS = pd.DataFrame(
    [
        ("m1", "sequence_stretch", "2026-02-01", "2026-02-09", 12.0, "9 events", "9 × x"),
        ("m1", "sequence_score", "2026-03-02", "2026-03-05", 0.4, "4 events", "4 × y"),
        ("m1", "sequence_score", "2026-01-02", "2026-01-05", 0.7, "2 events", HOSTILE_KIND),
        ("m2", "sequence_stretch", "2026-02-01", "2026-02-02", 5.0, "3 events", "3 × x"),
    ],
    columns=_COLUMNS,
).astype({"start": "datetime64[us]", "end": "datetime64[us]"})
ROWS.insert(0, "entity_type", "merchant")


def store_stretches(snapshot: Snapshot, rows: pd.DataFrame | None = ROWS) -> None:
    """Write rows as a build would; without rows, as one in which sequences are switched off."""
    path = snapshot.signal_path(EVIDENCE, FEATURE_VERSION)
    path.parent.mkdir(parents=True)
    empty_evidence().to_parquet(path)
    if rows is not None:
        rows.to_parquet(snapshot.signal_path(TABLE, FEATURE_VERSION))
