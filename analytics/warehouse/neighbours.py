"""Who stands before and after an entity in the filtered queue."""

from typing import Any, Final

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

    def first(statement: str, **values: Any) -> dict[str, Any] | None:
        return reader.first_on_scores(snapshot_id, models, statement, **wanted, **values)

    wanted = filters.parameters() | {"here_type": entity, "here_id": entity_id}
    here = first(sql.HERE)
    if here is None:
        return pd.DataFrame(columns=list(COLUMNS))
    place = {"unit": here["unit"], "place": here["place"]}
    earlier = int((first(sql.EARLIER, **place) or {})["earlier"])
    found = (
        (-1, first(sql.BEFORE, **place) if earlier else None),
        (0, here),
        (1, first(sql.AFTER, **place)),
    )
    rows = [
        (row["entity_type"], row["entity_id"], earlier + 1 + step, step)
        for step, row in found
        if row is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
