from datetime import datetime

import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.signals.communities.edges import GraphOptions, read_graph

AS_OF = datetime(2026, 3, 1)


def write(tmp_path, name, rows):
    path = tmp_path / f"{name}.parquet"
    pd.DataFrame(rows).to_parquet(path)
    return {name: path}


def link(who, kind, value, first="2026-01-01", last=None):
    kinds = {"m": "merchant", "c": "creator", "b": "buyer", "p": "product"}
    return {
        "entity_type": kinds[who[0]],
        "entity_id": who,
        "kind": kind,
        "value_hash": value,
        "first_seen": pd.Timestamp(first),
        "last_seen": pd.Timestamp(last) if last else pd.NaT,
    }


def order(number, buyer, merchant, placed="2026-02-01", creator=None):
    return {
        "order_id": f"o{number}",
        "line_no": 1,
        "buyer_id": buyer,
        "merchant_id": merchant,
        "product_id": f"p{merchant}",
        "creator_id": creator,
        "placed_at": pd.Timestamp(placed),
        "price": 1.0,
    }


def tied(graph):
    return {
        (edge.src_id, edge.dst_id, edge.relation): round(edge.weight, 6)
        for edge in graph.edges.itertuples()
    }


def test_a_rare_value_ties_more_than_a_common_one(tmp_path):
    rows = [link(who, "device", "d") for who in ("m1", "m2")]
    rows += [link(who, "address", "a") for who in ("m1", "m2", "m3", "c4")]
    graph = read_graph(write(tmp_path, "links", rows), AS_OF)
    edges = tied(graph)
    assert edges[("m1", "m2", "device")] == 0.9
    assert edges[("m1", "m2", "address")] == 0.1  # 0.2 / log2(4)
    assert len(edges) == 7


def test_each_pair_stands_once_with_the_time_from_which_both_had_the_value(tmp_path):
    rows = [
        link("m2", "device", "d", "2026-01-01", "2026-02-20"),
        link("m1", "device", "d", "2026-01-05", "2026-02-10"),
    ]
    edge = read_graph(write(tmp_path, "links", rows), AS_OF).edges.iloc[0]
    assert (edge["src_id"], edge["dst_id"]) == ("m1", "m2")
    assert edge["first_seen"] == pd.Timestamp("2026-01-05")
    assert edge["last_seen"] == pd.Timestamp("2026-02-10")


def test_what_comes_after_the_as_of_is_not_looked_at(tmp_path):
    early = [link("m1", "device", "d"), link("m2", "device", "d")]
    late = [
        link("m3", "device", "d", "2026-03-02"),
        link("m1", "phone", "p", "2026-03-02"),
        link("m2", "phone", "p", "2026-03-02"),
    ]
    (tmp_path / "a").mkdir()
    seen = read_graph(write(tmp_path, "links", early + late), AS_OF)
    expected = read_graph(write(tmp_path / "a", "links", early), AS_OF)
    pd.testing.assert_frame_equal(seen.edges, expected.edges)


def test_a_last_sight_after_the_as_of_is_unknown(tmp_path):
    rows = [link(who, "device", "d", last="2026-03-05") for who in ("m1", "m2")]
    graph = read_graph(write(tmp_path, "links", rows), AS_OF)
    assert graph.edges["last_seen"].isna().all()


def test_a_value_above_the_cap_ties_nobody_and_is_reported(tmp_path):
    rows = [link(f"m{n}", "address", "warehouse") for n in range(5)]
    rows += [link(f"m{n}", "device", "d") for n in range(4)]
    graph = read_graph(write(tmp_path, "links", rows), AS_OF, GraphOptions(cap=4))
    assert set(graph.edges["relation"]) == {"device"}
    assert graph.common.to_dict("records") == [
        {"kind": "address", "value_hash": "warehouse", "sharers": 5}
    ]


def test_buyers_make_a_value_no_commoner_and_are_not_tied_to_each_other(tmp_path):
    rows = [link(who, "device", "d") for who in ("m1", "m2", "b1", "b2")]
    edges = tied(read_graph(write(tmp_path, "links", rows), AS_OF))
    assert edges[("m1", "m2", "device")] == 0.9
    assert edges[("b1", "m1", "device")] == 0.45  # four actors have it
    assert ("b1", "b2", "device") not in edges
    assert len(edges) == 5


def test_the_same_link_twice_is_one(tmp_path):
    rows = [link("m1", "device", "d"), link("m1", "device", "d", "2026-01-09")]
    rows += [link("m2", "device", "d")]
    graph = read_graph(write(tmp_path, "links", rows), AS_OF)
    assert tied(graph) == {("m1", "m2", "device"): 0.9}
    assert graph.edges["first_seen"].iloc[0] == pd.Timestamp("2026-01-01")


def crowd():
    """Ten shops, each with ten buyers of its own."""
    return [order(100 + n, f"own{n}", f"m{n % 10}") for n in range(100)]


def test_shops_with_the_same_circle_of_buyers_are_tied(tmp_path):
    circle = [order(n, f"b{n % 5}", f"m{n // 5}") for n in range(10)]
    graph = read_graph(write(tmp_path, "orders", crowd() + circle), AS_OF)
    # 5 in common of 15 buyers each, far beyond what chance gives: a third counts as all of them.
    (edge,) = graph.edges.to_dict("records")
    assert (edge["src_id"], edge["dst_id"], edge["relation"]) == ("m0", "m1", "buyers")
    # Expected: 15 · 15 · Σ d(d−1) / (Σ d)² = 225 · (5 · 2) / 110².
    expected = 225 * 10 / 110**2
    assert edge["weight"] == pytest.approx(0.6 * 3 * (5 - expected) / 15)


def test_buyers_whom_a_creator_sends_tie_no_shops(tmp_path):
    circle = [order(n, f"b{n % 5}", f"m{n // 5}", creator="c1") for n in range(10)]
    edges = read_graph(write(tmp_path, "orders", crowd() + circle), AS_OF).edges
    assert "buyers" not in set(edges["relation"])


def test_orders_after_the_as_of_tie_no_shops(tmp_path):
    circle = [order(n, f"b{n % 5}", f"m{n // 5}", "2026-03-02") for n in range(10)]
    assert read_graph(write(tmp_path, "orders", crowd() + circle), AS_OF).edges.empty


def test_creator_and_merchant_who_live_off_each_other_are_tied(tmp_path):
    rows = [order(n, f"b{n}", "m1", creator="c1") for n in range(4)]
    rows += [order(n, f"b{n}", "m1") for n in range(4, 16)]
    graph = read_graph(write(tmp_path, "orders", rows), AS_OF)
    # A quarter of the shop's orders, all of the creator's: sqrt(1/4 · 1) = 1/2.
    assert tied(graph) == {("c1", "m1", "sales"): 0.05}


def test_copied_titles_tie_shops_from_the_export_on_only(tmp_path):
    rows = [{"product_id": f"p{n}", "merchant_id": f"m{n // 10}", "title": f"Goods {n}",
             "listed_at": pd.Timestamp("2026-01-01")} for n in range(100)]  # fmt: skip
    copied = [row | {"product_id": f"q{n}", "merchant_id": "m9", "title": f"GOODS - {n}!"}
              for n, row in enumerate(rows[:5])]  # fmt: skip
    tables = write(tmp_path, "products", rows + copied)
    (edge,) = read_graph(tables, AS_OF, exported_at=AS_OF).edges.to_dict("records")
    assert (edge["src_id"], edge["dst_id"], edge["relation"]) == ("m0", "m9", "titles")
    with pytest.raises(InputError, match="No table says"):
        read_graph(tables, AS_OF, exported_at=datetime(2026, 3, 2))


def test_products_shown_tie_a_creator_to_the_shop(tmp_path):
    when = pd.Timestamp("2026-02-01")
    tables = write(tmp_path, "products", [{"product_id": "p1", "merchant_id": "m1"}])
    tables |= write(tmp_path, "contents",
                    [{"content_id": "v1", "creator_id": "c1", "started_at": when}])  # fmt: skip
    shown = [{"content_id": "v1", "product_id": "p1", "shown_at": when + pd.Timedelta(n, "min")}
             for n in range(3)]  # fmt: skip
    tables |= write(tmp_path, "content_products", shown)
    graph = read_graph(tables, AS_OF)
    assert tied(graph) == {("c1", "m1", "shown"): 0.1}
    assert graph.skipped["shared values"] == "there is no table links"


def test_an_empty_table_gives_an_empty_graph(tmp_path):
    rows = pd.DataFrame([link("m1", "device", "d")]).iloc[:0]
    rows.to_parquet(tmp_path / "links.parquet")
    graph = read_graph({"links": tmp_path / "links.parquet"}, AS_OF)
    assert graph.edges.empty
    assert list(graph.skipped) == [
        "buyers in common", "titles in common", "sales of creators", "products shown"
    ]  # fmt: skip


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"No table says.*Give links"):
        read_graph({}, AS_OF)
    short = write(tmp_path, "links", [{"entity_type": "merchant", "entity_id": "m1", "kind": "x"}])
    with pytest.raises(InputError, match="links lacks the column value_hash"):
        read_graph(short, AS_OF)
    (tmp_path / "orders.parquet").write_text("no parquet")
    with pytest.raises(InputError, match=r"orders cannot be read from orders\.parquet"):
        read_graph({"orders": tmp_path / "orders.parquet"}, AS_OF)


def test_options_out_of_range_are_refused():
    with pytest.raises(InputError, match="at least 2"):
        GraphOptions(cap=1)
    with pytest.raises(InputError, match="strength of device"):
        GraphOptions(strength={"device": 2.0})


def test_hostile_values_are_only_values(tmp_path):
    evil = "x'); DROP TABLE holders; --"
    rows = [link(who, evil, evil) for who in ("m1", "m2")]
    edges = tied(read_graph(write(tmp_path, "links", rows), AS_OF))
    assert edges == {("m1", "m2", evil): 0.5}
