"""The rows behind a reason: counted for everybody in the build, shown for one on demand."""

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq

from analytics.columns import ENTITY_ID, EntityType
from analytics.errors import NotFoundError
from analytics.explain.reasons import OF
from analytics.explain.signal_evidence import is_signal, signal_count, signal_rows
from analytics.features.as_of import AsOf
from analytics.features.catalog import available
from analytics.features.declare import Feature, Rate, Source, WeightedRate
from analytics.features.evidence import MOMENT, Evidence
from analytics.features.evidence import evidence_of as declared_evidence
from analytics.features.portable import any_of, is_true
from analytics.snapshots.home import Dataset, Snapshot
from analytics.snapshots.point_in_time import mask
from analytics.warehouse import Warehouse

_PAGE: Final = """
SELECT {columns} FROM rows WHERE {id} = $id AND {flag}
ORDER BY {order} LIMIT $limit OFFSET $offset
"""
_COUNT: Final = "SELECT count(*) AS behind FROM rows WHERE {id} = $id AND {flag}"


def evidence_of(dataset: Dataset, entity: EntityType, feature: str) -> Evidence:
    """Return which rows of a dataset stand behind a feature.

    Raises:
        NotFoundError: There are none to show: the feature is no function of single rows.
    """
    evidence = _evidence(dataset, dataset.dataset_id, entity).get(f"{entity}.{feature}")
    if evidence is None:
        raise NotFoundError(f"There are no rows to show behind {feature!r} of a {entity}.")
    return evidence


@lru_cache(maxsize=32)
def _evidence(dataset: Dataset, dataset_id: str, entity: EntityType) -> dict[str, Evidence]:
    return declared_evidence(entity, dataset)


def evidence_rows(
    warehouse: Warehouse,
    snapshot_id: str,
    entity: EntityType,
    entity_id: str,
    feature: str,
    *,
    limit: int = 50,
    offset: int = 0,
) -> pd.DataFrame:
    """Return the rows behind one feature of one entity, newest first: `at`, then its columns."""
    if is_signal(entity, feature):
        where = (warehouse, snapshot_id, entity, entity_id, feature)
        return signal_rows(*where, limit=limit, offset=offset)
    snapshot = warehouse.reader.snapshot(snapshot_id)
    evidence = evidence_of(snapshot.dataset, entity, feature)
    columns = [_quoted(name) for name in (MOMENT, *evidence.columns)]
    statement = _PAGE.format(
        id=ENTITY_ID,
        flag=_quoted(_flag(feature)),
        columns=", ".join(columns),
        order=", ".join([f"{columns[0]} DESC NULLS LAST", *columns[1:]]),
    )
    return warehouse.reader.on_rows(
        snapshot_id,
        compiled(snapshot, evidence),
        statement,
        id=entity_id,
        limit=limit,
        offset=offset,
    )


def evidence_count(
    warehouse: Warehouse, snapshot_id: str, entity: EntityType, entity_id: str, feature: str
) -> int:
    """Return how many rows stand behind one feature of one entity."""
    if is_signal(entity, feature):
        return signal_count(warehouse, snapshot_id, entity, entity_id, feature)
    snapshot = warehouse.reader.snapshot(snapshot_id)
    rows = compiled(snapshot, evidence_of(snapshot.dataset, entity, feature))
    statement = _COUNT.format(id=ENTITY_ID, flag=_quoted(_flag(feature)))
    found = warehouse.reader.on_rows(snapshot_id, rows, statement, id=entity_id)
    return int(found["behind"].iloc[0])


def compiled(snapshot: Snapshot, evidence: Evidence) -> str:
    """Return DuckDB's SQL of all rows of the evidence's kind, one flag per feature.

    Facts such as a category's median price need rows of other entities, so the rows of one entity
    cannot be had alone. They are computed once for everybody and kept by the warehouse.
    """
    source = evidence.feature.source
    assert source is not None
    return _compiled(snapshot, snapshot.snapshot_id, evidence.entity, source)


@lru_cache(maxsize=64)
def _compiled(snapshot: Snapshot, snapshot_id: str, entity: EntityType, source: Source) -> str:
    view = _NamedTables(snapshot.dataset, snapshot)
    rows = source.build(view, entity)
    features = [f for f in _shown_features(snapshot.dataset, entity) if f.source == source]
    evidence = _evidence(snapshot.dataset, snapshot.dataset.dataset_id, entity)
    shown = dict.fromkeys(c for f in features for c in evidence[f"{entity}.{f.name}"].columns)
    kept = rows.filter(any_of([_is_behind(f, rows) for f in features]))
    if source.complete is not None:
        kept = source.complete(view, kept)
    table = kept.select(
        ENTITY_ID,
        MOMENT,
        *shown,
        **{_flag(f.name): _is_behind(f, kept) for f in features},
    )
    return str(ibis.to_sql(table.order_by(ENTITY_ID), dialect="duckdb"))


def _flag(feature: str) -> str:
    return f"is behind {feature}"


def _quoted(name: str) -> str:
    """Quote an identifier: the names of columns that the user brought may hold anything."""
    return '"' + name.replace('"', '""') + '"'


def _shown_features(dataset: Dataset, entity: EntityType) -> list[Feature]:
    return [f for f in available(entity, dataset) if f.source and f.shown and f.spec.evidence]


class _NamedTables(AsOf):
    """A view whose tables are names that the warehouse resolves: as known at the snapshot."""

    def __init__(self, dataset: Dataset, snapshot: Snapshot) -> None:
        self.dataset = dataset
        self.as_of = snapshot.as_of
        self._made: dict[str, ir.Table] = {}

    def table(self, name: str) -> ir.Table:
        """Return the table of that name with the columns that masking leaves."""
        stored = ibis.table(ibis.Schema.from_pyarrow(pq.read_schema(self.dataset.path(name))), name)
        seen = mask(name, stored, self.as_of, self.dataset.manifest.exported_at)
        return ibis.table(seen.schema(), name=name)

    raw = table

    def once(self, key: str, make: Callable[[AsOf], ir.Table], turn: object = None) -> ir.Table:
        """Return the expression itself: nothing is computed here."""
        if key not in self._made:
            self._made[key] = make(self)
        return self._made[key]

    timeless = once


def count_evidence(view: AsOf, entity: EntityType) -> pd.DataFrame:
    """Return how many rows stand behind each feature of each entity, entities × features.

    For a share there is also `<feature>` + `OF`: how many rows it is a share of. Reads each kind of
    rows once, so that a page need not count.
    """
    by_source: dict[Source, list[Feature]] = defaultdict(list)
    for feature in _shown_features(view.dataset, entity):
        if feature.source:
            by_source[feature.source].append(feature)
    frames = [_counts(view, entity, source, fs) for source, fs in by_source.items()]
    if not frames:
        return pd.DataFrame(index=pd.Index([], name=ENTITY_ID))
    return pd.concat(frames, axis=1).fillna(0).astype("int64").sort_index()


def _counts(
    view: AsOf, entity: EntityType, source: Source, features: list[Feature]
) -> pd.DataFrame:
    rows = source.build(view, entity)
    parts = {feature.name: rows.count(where=_is_behind(feature, rows)) for feature in features}
    for feature in features:
        if (among := _is_among(feature, rows)) is not None:
            parts[feature.name + OF] = rows.count(where=among)
    counts = rows.group_by(ENTITY_ID).aggregate(**parts)
    return view.engine.frame(lambda: counts).set_index(ENTITY_ID)


def _is_behind(feature: Feature, rows: ir.Table) -> ir.BooleanValue:
    condition = _in_window(feature, rows)
    if feature.shown is None or feature.shown.where is None:
        return condition
    return condition & is_true(feature.shown.where(rows))


def _in_window(feature: Feature, rows: ir.Table) -> ir.BooleanValue:
    window = feature.window(rows)
    return ibis.literal(True) if window is None else is_true(window)


def _is_among(feature: Feature, rows: ir.Table) -> ir.BooleanValue | None:
    """Return which rows a share is a share of; None for what is no share of rows."""
    window = _in_window(feature, rows)
    match feature.formula:
        case Rate(among=among):
            return window if among is None else window & is_true(among(rows))
        case WeightedRate(weight=weight):
            return window & weight(rows).notnull()
        case _:
            return None
