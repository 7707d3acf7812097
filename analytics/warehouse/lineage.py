"""Which snapshots are of one marketplace, so that they may be compared.

Neither a folder's path nor its name says so: the export of today often lies in another folder than
that of yesterday, and two marketplaces may both be exported to `tables`. Their entities do.
"""

from collections.abc import Callable
from typing import Any, Final

from analytics.columns import ENTITY_KEY, ENTITY_TABLE, ENTITY_TYPES, EntityType
from analytics.snapshots.home import Dataset

LEAST_SHARED: Final = 0.5
LOOKED_AT: Final = 20_000

OWN_DATE: Final[dict[EntityType, str]] = {
    "merchant": "registered_at",
    "product": "listed_at",
    "creator": "joined_at",
}

# Ids may be mere numbers, which any two marketplaces share; the dates tell them apart.
_SHARED: Final = """
WITH earlier AS (
    SELECT {key} AS id, {dated} AS dated FROM read_parquet($earlier) LIMIT {most}),
later AS (SELECT {key} AS id, {dated} AS dated FROM read_parquet($later))
SELECT count(*) AS entities,
       count(*) FILTER (coalesce(later.dated = earlier.dated, later.id IS NOT NULL)) AS shared
FROM earlier LEFT JOIN later USING (id)
"""

First = Callable[..., dict[str, Any] | None]


def is_same_marketplace(first: First, earlier: Dataset, later: Dataset) -> bool:
    """Whether two datasets show one marketplace at different times.

    They do if at least half of the entities of the earlier one (merchants where both have them)
    are in the later one too, with the same date of registration, listing or joining, where known.

    Args:
        first: Runs SQL with bound values and returns the first row (`Reader.first`).
        earlier: Of its entities, in the order of their ids, at most `LOOKED_AT` are looked up.
        later: Where they are looked up.
    """
    if earlier.dataset_id == later.dataset_id:
        return True
    was, now = earlier.manifest, later.manifest
    if (was.source, was.currency) != (now.source, now.currency):
        return False
    for entity in ENTITY_TYPES:
        table = ENTITY_TABLE[entity]
        paths = earlier.path(table), later.path(table)
        if None not in paths:
            return paths[0] == paths[1] or _is_shared(first, entity, str(paths[0]), str(paths[1]))
    return False


def _is_shared(first: First, entity: EntityType, earlier: str, later: str) -> bool:
    statement = _SHARED.format(key=ENTITY_KEY[entity], dated=OWN_DATE[entity], most=LOOKED_AT)
    found = first(statement, earlier=earlier, later=later) or {"entities": 0, "shared": 0}
    return bool(found["entities"]) and found["shared"] >= LEAST_SHARED * found["entities"]
