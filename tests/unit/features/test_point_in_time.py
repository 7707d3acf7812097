"""No feature moves when a fact changes that was known only after the as-of."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.columns import ENTITY_TYPES
from analytics.features.as_of import AsOf
from analytics.features.build import feature_frame
from analytics.settings import Settings
from analytics.snapshots.contract import EXPORT, ROW, TABLES
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables
from sample_data.generator import generate
from tests.support.views import engine


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    generate(folder, merchants=40, seed=3)
    source = open_tables(folder / "tables")
    return ingest(source, Home(folder / "home"), settings=Settings(threads=2)).dataset


def _altered(table: pa.Table, name: str, as_of: datetime, rng: np.random.Generator) -> pa.Table:
    """Drop, move and swap what was not known at `as_of`, and nothing else."""
    contract = TABLES[name]
    old = table.to_pandas(types_mapper=pd.ArrowDtype)
    new = old.copy()
    is_later = (old[contract.known_at] > as_of).fillna(True).to_numpy(bool)
    for column in contract.columns:
        dated_by = contract.known(column)
        if dated_by == ROW:
            unknown = is_later
        elif dated_by == EXPORT:
            unknown = np.ones(len(old), bool)
        else:
            unknown = is_later | (old[dated_by] > as_of).fillna(True).to_numpy(bool)
        if column in contract.key or column == contract.known_at or not unknown.any():
            continue
        values = old.loc[unknown, column].sample(frac=1, random_state=rng.integers(2**31))
        new.loc[unknown, column] = values.to_numpy()
        if dated_by == column:  # may lie in the past of its new row, but never before the as-of
            gone = unknown & (rng.random(len(old)) < 0.3)
            new.loc[gone, column] = None
    kept = ~is_later | (rng.random(len(old)) < 0.6)
    return pa.Table.from_pandas(new[kept], schema=table.schema, preserve_index=False)


def _features(dataset, as_of):
    with AsOf(engine(), dataset, as_of) as view:
        return {entity: feature_frame(view, entity) for entity in ENTITY_TYPES}


@pytest.mark.slow
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.integers(60, 300), seed=st.integers(0, 2**16))
def test_later_facts_change_nothing(dataset, days, seed):
    as_of = dataset.manifest.exported_at - timedelta(days=days)
    before = _features(dataset, as_of)
    rng = np.random.default_rng(seed)
    files = {name: dataset.path(name) for name in TABLES if dataset.has(name)}
    originals = {name: path.read_bytes() for name, path in files.items()}
    try:
        for name, path in files.items():
            pq.write_table(_altered(pq.read_table(path), name, as_of, rng), path)
        after = _features(dataset, as_of)
    finally:
        for name, path in files.items():
            path.write_bytes(originals[name])
    for entity in ENTITY_TYPES:
        assert len(before[entity]) > 5
        pd.testing.assert_frame_equal(before[entity], after[entity], rtol=1e-7, atol=1e-8)


@pytest.mark.slow
def test_earlier_facts_do_change_features(dataset):
    """The control: the same alterations show when the view lies after them."""
    as_of = dataset.manifest.exported_at - timedelta(days=100)
    before = _features(dataset, as_of)
    rng = np.random.default_rng(0)
    path = dataset.path("orders")
    original = path.read_bytes()
    try:
        earlier = as_of - timedelta(days=60)
        pq.write_table(_altered(pq.read_table(path), "orders", earlier, rng), path)
        after = _features(dataset, as_of)
    finally:
        path.write_bytes(original)
    for entity in ENTITY_TYPES:
        changed = ~np.isclose(
            before[entity]["orders_90d"].to_numpy(float),
            after[entity]["orders_90d"].reindex(before[entity].index).to_numpy(float),
        )
        assert changed.mean() > 0.1
