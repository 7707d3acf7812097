"""Features and signals of all entities of a type, computed as of a moment and stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from analytics.columns import CONTEXT_COLUMNS, ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features import build
from analytics.features.as_of import AsOf
from analytics.features.catalog import specs as plain_specs
from analytics.signals.catalog import able, signal_specs
from analytics.signals.family import (
    EVIDENCE_COLUMNS,
    FEATURE,
    Continuing,
    SignalFamily,
    WritesFiles,
    empty_evidence,
)

SIGNALS = "signals"
EVIDENCE = "evidence"


def entity_frame(
    view: AsOf,
    entity: EntityType,
    columns: Sequence[str] | None = None,
    families: Sequence[SignalFamily] | None = None,
) -> pd.DataFrame:
    """Return context, features and signals, indexed by `entity_id` (sorted), NaN where unknown.

    Args:
        view: The dataset as of a moment.
        entity: Entity type.
        columns: Which columns, in this order; all where None. Families of which none is asked for
            are not computed.
        families: Families of signals; all by default.
    """
    wanted = {
        s.name: s
        for s in signal_specs(entity, view.dataset, families)
        if columns is None or s.name in columns
    }
    if not wanted:
        return build.feature_frame(view, entity, columns)
    frame = build.feature_frame(view, entity, _plain(view, entity, columns))
    names = {s.family for s in wanted.values()}
    asked = [f for f in able(view.dataset, families) if f.name in names]
    parts = [f.features(view, entity).reindex(frame.index).astype("float64") for f in asked]
    signals = pd.concat(parts, axis=1)[list(wanted)]
    rounded = {name: build.significant(signals[name].to_numpy()) for name in signals.columns}
    frame = pd.concat([frame, pd.DataFrame(rounded, index=frame.index)], axis=1)
    return frame if columns is None else frame[list(columns)]


def _plain(view: AsOf, entity: EntityType, columns: Sequence[str] | None) -> list[str] | None:
    if columns is None:
        return None
    known = {*CONTEXT_COLUMNS, *(spec.name for spec in plain_specs(entity, view.dataset))}
    return [name for name in columns if name in known]


def write_entity(view: AsOf, entity: EntityType, path: Path) -> None:
    """Write what `entity_frame` returns to a parquet file, sorted by `entity_id`."""
    frame = entity_frame(view, entity).reset_index()
    frame.to_parquet(path, index=False, compression="zstd", row_group_size=build.ROW_GROUP)


def write_tables(
    view: AsOf,
    folder: Path,
    families: Sequence[SignalFamily] | None = None,
    *,
    earlier: Path | None = None,
) -> pd.DataFrame:
    """Write the tables of all families and their evidence below `folder`; return the evidence.

    Args:
        view: The dataset as of a moment.
        folder: Where the features are written.
        families: Families of signals; all by default.
        earlier: Where those of the snapshot before stand; None where there is none.
    """
    target = folder / SIGNALS
    target.mkdir()
    evidence = [empty_evidence()]
    for family in able(view.dataset, families):
        evidence.append(family.evidence(view).reindex(columns=list(EVIDENCE_COLUMNS)))
        for name, table in _tables(view, family, earlier).items():
            _write(table, target / f"{family.name}_{name}.parquet")
        if isinstance(family, WritesFiles):
            family.write_files(view, target)
    rows = pd.concat([part for part in evidence if len(part)] or evidence)
    rows = rows.astype({"at": "datetime64[us]"}).sort_values([ENTITY_TYPE, ENTITY_ID, FEATURE])
    _write(rows, target / f"{EVIDENCE}.parquet")
    return rows


def _tables(view: AsOf, family: SignalFamily, earlier: Path | None) -> Mapping[str, pd.DataFrame]:
    tables = family.tables(view)
    if earlier is None or not isinstance(family, Continuing):
        return tables
    paths = {name: earlier / SIGNALS / f"{family.name}_{name}.parquet" for name in family.continues}
    before = {name: pd.read_parquet(path) for name, path in paths.items() if path.is_file()}
    return family.continued(tables, before)


def evidence_counts(evidence: pd.DataFrame, entity: EntityType) -> pd.DataFrame:
    """Return how many rows stand behind each signal of each entity, entities × features."""
    own = evidence[evidence[ENTITY_TYPE] == entity]
    counts = own.groupby([ENTITY_ID, FEATURE]).size().unstack(fill_value=0)
    return counts.rename_axis(columns=None).astype("int64")


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False, compression="zstd", row_group_size=build.ROW_GROUP)
