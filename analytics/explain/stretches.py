"""The stretches of an entity's events that stand out, which the build stored."""

from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.signals.catalog import FEATURE_VERSION, signal_specs
from analytics.signals.frame import EVIDENCE
from analytics.warehouse import Warehouse

TABLE: Final = "sequence_stretches"
COLUMNS: Final = ("start", "end", "label", "what", "detail")
# One band of each feature is enough to see; the rows behind the reasons say the rest.
_MOST: Final = """
SELECT feature, start, "end", what, detail FROM read_parquet($path)
WHERE entity_type = $entity AND entity_id = $id
QUALIFY row_number() OVER (PARTITION BY feature ORDER BY amount DESC, start) = 1
ORDER BY start, feature
"""


def standing_out(
    warehouse: Warehouse, snapshot_id: str, entity: EntityType, entity_id: str
) -> pd.DataFrame:
    """Return the stretches that a timeline marks, one a feature, by their start.

    Returns:
        `start`, `end` (naive UTC), `label` (of the feature), `what` (a sentence) and `detail`
        (which events); no rows where nothing stands out or sequences are switched off.

    Raises:
        NotFoundError: The snapshot was built by another version.
    """
    snapshot = warehouse.reader.snapshot(snapshot_id)
    path = snapshot.signal_path(TABLE, FEATURE_VERSION)
    if not snapshot.signal_path(EVIDENCE, FEATURE_VERSION).is_file():
        raise NotFoundError(
            f"The snapshot {snapshot_id} stores no stretches of events.",
            hint="It was built by another version: run `portreeve build` again.",
        )
    if not path.is_file():
        return pd.DataFrame({name: [] for name in COLUMNS})
    rows = warehouse.reader.query(_MOST, path=str(path), entity=entity, id=entity_id)
    labels = {spec.name: spec.label for spec in signal_specs(entity)}
    return rows.assign(label=rows["feature"].map(labels))[list(COLUMNS)]
