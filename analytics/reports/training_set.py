"""What a model learns from: each label with where it comes from and what was known then."""

from pathlib import Path
from typing import Final

import pandas as pd

from analytics.columns import ENTITY_ID, EntityType
from analytics.reports.cells import plain_rows, write_csv

TRAINING_COLUMNS: Final = (
    "entity_type",
    "entity_id",
    "label",
    "policy",
    "decided_at",
    "source",
    "decision_id",
    "dataset_id",
    "as_of",
    "queue_policy",
    "stratum",
    "inclusion_probability",
    "control_probability",
    "part",
)


def export_training_set(
    entity: EntityType,
    labels: pd.DataFrame,
    features: pd.DataFrame,
    path: Path,
    *,
    bom: bool = False,
) -> int:
    """Write one row per label with every feature value as CSV (see docs/reports.md).

    It says which labels the control sample brought about, so it is not for who still decides.

    Args:
        entity: Entity type.
        labels: Indexed by entity id: the other `TRAINING_COLUMNS`; one row per label.
        features: Values at each label's own moment, rows in the same order; one column per feature.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of labels written.

    Raises:
        InputError: The file cannot be written.
    """
    named = labels.rename_axis(index=ENTITY_ID).reset_index().assign(entity_type=entity)
    rows = zip(
        plain_rows(named, TRAINING_COLUMNS),
        plain_rows(features, list(features.columns)),
        strict=True,
    )
    columns = (*TRAINING_COLUMNS, *(str(name) for name in features.columns))
    return write_csv(path, columns, ((*label, *values) for label, values in rows), bom=bom)
