"""Which text models a snapshot has, and why the others are off."""

import pandas as pd

from analytics.errors import NotFoundError
from analytics.signals.catalog import FEATURE_VERSION
from analytics.warehouse import Warehouse

_ALL = "SELECT * FROM read_parquet($path) ORDER BY is_on DESC, entity_type, policy"


def text_models(warehouse: Warehouse, snapshot_id: str) -> pd.DataFrame:
    """Return a row for each policy that is committed in words.

    Returns:
        entity_type, policy, violations, others (decided entities), average_precision (of scores
        that leave each entity's own decision out), prevalence, is_on, note (why it is off). Empty
        where there are no decisions or texts to learn from.

    Raises:
        NotFoundError: The snapshot says nothing of text models.
    """
    path = warehouse.reader.snapshot(snapshot_id).signal_path("content_models", FEATURE_VERSION)
    if not path.is_file():
        raise NotFoundError(
            f"The snapshot {snapshot_id} says nothing of text models.",
            hint="Its data have no texts, or it was built by another version.",
        )
    return warehouse.reader.query(_ALL, path=str(path))
