from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from analytics.errors import NotFoundError
from analytics.warehouse import QueueFilters, Warehouse
from tests.support.tiny_home import MARKUP_ID, MODELS, TinyHome


def ids(frame: pd.DataFrame) -> list[str]:
    return list(frame["entity_id"])


def queue(warehouse: Warehouse, tiny: TinyHome, **chosen: object) -> pd.DataFrame:
    return warehouse.queue(tiny.april, tiny.models, QueueFilters(**chosen))  # type: ignore[arg-type]


def test_queue_is_ordered_by_expected_harm_over_all_types(
    warehouse: Warehouse, tiny: TinyHome
) -> None:
    found = queue(warehouse, tiny)
    assert ids(found)[:7] == ["m1", "m3", "p1", "c1", "p4", "p2", "m2"]
    assert list(found["position"]) == list(range(1, 14))
    assert list(found["expected_harm"])[:3] == [90.0, 60.0, 50.0]


def test_first_row_says_all_about_it(warehouse: Warehouse, tiny: TinyHome) -> None:
    first = queue(warehouse, tiny).iloc[0]
    assert first["model_version"] == MODELS["merchant"]
    # A quarter of m1's harm of 90 is of policies; it was 40 and second in March.
    assert (first["policy_harm"], first["quality_harm"]) == (22.5, 67.5)
    assert (first["rank"], first["previous_rank"], first["previous_harm"]) == (1, 2, 40.0)
    assert (first["in_queue"], first["is_new"]) == (True, False)
    assert first["age_days"] == 304  # from 1 June 2025 to 1 April 2026


def test_order_by_probability_takes_the_larger_of_the_two(
    warehouse: Warehouse, tiny: TinyHome
) -> None:
    found = queue(warehouse, tiny, order="probability")
    assert ids(found)[:4] == ["p5", "m1", "p2", "c1"]
    assert list(found["top_probability"])[:4] == [0.7, 0.6, 0.6, 0.5]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"entity": ("creator",)}, ["c1", "c2"]),
        ({"entity": ("merchant", "creator"), "category": ("fashion",)}, ["m3", "m4"]),
        ({"region": ("BY",)}, ["m3", "m4"]),
        ({"policy": ("P3",)}, ["p4", "p2", "p5"]),
        ({"min_exposure": 100.0}, ["m1", "p1"]),
        ({"max_age": 22}, ["m3", "p4"]),
        ({"min_age": 420}, ["p5", MARKUP_ID, "m4", "p6"]),
        ({"min_probability": 0.6}, ["m1", "p2", "p5"]),
        ({"text": "KIT"}, ["p3"]),
        ({"text": "<b>"}, [MARKUP_ID]),
        ({"text": "%"}, []),
        ({"new_only": True}, ["m3", "c1", "p4"]),
        ({"family": ("ratings",)}, []),
        ({"category": ("' OR 1=1 --",)}, []),
    ],
)
def test_filters(
    warehouse: Warehouse, tiny: TinyHome, chosen: dict[str, object], expected: list[str]
) -> None:
    assert sorted(ids(queue(warehouse, tiny, **chosen))) == sorted(expected)


def test_counts_follow_the_filters(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.counts(tiny.april, tiny.models, QueueFilters(min_exposure=20.0))
    rows = found.set_index("entity_type")
    assert rows["entities"].to_dict() == {"creator": 1, "merchant": 3, "product": 4}
    assert rows["in_queue"].to_dict() == {"creator": 1, "merchant": 2, "product": 2}
    assert rows["expected_harm"].to_dict() == {"creator": 45.0, "merchant": 160.0, "product": 125.0}


def test_pages_join_without_gap(warehouse: Warehouse, tiny: TinyHome) -> None:
    whole = ids(queue(warehouse, tiny))
    pages = [
        warehouse.queue(tiny.april, tiny.models, limit=5, offset=offset) for offset in (0, 5, 10)
    ]
    assert [i for page in pages for i in ids(page)] == whole
    assert list(pages[1]["position"]) == [6, 7, 8, 9, 10]


def test_neighbours_in_the_filtered_queue(warehouse: Warehouse, tiny: TinyHome) -> None:
    merchants = QueueFilters(entity=("merchant",))
    found = warehouse.neighbours(tiny.april, tiny.models, merchants, "merchant", "m3")
    assert list(zip(found["entity_id"], found["step"], strict=True)) == [
        ("m1", -1),
        ("m3", 0),
        ("m2", 1),
    ]
    assert warehouse.neighbours(tiny.april, tiny.models, merchants, "product", "p1").empty


@pytest.mark.parametrize("order", ["harm", "probability"])
def test_neighbours_agree_with_the_list(warehouse: Warehouse, tiny: TinyHome, order: str) -> None:
    filters = QueueFilters(order=order)  # type: ignore[arg-type]
    listed = warehouse.queue(tiny.april, tiny.models, filters)
    keys = list(zip(listed["entity_type"], listed["entity_id"], strict=True))
    for i, (entity, entity_id) in enumerate(keys):
        near = warehouse.neighbours(tiny.april, tiny.models, filters, entity, entity_id)
        found = list(zip(near["entity_type"], near["entity_id"], near["position"], strict=True))
        around = range(max(0, i - 1), min(len(keys), i + 2))
        assert found == [(*keys[j], j + 1) for j in around]


def test_choices_list_what_can_be_filtered(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.choices(tiny.april, tiny.models, ["merchant"])
    regions = found[found["facet"] == "region"]
    assert dict(zip(regions["value"], regions["entities"], strict=True)) == {
        "BY": 2,
        "CA": 2,
        "NY": 1,
    }


def test_queue_reasons_are_of_each_type_s_model(warehouse: Warehouse, tiny: TinyHome) -> None:
    page = queue(warehouse, tiny).head(3)
    found = warehouse.queue_reasons(tiny.april, tiny.models, page, top=1)
    assert set(zip(found["entity_type"], found["entity_id"], found["rank"], strict=True)) == {
        ("merchant", "m1", 1),
        ("merchant", "m3", 1),
        ("product", "p1", 1),
    }


def test_march_knows_nothing_of_what_came_later(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.queue(tiny.march, tiny.models)
    assert {"m3", "p4"}.isdisjoint(ids(found))
    assert not found["is_new"].any()  # there is no snapshot before
    assert found["previous_rank"].isna().all()


def test_overview_sums_by_type(warehouse: Warehouse, tiny: TinyHome) -> None:
    merchants = warehouse.overview(tiny.april, tiny.models).set_index("entity_type").loc["merchant"]
    assert merchants["expected_harm"] == 180.0  # 90 + 20 + 60 + 10 + 0
    assert merchants["queue_harm"] == 150.0  # m1 and m3 reach 30
    assert merchants["previous_harm"] == 100.0
    assert (merchants["in_queue"], merchants["new_in_queue"], merchants["known_before"]) == (
        2,
        1,
        4,
    )


def test_movers_grew_most(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.movers(tiny.april, tiny.models)
    assert list(zip(found["entity_id"], found["harm_change"], strict=True)) == [
        ("m1", 50.0),
        ("c1", 30.0),
        ("p1", 20.0),
        ("p2", 13.0),
    ]
    assert (found.iloc[0]["previous_rank"], found.iloc[0]["rank"]) == (2, 1)


def test_search_finds_the_closest_first(warehouse: Warehouse, tiny: TinyHome) -> None:
    assert ids(warehouse.search(tiny.april, tiny.models, "p1")) == ["p1"]
    assert ids(warehouse.search(tiny.april, tiny.models, "script>")) == ["p5"]
    assert ids(warehouse.search(tiny.april, tiny.models, "K")) == ["p3", "p2"]  # Kite; HYPERLINK
    assert ids(warehouse.search(tiny.april, tiny.models, "m", ["merchant"])) == [
        "m1",
        "m3",
        "m2",
        "m4",
        MARKUP_ID,
    ]
    assert warehouse.search(tiny.april, tiny.models, "  ").empty
    assert warehouse.search(tiny.april, tiny.models, "'; DROP TABLE scores; --").empty


def test_unknown_model_is_named(warehouse: Warehouse, tiny: TinyHome) -> None:
    with pytest.raises(NotFoundError, match="'merchant-nope' has no scores"):
        warehouse.queue(tiny.april, {"merchant": "merchant-nope"})


def test_threads_share_one_warehouse(tiny: TinyHome) -> None:
    shared = Warehouse(tiny.home)

    def read(i: int) -> tuple[list[str], int]:
        snapshot = (tiny.march, tiny.april)[i % 2]
        first = ids(shared.queue(snapshot, tiny.models, QueueFilters(entity=("merchant",))))
        return first, len(shared.orders(snapshot, "merchant", "m1"))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, range(40)))
    shared.close()
    # In March m1 had three lines: o1, o2 and o3.
    assert found[0::2] == [(["m2", "m1", "m4", MARKUP_ID], 3)] * 20
    assert found[1::2] == [(["m1", "m3", "m2", "m4", MARKUP_ID], 6)] * 20


def test_many_views_are_dropped_and_made_again(tiny: TinyHome) -> None:
    reader = Warehouse(tiny.home)
    merchants = {"merchant": tiny.models["merchant"]}
    subsets = [merchants, {"product": tiny.models["product"]}, tiny.models]
    for _ in range(3):
        for snapshot in (tiny.march, tiny.april):
            for models in subsets:
                assert len(reader.queue(snapshot, models)) > 0
            assert len(reader.orders(snapshot, "merchant", "m1")) in (3, 6)
    assert reader.reader.kept_databases <= 24
    reader.close()
