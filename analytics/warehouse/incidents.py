"""Reads of incidents: the stored ones, with the names and categories of the scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import pandas as pd

from analytics.errors import NotFoundError
from analytics.warehouse.reader import Models, Reader

IncidentOrder = Literal["stake", "newest", "surest"]
ORDERS: Final[tuple[IncidentOrder, ...]] = get_args(IncidentOrder)


@dataclass(frozen=True)
class IncidentFilters:
    """Which incidents are shown, and in which order. Empty choices mean all.

    Attributes:
        entity: Types of entity: merchant, product, creator, category.
        series: Names of series, such as `late_dispatch`.
        direction: `up`, `down`, or empty for both.
        standing: new, acknowledged, linked, dismissed; new also after taking back.
        is_open: Only those that go on.
        min_stake: Least GMV at stake.
        found_days: Only those found within so many days before the as-of; 0 for all.
        text: Part of an id, name or category, case ignored.
        order: By GMV at stake × (1 − q), by the day of finding, or by q.
    """

    entity: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    direction: str = ""
    standing: tuple[str, ...] = ("new", "acknowledged", "linked")
    is_open: bool = False
    min_stake: float = 0.0
    found_days: int = 90
    text: str = ""
    order: IncidentOrder = "stake"


_RANKED: Final = """
WITH named AS (
    SELECT i.*, coalesce(s.name, i.entity_id) AS name,
           CASE WHEN i.entity_type = 'category' THEN i.entity_id ELSE s.category END AS category,
           i.gmv_at_stake * (1 - i.q_value) AS expected_stake
    FROM read_parquet($path) i
    LEFT JOIN scores s ON s.entity_type = i.entity_type AND s.entity_id = i.entity_id
)
SELECT * FROM named
WHERE (len($entity::VARCHAR[]) = 0 OR list_contains($entity::VARCHAR[], entity_type))
  AND (len($series::VARCHAR[]) = 0 OR list_contains($series::VARCHAR[], series))
  AND ($direction = '' OR direction = $direction)
  AND (NOT $is_open OR status = 'open')
  AND gmv_at_stake >= $min_stake
  AND ($found_days = 0 OR found_on >= $as_of::TIMESTAMP - to_days($found_days::INTEGER))
  AND ($text = '' OR contains(lower(entity_id), lower($text)) OR contains(lower(name), lower($text))
       OR contains(lower(coalesce(category, '')), lower($text)))
ORDER BY CASE $order WHEN 'newest' THEN epoch(found_on) WHEN 'surest' THEN -q_value
                     ELSE expected_stake END DESC, expected_stake DESC, incident_id
"""
_ONE: Final = "SELECT * FROM read_parquet($path) WHERE incident_id = $id"
_SERIES: Final = """
SELECT day, value, usual, trials FROM read_parquet($path) WHERE incident_id = $id ORDER BY day
"""
_SHOPS: Final = """
SELECT i.incident_id, i.entity_id, i.series, i.direction, i.started_on, i.before, i.level,
       i.gmv_at_stake
FROM read_parquet($path) i
JOIN scores s ON s.entity_type = 'merchant' AND s.entity_id = i.entity_id
WHERE i.entity_type = 'merchant' AND s.category = $category
  AND abs(epoch(i.seen_on) - epoch($seen_on::TIMESTAMP)) <= 7 * 86400
ORDER BY i.series <> $series, i.gmv_at_stake DESC, i.incident_id LIMIT 50
"""
_BEFORE: Final = """
SELECT "at", what, count, other_type, other_id FROM read_parquet($path) WHERE incident_id = $id
ORDER BY "at" DESC, what
"""


class Incidents:
    """Reads incidents of one snapshot after the other; a part of `Warehouse`.

    Every method but `are_stored` raises NotFoundError where the snapshot stores none: another
    version built it, or its dataset has no orders.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def are_stored(self, snapshot_id: str, models: Models) -> bool:
        """Whether the snapshot has incidents to read."""
        return self._file(snapshot_id, models, "incidents") is not None

    def ranked(
        self, snapshot_id: str, models: Models, filters: IncidentFilters | None = None
    ) -> pd.DataFrame:
        """Return the incidents that the filters leave (the standing is not looked at), ordered.

        Returns:
            The columns of the stored table (see docs/incidents.md), name, category, and
            expected_stake: GMV at stake × (1 − q).
        """
        chosen = filters or IncidentFilters()
        return self._reader.on_scores(
            snapshot_id,
            models,
            _RANKED,
            path=self._path(snapshot_id, models, "incidents"),
            as_of=self._reader.snapshot(snapshot_id).as_of,
            entity=list(chosen.entity),
            series=list(chosen.series),
            direction=chosen.direction,
            is_open=chosen.is_open,
            min_stake=chosen.min_stake,
            found_days=chosen.found_days,
            text=chosen.text.strip(),
            order=chosen.order,
        )

    def one(self, snapshot_id: str, models: Models, incident_id: str) -> dict[str, Any]:
        """Return one incident; raises NotFoundError if the snapshot has none of this id."""
        found = self._reader.first(
            _ONE, path=self._path(snapshot_id, models, "incidents"), id=incident_id
        )
        if found is None:
            raise NotFoundError(
                f"There is no incident {incident_id!r} in snapshot {snapshot_id}.",
                hint="Other data may have moved it: look for it in the list.",
            )
        return found

    def series(self, snapshot_id: str, models: Models, incident_id: str) -> pd.DataFrame:
        """Return the days around an incident: day, value, usual, trials (null: not a share)."""
        return self._reader.query(
            _SERIES, path=self._path(snapshot_id, models, "series"), id=incident_id
        )

    def shops(self, snapshot_id: str, models: Models, incident: Mapping[str, Any]) -> pd.DataFrame:
        """Return the incidents of a category's shops in the same days, those alike first.

        Returns:
            incident_id, entity_id, series, direction, started_on, before, level, gmv_at_stake.
        """
        return self._reader.on_scores(
            snapshot_id,
            models,
            _SHOPS,
            path=self._path(snapshot_id, models, "incidents"),
            category=incident["entity_id"],
            series=incident["series"],
            seen_on=incident["seen_on"],
        )

    def before(self, snapshot_id: str, models: Models, incident_id: str) -> pd.DataFrame:
        """Return what happened just before: at, what, count, other_type, other_id."""
        return self._reader.query(
            _BEFORE, path=self._path(snapshot_id, models, "before"), id=incident_id
        )

    def _path(self, snapshot_id: str, models: Models, table: str) -> str:
        if (path := self._file(snapshot_id, models, table)) is not None:
            return path
        raise NotFoundError(
            f"The snapshot {snapshot_id} stores no incidents.",
            hint="It was built by another version, or has no orders: run `portreeve build`.",
        )

    def _file(self, snapshot_id: str, models: Models, table: str) -> str | None:
        """Return the table that was written with the features that a model scored."""
        snapshot = self._reader.snapshot(snapshot_id)
        for model in models.values():
            version = str(self._reader.meta(snapshot_id, model).get("feature_version"))
            path = snapshot.signal_path(f"incidents_{table}", version)
            if path.is_file():
                return str(path)
        return None
