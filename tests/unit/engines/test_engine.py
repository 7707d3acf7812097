"""What every engine must do; DuckDB is the first to run it."""

from datetime import datetime

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.engines import Plan, open_engine
from analytics.errors import InputError
from analytics.settings import Settings

MARCH, APRIL = datetime(2024, 3, 1), datetime(2024, 4, 1)


@pytest.fixture(params=["duckdb://"])
def engine(request):
    engine = open_engine(request.param, Settings(threads=1))
    yield engine
    engine.close()


@pytest.fixture
def days(engine, tmp_path):
    path = tmp_path / "days.parquet"
    at = pa.array([datetime(2024, 2, 1), datetime(2024, 3, 15)], pa.timestamp("us"))
    pq.write_table(pa.table({"at": at, "n": [1.5, None]}), path)
    return engine.read(path)


def test_unknown_url():
    with pytest.raises(InputError, match=r"no query engine for 'postgres://x'.*Use duckdb://"):
        open_engine("postgres://x")


def test_reads_and_nulls_become_nan(engine, days):
    frame = engine.frame(lambda: days.order_by("at"))
    assert frame["n"].tolist()[0] == 1.5
    assert frame["n"].isna().tolist() == [False, True]


def test_few_rows_are_added_up_in_one_order():
    engine = open_engine("duckdb://", Settings(threads=2))
    used = []
    for rows in (10, 10_000_000, 10):
        engine.expect(rows)
        engine.frame(lambda: ibis.range(3).unnest().name("n").as_table())
        used.append(engine.backend.con.execute("SELECT current_setting('threads')").fetchone()[0])
    engine.close()
    assert used == [1, 2, 1]


def test_one_plan_serves_two_moments(engine, days):
    made = []

    def before(moment):
        def make():
            made.append(moment)
            known = days.filter(days["at"] < ibis.timestamp(moment))
            return known.aggregate(n=known.count())

        return make

    counts = [
        engine.frame(before(moment), Plan("before", moment, f"view_{i}_"))["n"].item()
        for i, moment in enumerate((MARCH, APRIL))
    ]
    assert counts == [1, 2]
    assert made == [MARCH]


def test_materialised_tables_are_named_and_released(engine, days):
    kept = engine.materialise(lambda: days, "view_1_days", Plan("days", MARCH, "view_1_"))
    assert engine.frame(lambda: kept)["n"].count() == 1
    engine.release("view_1_days")
    engine.materialise(lambda: days, "view_1_days", Plan("days", MARCH, "view_1_"))


def test_keeps_text_as_text_even_without_a_single_row(engine):
    known = engine.keep(pd.DataFrame({"a": ["x"], "b": [1.0]}), "known")
    for rows in (pd.DataFrame({"a": [], "b": []}, dtype=object), pd.DataFrame({"a": [None]})):
        name = f"kept_{len(rows)}"
        joined = known.left_join(engine.keep(rows, name), "a")
        assert engine.frame(lambda joined=joined: joined)["a"].tolist() == ["x"]


def test_keeps_a_frame_and_writes_it(engine, tmp_path):
    table = engine.keep(pd.DataFrame({"a": ["x", None], "b": [1.0, float("nan")]}), "small")
    engine.write(table.order_by("b"), tmp_path / "small.parquet")
    written = pq.read_table(tmp_path / "small.parquet").to_pylist()
    assert written == [{"a": "x", "b": 1.0}, {"a": None, "b": None}]
