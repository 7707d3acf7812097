from datetime import datetime

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from analytics.columns import ENTITY_TYPES
from analytics.snapshots.contract import EXPORT, ROW, TABLES, TIME, TableContract
from analytics.snapshots.docs import GENERATED, contract_tables
from analytics.snapshots.point_in_time import mask

tables = pytest.mark.parametrize("contract", TABLES.values(), ids=TABLES)


def test_the_tables_of_the_design() -> None:
    assert list(TABLES) == [
        "merchants",
        "creators",
        "products",
        "contents",
        "orders",
        "reviews",
        "content_products",
        "events",
        "links",
        "interactions",
        "extra_features",
        "past_decisions",
    ]
    assert {t.entity for t in TABLES.values() if t.entity} == set(ENTITY_TYPES)
    assert TABLES["orders"].required == (
        "order_id",
        "line_no",
        "merchant_id",
        "product_id",
        "placed_at",
        "price",
    )


@tables
def test_what_a_contract_names_exists(contract: TableContract) -> None:
    columns = set(contract.columns)
    assert {*contract.key, *contract.sort, contract.dated_by} <= columns
    assert {reference.column for reference in contract.references} <= columns
    for column in contract.columns:
        dated_by = contract.known(column)
        assert dated_by in {ROW, EXPORT} or contract.type_of(dated_by) == TIME
        assert contract.doc(column)
    for reference in contract.references:
        assert reference.table is None or reference.table in TABLES


@tables
def test_a_table_stands_after_those_it_refers_to(contract: TableContract) -> None:
    order = list(TABLES)
    for reference in contract.references:
        if reference.table:
            assert order.index(reference.table) < order.index(contract.name)


@tables
def test_stored_rows_have_one_order(contract: TableContract) -> None:
    assert not contract.key or set(contract.key) <= set(contract.sort)
    assert contract.key or set(contract.sort) == set(contract.columns)


def stored(name: str, rows: list[dict]) -> ibis.Table:
    schema = TABLES[name].arrow_schema
    con = ibis.duckdb.connect()
    con.con.register(name, pa.Table.from_pylist(rows, schema=schema))
    return con.table(name)


MARCH, APRIL, MAY = datetime(2024, 3, 1), datetime(2024, 4, 1), datetime(2024, 5, 1)


def masked(table: ibis.Table, as_of: datetime, exported_at: datetime) -> list[dict]:
    frame = mask(table.get_name(), table, as_of, exported_at).to_pandas()
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_a_row_and_its_later_fields_are_known_from_their_own_times() -> None:
    line = {
        "order_id": "o1",
        "placed_at": MARCH,
        "delivered_at": APRIL,
        "cancelled_at": MAY,
        "cancelled_by": "seller",
        "deliver_by": MAY,
    }
    table = stored("orders", [line])
    assert masked(table, datetime(2024, 2, 29), MAY) == []
    early = masked(table, MARCH, MAY)[0]
    assert [early[name] for name in ("delivered_at", "cancelled_at", "cancelled_by")] == [None] * 3
    assert early["deliver_by"] == pd.Timestamp(MAY)
    later = masked(table, APRIL, MAY)[0]
    assert later["delivered_at"] == pd.Timestamp(APRIL)
    assert later["cancelled_by"] is None
    assert masked(table, MAY, MAY)[0]["cancelled_by"] == "seller"


def test_what_has_no_date_is_known_from_the_export() -> None:
    product = {"product_id": "p1", "merchant_id": "m1", "title": "Mug", "known_at": MARCH}
    undated = {"product_id": "p2", "merchant_id": "m1", "title": "Cup", "known_at": None}
    table = stored("products", [product, undated])
    before = masked(table, APRIL, MAY)
    assert [(row["product_id"], row["title"]) for row in before] == [("p1", None)]
    after = masked(table, MAY, MAY)
    assert [(row["product_id"], row["title"]) for row in after] == [("p1", "Mug"), ("p2", "Cup")]


def test_counters_without_a_time_are_known_from_the_export() -> None:
    rows = [
        {"content_id": "v1", "started_at": MARCH, "views": 5, "counted_at": APRIL},
        {"content_id": "v2", "started_at": MARCH, "views": 7},
    ]
    table = stored("contents", rows)
    assert [row["views"] for row in masked(table, MARCH, MAY)] == [None, None]
    assert [row["views"] for row in masked(table, APRIL, MAY)] == [5, None]
    assert [row["views"] for row in masked(table, MAY, MAY)] == [5, 7]


def test_the_documented_contract_is_up_to_date() -> None:
    from analytics.snapshots.docs import PAGE

    assert GENERATED.format(contract_tables()) in PAGE.read_text(encoding="utf-8"), (
        "run `python -m analytics.snapshots.docs`"
    )
