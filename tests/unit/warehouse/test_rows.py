import pytest

from analytics.errors import NotFoundError
from analytics.warehouse import Warehouse
from tests.support.tiny_home import BANK, DEVICE, MARKUP_ID, TinyHome


def test_orders_show_only_what_was_known(warehouse: Warehouse, tiny: TinyHome) -> None:
    march = warehouse.orders(tiny.march, "merchant", "m1").set_index("order_id")
    april = warehouse.orders(tiny.april, "merchant", "m1").set_index("order_id")
    assert list(march.index) == ["o3", "o2", "o1"]
    assert list(april.index) == ["o7", "o4", "o5", "o3", "o2", "o1"]
    # o2 was refunded and o3 cancelled in March only.
    assert march["status"].to_dict() == {
        "o1": "delivered",
        "o2": "delivered",
        "o3": "not shipped in time",
    }
    assert april.loc["o2", "status"] == "refunded"
    assert april.loc["o3", "status"] == "cancelled"
    assert april["is_late"].to_dict() == {
        "o1": False,
        "o2": True,
        "o3": False,
        "o4": False,
        "o5": False,
        "o7": True,
    }
    assert april.loc["o2", "amount"] == 60.0  # three at 20


@pytest.mark.parametrize(
    ("entity", "entity_id", "expected"),
    [
        ("merchant", "m2", ["o5"]),
        ("product", "p2", ["o4", "o3"]),
        ("creator", "c1", ["o2", "o1"]),
        ("merchant", MARKUP_ID, []),
    ],
)
def test_orders_of_each_type(
    warehouse: Warehouse, tiny: TinyHome, entity: str, entity_id: str, expected: list[str]
) -> None:
    found = warehouse.orders(tiny.april, entity, entity_id)  # type: ignore[arg-type]
    assert list(found["order_id"]) == expected


def test_pages_of_orders(warehouse: Warehouse, tiny: TinyHome) -> None:
    page = warehouse.orders(tiny.april, "merchant", "m1", limit=2, offset=2)
    assert list(page["order_id"]) == ["o5", "o3"]


def test_refunds(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.refunds(tiny.april, "merchant", "m1")
    assert list(zip(found["order_id"], found["refund_amount"], strict=True)) == [("o2", 60.0)]
    assert warehouse.refunds(tiny.march, "merchant", "m1").empty


def test_review_of_a_shared_order_is_everybody_s_and_says_so(
    warehouse: Warehouse, tiny: TinyHome
) -> None:
    found = warehouse.reviews(tiny.april, "merchant", "m1")
    assert list(zip(found["review_id"], found["is_shared"], strict=True)) == [
        ("r4", False),
        ("r3", True),
        ("r2", False),
        ("r1", False),
    ]
    assert list(warehouse.reviews(tiny.april, "merchant", "m2")["review_id"]) == ["r3"]
    assert list(warehouse.reviews(tiny.april, "product", "p3")["review_id"]) == ["r3"]
    assert list(warehouse.reviews(tiny.april, "creator", "c1")["review_id"]) == ["r2", "r1"]


def test_products_with_what_they_sold(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.products(tiny.april, "merchant", "m1").set_index("product_id")
    # p1: o1 20, o2 60, o5 20, o7 20; p2: o3 10, o4 10
    assert found["gmv"].to_dict() == {"p1": 120.0, "p2": 20.0}
    assert found["cancelled"].to_dict() == {"p1": 0, "p2": 1}
    assert list(warehouse.products(tiny.april, "product", "p2")["product_id"]) == ["p1", "p2"]
    assert list(warehouse.products(tiny.april, "creator", "c1")["product_id"]) == ["p1", "p3"]
    # A title has no date: before the export it is not known.
    assert warehouse.products(tiny.march, "merchant", "m1")["title"].isna().all()


def test_contents_and_their_counters(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.contents(tiny.april, "creator", "c1")
    assert list(zip(found["content_id"], found["views"], strict=True)) == [("v2", 500), ("v1", 900)]
    assert list(warehouse.contents(tiny.march, "creator", "c1")["content_id"]) == ["v1"]
    assert list(warehouse.contents(tiny.april, "merchant", "m2")["content_id"]) == ["v2"]
    assert list(warehouse.contents(tiny.april, "product", "p1")["content_id"]) == ["v1"]


def test_events(warehouse: Warehouse, tiny: TinyHome) -> None:
    assert list(warehouse.events(tiny.april, "merchant", "m1")["event_id"]) == ["e2", "e1"]
    assert list(warehouse.events(tiny.march, "merchant", "m1")["event_id"]) == ["e1"]


def test_links_say_who_shares_them(warehouse: Warehouse, tiny: TinyHome) -> None:
    april = warehouse.links(tiny.april, "merchant", "m1")
    assert list(april["value_hash"]) == [DEVICE, BANK]
    assert list(april["others"]) == [2, 0]
    assert list(april["shared_with"].iloc[0]) == ["merchant m4", "buyer b1"]
    march = warehouse.links(tiny.march, "merchant", "m1")
    assert list(march["others"]) == [1, 0]  # the buyer was seen on it in mid-March
    assert march["last_seen"].isna().all()


def test_past_decisions(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.past_decisions(tiny.april, "merchant", "m1")
    assert list(found["policy"]) == ["M2"]
    assert list(found["outcome"]) == ["violation"]


def test_row_counts(warehouse: Warehouse, tiny: TinyHome) -> None:
    assert warehouse.row_counts(tiny.april, "merchant", "m1") == {
        "orders": 6,
        "refunds": 1,
        "reviews": 4,
        "products": 2,
        "contents": 1,
        "events": 2,
        "links": 2,
        "past_decisions": 1,
    }


def test_timeline_puts_everything_on_one_axis(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.timeline(tiny.april, "merchant", "m1")
    assert found["lane"].value_counts().to_dict() == {
        "orders": 6,
        "ratings": 4,
        "late dispatch": 2,
        "events": 2,
        "refunds": 1,
        "cancellations": 1,
        "contents": 1,
        "past decisions": 1,
    }
    assert found["at"].is_monotonic_increasing
    assert (found["at"] <= "2026-04-01").all()


def test_timeline_counts_where_there_are_too_many(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.timeline(tiny.april, "merchant", "m1", max_points=10)
    assert set(found["bucket"]) == {"month"}
    orders = found[found["lane"] == "orders"]
    # January 20; February 60 and 10; March 20, 10 and 20
    assert list(zip(orders["count"], orders["value"], strict=True)) == [
        (1, 20.0),
        (2, 70.0),
        (3, 50.0),
    ]


def test_header_of_an_entity(warehouse: Warehouse, tiny: TinyHome) -> None:
    header = warehouse.entity(tiny.april, tiny.models, "merchant", "m1")
    assert header["country"] == "US"
    assert (header["rank"], header["entities"], header["peers"]) == (1, 5, 3)
    product = warehouse.entity(tiny.april, tiny.models, "product", "p4")
    assert (product["merchant_id"], product["title"]) == ("m3", "Scarf")
    assert product["quality_probability"] is None


@pytest.mark.parametrize("entity_id", ["m3", "nobody", "' OR 1=1 --"])
def test_who_is_not_known_is_not_found(
    warehouse: Warehouse, tiny: TinyHome, entity_id: str
) -> None:
    with pytest.raises(NotFoundError, match="There is no merchant"):
        warehouse.entity(tiny.march, tiny.models, "merchant", entity_id)


def test_contributions_with_values(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.contributions(
        tiny.april, tiny.models["merchant"], "merchant", "quality", "m1"
    )
    assert list(found["feature"]) == [
        "orders_90d",
        "late_dispatch_90d",
        "low_rating_90d",
        "refund_90d",
    ]
    assert list(found["contribution"].round(6)) == [9.0, 0.6, 0.3, 0.0]
    assert list(found["value"].round(6))[:3] == [9.0, 0.6, 0.3]
    assert found["value"].isna().iloc[3]
    assert warehouse.base_value(tiny.april, tiny.models["merchant"], "quality") == -1.0


def test_risk_history_is_oldest_first(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.risk_history(tiny.april, tiny.models, "merchant", "m1")
    assert list(found["snapshot_id"]) == [tiny.march, tiny.april]
    assert list(found["expected_harm"]) == [40.0, 90.0]
    later = warehouse.risk_history(tiny.april, tiny.models, "merchant", "m3")
    assert list(later["expected_harm"]) == [60.0]


def test_count_of_one_table(warehouse: Warehouse, tiny: TinyHome) -> None:
    rows = warehouse.rows(tiny.march, "merchant", "m1")
    assert [rows.count(t) for t in ("orders", "refunds", "reviews", "products", "contents")] == [
        3,
        0,
        2,
        2,
        1,
    ]


def test_large_tables_are_read_from_their_file(
    tiny: TinyHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.warehouse.masked.MEMORY_ROWS", 4)
    reader = Warehouse(tiny.home)
    for snapshot, lines in ((tiny.march, 3), (tiny.april, 6)):
        assert len(reader.orders(snapshot, "merchant", "m1")) == lines
    assert reader.row_counts(tiny.april, "merchant", "m1")["reviews"] == 4
    reader.close()


def test_warming_prepares_and_keeps_errors_to_the_page(tiny: TinyHome) -> None:
    reader = Warehouse(tiny.home)
    reader.warm(tiny.april, tiny.models, after_s=0).join()
    assert reader.reader.kept_databases == 2
    reader.warm("no-such-snapshot", tiny.models, after_s=0).join()
    reader.close()
