import pytest

from analytics.errors import InputError, NotFoundError
from analytics.warehouse import Warehouse
from tests.support.tiny_home import TinyHome


def test_slice_by_region(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.slice(tiny.april, tiny.models, "merchant", "region").set_index("group")
    assert found["expected_harm"].to_dict() == {"CA": 90.0, "BY": 70.0, "NY": 20.0}
    assert found["in_queue"].to_dict() == {"CA": 1, "BY": 1, "NY": 0}
    assert found.loc["CA", "mean_violation_probability"] == pytest.approx(0.16)  # 0.30 and 0.02


def test_distribution_counts_everybody(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.distribution(
        tiny.april, tiny.models, "merchant", "expected_harm", "region", bins=4
    )
    assert found.groupby("group")["entities"].sum().to_dict() == {"BY": 2, "CA": 2, "NY": 1}


def test_distribution_of_one_value_has_one_bin(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.distribution(tiny.april, tiny.models, "merchant", "volume")
    assert found[["group", "low", "entities"]].to_numpy().tolist() == [["all", 4.0, 5]]


def test_feature_without_values_is_empty(warehouse: Warehouse, tiny: TinyHome) -> None:
    assert warehouse.distribution(tiny.april, tiny.models, "merchant", "refund_90d").empty


def test_scatter_of_a_feature_and_a_measure(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.scatter(
        tiny.april, tiny.models, "merchant", "late_dispatch_90d", "expected_harm"
    )
    assert (found.total, found.is_sampled) == (5, False)
    rows = found.frame.set_index("entity_id")
    assert rows.loc["m1", ["x", "y", "group"]].tolist() == [0.6, 90.0, "toys"]


def test_sample_keeps_the_worst_and_says_of_how_many(warehouse: Warehouse, tiny: TinyHome) -> None:
    first, again = (
        warehouse.scatter(tiny.april, tiny.models, "merchant", "volume", "expected_harm", points=3)
        for _ in range(2)
    )
    assert (len(first.frame), first.total, first.is_sampled) == (3, 5, True)
    assert list(first.frame["entity_id"]) == list(again.frame["entity_id"])


@pytest.mark.parametrize("name", ["nope", "rank; DROP TABLE scores", "entity_id"])
def test_only_measures_and_features_can_be_shown(
    warehouse: Warehouse, tiny: TinyHome, name: str
) -> None:
    with pytest.raises(InputError, match="cannot be shown"):
        warehouse.distribution(tiny.april, tiny.models, "merchant", name)
    with pytest.raises(InputError, match="cannot be shown"):
        warehouse.slice(tiny.april, tiny.models, "merchant", name)


def test_importance_is_a_share_of_all(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.importance(tiny.april, tiny.models["merchant"], "quality")
    # orders_90d: (9 + 2 + 6 + 1 + 0) / 5; late_dispatch_90d: (0.6 + 0.2 + 0.1) / 5
    assert found["mean_abs"].head(2).round(6).tolist() == [3.6, 0.18]
    assert found["share"].sum() == pytest.approx(1.0)


def test_freshness(warehouse: Warehouse, tiny: TinyHome) -> None:
    found = warehouse.freshness(tiny.april, tiny.models)
    assert str(found["as_of"]) == "2026-04-01 00:00:00"
    assert str(found["exported_at"]) == "2026-03-30 00:00:00"
    assert str(found["previous_as_of"]) == "2026-03-01 00:00:00"
    assert str(found["trained_as_of"]["merchant"]) == "2026-02-01 00:00:00"
    assert warehouse.freshness(tiny.march, tiny.models)["previous_as_of"] is None


def test_data_report(warehouse: Warehouse, tiny: TinyHome) -> None:
    report = warehouse.data_report(tiny.home.datasets()[0].dataset_id)
    rows = report.tables.set_index("table")["rows"]
    assert (rows["orders"], rows["merchants"]) == (8, 5)
    assert report.missing_tables == ("interactions", "extra_features")
    assert warehouse.rejects(report.dataset_id, "orders").empty


def test_snapshots_newest_first(warehouse: Warehouse, tiny: TinyHome) -> None:
    assert list(warehouse.snapshots()["snapshot_id"]) == [tiny.april, tiny.march]


def test_model_report(warehouse: Warehouse, tiny: TinyHome) -> None:
    report = warehouse.model_report(tiny.models["merchant"])
    assert report.card["entity"] == "merchant"
    assert report.measured("quality") is None
    with pytest.raises(NotFoundError, match="There is no model"):
        warehouse.model_report("../../etc")
