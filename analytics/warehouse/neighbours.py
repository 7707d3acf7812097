"""Who stands before and after an entity in the filtered queue."""

from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.warehouse import sql
from analytics.warehouse.filters import QueueFilters
from analytics.warehouse.reader import Models, Reader

COLUMNS: Final = ("entity_type", "entity_id", "position", "step")


def neighbours(
    reader: Reader,
    snapshot_id: str,
    models: Models,
    filters: QueueFilters,
    entity: EntityType,
    entity_id: str,
) -> pd.DataFrame:
    """Return the entity's own row and those right before and after it; see `Warehouse`."""
    found = reader.first_on_scores(
        snapshot_id,
        models,
        sql.NEIGHBOURS,
        **filters.parameters(),
        here_type=entity,
        here_id=entity_id,
    )
    if found is None:
        return pd.DataFrame(columns=list(COLUMNS))
    position = int(found["earlier"]) + 1
    spots = ((-1, found["before"]), (0, (entity, entity_id)), (1, found["after"]))
    rows = [(*spot[-2:], position + step, step) for step, spot in spots if spot is not None]
    return pd.DataFrame(rows, columns=list(COLUMNS))
