"""Slices, distributions and scatters over all entities of one type."""

from typing import Any, Final, NamedTuple

import pandas as pd

from analytics.columns import EntityType
from analytics.errors import InputError
from analytics.warehouse.reader import Models, Reader

GROUPS: Final = ("category", "region", "size_band", "top_family", "top_policy", "quality_status")
MEASURES: Final = {
    "expected_harm": "Expected harm",
    "gmv_at_risk": "GMV at risk",
    "quality_probability": "Probability of bad quality",
    "violation_probability": "Probability of a violation",
    "shrunken_rate": "Defect rate, shrunken",
    "volume": "Order lines, last 60 days",
    "gmv_30d": "GMV, last 30 days",
    "age_days": "Days since known",
}
MAX_POINTS: Final = 5_000
MAX_GROUPS: Final = 12


class Sample(NamedTuple):
    """Rows shown, of how many there are."""

    frame: pd.DataFrame
    total: int

    @property
    def is_sampled(self) -> bool:
        """Whether some rows were left out."""
        return len(self.frame) < self.total


_SLICE: Final = """
SELECT coalesce({group}, '(none)') AS "group", count(*) AS entities,
       count(*) FILTER (in_queue) AS in_queue, sum(expected_harm) AS expected_harm,
       any_value(harm_unit) AS harm_unit, sum(gmv_at_risk) AS gmv_at_risk,
       avg(quality_probability) AS mean_quality_probability,
       avg(violation_probability) AS mean_violation_probability,
       avg(shrunken_rate) AS mean_shrunken_rate
FROM scores WHERE entity_type = $entity
GROUP BY ALL ORDER BY expected_harm DESC NULLS LAST, "group"
"""

# A feature stands in the features file, a measure in the scores; both become `value` here.
_MEASURE: Final = (
    "SELECT entity_id, {column}::DOUBLE AS value FROM scores WHERE entity_type = $entity"
)
_FEATURE: Final = "SELECT entity_id, {column}::DOUBLE AS value FROM read_parquet($features)"

_DISTRIBUTION: Final = """
WITH measured AS ({measure}),
grouped AS (
    SELECT value, {group} AS label
    FROM measured JOIN scores s USING (entity_id)
    WHERE s.entity_type = $entity AND isfinite(value)),
largest AS (
    SELECT label FROM grouped GROUP BY label ORDER BY count(*) DESC, label LIMIT $groups),
bounds AS (
    SELECT quantile_cont(value, 0.005) AS low, quantile_cont(value, 0.995) AS high FROM grouped),
binned AS (
    SELECT CASE WHEN label IN (FROM largest) THEN label ELSE '(other)' END AS label,
           CASE WHEN high > low THEN least(greatest(floor(
               (value - low) / (high - low) * $bins), 0), $bins - 1) ELSE 0 END AS bin, low, high
    FROM grouped, bounds)
SELECT label AS "group", low + bin * (high - low) / $bins AS low,
       low + (bin + 1) * (high - low) / $bins AS high, count(*) AS entities
FROM binned GROUP BY ALL ORDER BY "group", low
"""

# The same entities at every call: those with most harm, then by a hash of the id.
_SCATTER: Final = """
WITH x AS ({x}), y AS ({y})
SELECT s.entity_id, s.name, coalesce({group}, '(none)') AS "group", x.value AS x, y.value AS y,
       s.expected_harm, s.harm_unit, s.rank, count(*) OVER () AS total
FROM scores s JOIN x USING (entity_id) JOIN y USING (entity_id)
WHERE s.entity_type = $entity AND isfinite(x.value) AND isfinite(y.value)
ORDER BY rank > $points / 10, hash(s.entity_id) LIMIT $points
"""


class Explorer:
    """Reads for the Explore page: one entity type of one snapshot."""

    def __init__(
        self, reader: Reader, snapshot_id: str, models: Models, entity: EntityType
    ) -> None:
        self._reader = reader
        self._snapshot_id = snapshot_id
        self._models = models
        self._entity = entity

    def slice(self, group: str) -> pd.DataFrame:
        """Sums and means by category, region, size or another of `GROUPS`."""
        return self._run(_SLICE.format(group=_chosen(group, GROUPS)))

    def distribution(self, column: str, group: str | None, bins: int) -> pd.DataFrame:
        """Histogram of a measure or feature, split by a group."""
        statement = _DISTRIBUTION.format(
            measure=self._column(column),
            group=f"coalesce({_chosen(group, GROUPS)}, '(none)')" if group else "'all'",
        )
        return self._run(statement, bins=bins, groups=MAX_GROUPS)

    def scatter(self, x: str, y: str, group: str, points: int) -> Sample:
        """Two measures or features against each other, a stable sample above `points`."""
        statement = _SCATTER.format(
            x=self._column(x), y=self._column(y), group=_chosen(group, GROUPS)
        )
        found = self._run(statement, points=points)
        total = int(found["total"].iloc[0]) if len(found) else 0
        return Sample(found.drop(columns="total"), total)

    def features(self) -> list[str]:
        """Names of the features that the model was given."""
        return list(self._meta()["feature_names"])

    def _column(self, column: str) -> str:
        if column in MEASURES:
            return _MEASURE.format(column=column)
        return _FEATURE.format(column=_quoted(_chosen(column, tuple(self.features()))))

    def _run(self, statement: str, **values: Any) -> pd.DataFrame:
        values["entity"] = self._entity
        if "$features" in statement:
            version = self._meta()["feature_version"]
            snapshot = self._reader.snapshot(self._snapshot_id)
            values["features"] = str(snapshot.features_path(self._entity, version))
        return self._reader.on_scores(self._snapshot_id, self._models, statement, **values)

    def _meta(self) -> dict[str, Any]:
        return self._reader.meta(self._snapshot_id, self._models[self._entity])


def _chosen(name: str, allowed: tuple[str, ...]) -> str:
    if name not in allowed:
        raise InputError(f"{name!r} cannot be shown.", hint=f"Choose one of {', '.join(allowed)}.")
    return name


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
