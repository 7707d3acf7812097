"""The store of typed edges: what is an edge when, what is left out, and one hop of a node."""

from datetime import datetime

import duckdb
import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.signals.graph.store import GraphStore, make_edges, sql, write_store
from analytics.signals.graph.ties import open_edges
from tests.support.views import view_of

MERCHANTS = "merchant_id|registered_at\nm1|2024-01-01\nm2|2024-01-01\nm3|2024-01-01"
PRODUCTS = "product_id|merchant_id|listed_at\np1|m1|2024-01-02\np2|m1|2024-05-01"
CREATORS = "creator_id|joined_at\nc1|2024-01-01"
ORDERS = """order_id|line_no|buyer_id|merchant_id|product_id|creator_id|placed_at|price
o1|1|b1|m1|p1|c1|2024-02-01|5
o1|2|b1|m1|p1|c1|2024-02-01|5
o2|1|b1|m1|p1||2024-03-01|5
o3|1|b1|m1|p1||2024-06-01|5"""
A, B = "a" * 32, "b" * 32
LINKS = f"""entity_type|entity_id|kind|value_hash|first_seen|last_seen
merchant|m1|device|{A}|2024-01-05|2024-06-30
merchant|m2|device|{A}|2024-02-05|2024-02-20
merchant|m3|device|{A}|2024-06-05|
merchant|m1|address|{B}|2024-01-05|
merchant|m2|address|{B}|2024-01-05|
merchant|m3|address|{B}|2024-01-05|"""
TABLES = {
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "creators": CREATORS,
    "orders": ORDERS,
    "links": LINKS,
}
APRIL = datetime(2024, 4, 1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    with view_of(folder / "in", APRIL, **TABLES) as view, open_edges(view) as con:
        tables = {name: view.dataset.path(name) for name in TABLES}
        make_edges(con, tables, APRIL, view.dataset.manifest.exported_at, cap=2)
        totals = write_store(con, folder, "graph_")
    return GraphStore(folder, "graph_"), totals


def _rows(frame: pd.DataFrame) -> list[tuple]:
    shown = frame.assign(
        first_seen=frame["first_seen"].dt.strftime("%m-%d"),
        last_seen=frame["last_seen"].dt.strftime("%m-%d"),
    )
    columns = ["other_type", "other_id", "relation", "times", "first_seen", "last_seen"]
    return list(shown[columns].fillna("").itertuples(index=False, name=None))


def test_one_hop_shows_what_was_known_then(store):
    # Not p2, listed in May; of three orders of b1 two were placed; m3 has the device from June on.
    # The device was last seen in June, so that in April nobody knows when.
    assert _rows(store[0].neighbours("merchant", "m1")) == [
        ("product", "p1", "listing", 1, "01-02", ""),
        ("value", f"device:{A}", "device", 1, "01-05", ""),
        ("buyer", "b1", "orders", 2, "02-01", "03-01"),
        ("creator", "c1", "sales", 1, "02-01", "02-01"),
    ]


def test_the_other_way_round(store):
    assert _rows(store[0].neighbours("value", f"device:{A}")) == [
        ("merchant", "m1", "device", 1, "01-05", ""),
        ("merchant", "m2", "device", 1, "02-05", "02-20"),
    ]


def test_what_too_many_share_links_nobody_and_is_listed(store):
    # Three shops have the address, the cap is two.
    assert store[0].neighbours("value", f"address:{B}").empty
    capped = store[0].table("capped")
    assert capped[["relation", "node_id", "sharers", "edges"]].values.tolist() == [
        ["address", f"address:{B}", 3, 3]
    ]
    assert store[1].capped == 3


def test_an_unknown_node_has_no_neighbours(store):
    assert store[0].neighbours("merchant", "m9").empty
    assert store[0].neighbours("planet", "m1").empty


def test_all_edges_are_one_symmetric_matrix(store):
    matrix = store[0].adjacency()
    assert matrix.nnz == 2 * store[1].kept == 10
    assert abs(matrix - matrix.T).sum() == 0


def test_a_store_that_is_not_whole_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match=r"graph_nodes\.parquet is missing"):
        GraphStore(tmp_path, "graph_")


ROW = "('buyer', {src}, 'merchant', {dst}, 'orders', 1, {first}, {last}, 2, false)"


def _written(folder, *rows: str):
    with duckdb.connect() as con:
        con.execute(sql.NO_EDGES)
        con.execute(f"INSERT INTO edges VALUES {', '.join(rows)}")
        return write_store(con, folder), GraphStore(folder)


def _row(src="'b1'", dst="'m1'", first="'2024-01-02'", last="'2024-01-03'") -> str:
    return ROW.format(src=src, dst=dst, first=first, last=last)


def test_repeated_edges_are_added_up_with_their_whole_time(tmp_path):
    later = _row(first="'2024-03-01'", last="'2024-03-05'")
    totals, store = _written(tmp_path, later, _row())
    assert (totals.given, totals.repeated, totals.kept) == (2, 1, 1)
    assert _rows(store.neighbours("buyer", "b1")) == [
        ("merchant", "m1", "orders", 2, "01-02", "03-05")
    ]


def test_self_loops_and_missing_ends_are_left_out_and_counted(tmp_path):
    loop = "('merchant', 'm1', 'merchant', 'm1', 'orders', 1, NULL, NULL, 2, false)"
    totals, store = _written(tmp_path, _row(), loop, _row(dst="NULL"), _row(src="NULL"))
    assert (totals.self_loops, totals.without_end, totals.repeated, totals.kept) == (1, 2, 0, 1)
    assert len(store.neighbours("merchant", "m1")) == 1


def test_times_out_of_order_end_when_they_begin(tmp_path):
    totals, store = _written(tmp_path, _row(first="'2024-02-01'", last="'2024-01-01'"))
    assert totals.out_of_order == 1
    assert _rows(store.neighbours("buyer", "b1"))[0][-2:] == ("02-01", "02-01")


def test_no_edges_are_a_store_too(tmp_path):
    totals, store = _written(tmp_path, _row(dst="NULL"))
    assert (totals.kept, totals.nodes) == (0, 1)
    assert store.neighbours("merchant", "m1").empty
    assert store.adjacency().nnz == 0


def test_hostile_ids_are_only_data(tmp_path):
    name = "x'); DROP TABLE edges; --"
    _, store = _written(tmp_path, _row(src="'x''); DROP TABLE edges; --'"))
    assert len(store.neighbours("buyer", name)) == 1
    assert store.neighbours("buyer", name)["other_id"].tolist() == ["m1"]
