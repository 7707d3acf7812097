"""Rules suggested from decisions on the tiny home, whose model puts P(violation) < 0.3 below."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from analytics.columns import EntityType
from analytics.errors import TooFewLabelsError
from analytics.pipeline import Workbench, open_workbench
from analytics.pipeline.missed import MissedCases, missed_cases
from analytics.retraining.holdout import is_held_out
from analytics.rules.definition import Condition, Group
from analytics.settings import Settings
from tests.support.missed import decide, decide_sixty
from tests.support.review import CLEARED, VIOLATION


@pytest.fixture
def workbench(live_home) -> Iterator[Workbench]:
    opened = open_workbench(Settings(home=live_home.home.path, threads=2))
    yield opened
    opened.close()


def missed(workbench: Workbench, entity: EntityType = "merchant") -> MissedCases:
    bench = workbench
    reader = bench.warehouse.reader
    return missed_cases(bench.home, reader, bench.store, bench.settings, bench.live(), entity)


def test_what_the_model_missed_suggests_a_rule_in_the_features_that_were_shown(
    workbench: Workbench,
) -> None:
    decide_sixty(workbench)
    cases = missed(workbench)
    (found,) = workbench.rules.suggestions(workbench.live(), "merchant")

    grown = cases.X.loc[~cases.held_out & (cases.y == 1), "orders_90d"]
    assert found.definition == Group("all", (Condition("orders_90d", "<=", grown.max()),))
    assert (found.missed, found.hits) == (len(grown), len(grown))
    assert found.held_out_hits + found.hits <= 30
    assert found.precision.value == 1.0
    assert found.is_better


def test_only_decided_cases_below_the_capacity_with_a_feature_row_count(
    workbench: Workbench,
) -> None:
    row = {"orders_90d": 3.0, "invented": 9}
    low = {"features": row, "violation_probability": 0.29}
    first = decide(workbench, "merchant", "below", VIOLATION, **low)
    decide(workbench, "merchant", "cleared", CLEARED, **low)
    decide(workbench, "merchant", "corrected", VIOLATION, **low)
    decide(workbench, "merchant", "served", VIOLATION, features=row, violation_probability=0.3)
    decide(workbench, "merchant", "rowless", VIOLATION, violation_probability=0.1)
    decide(workbench, "merchant", "pruned", VIOLATION, **low, model_version="merchant-gone")
    workbench.store.decisions.overturn(first, "lead", "An appeal was granted")

    cases = missed(workbench)

    assert dict(cases.y) == {"cleared": 0.0, "corrected": 1.0}
    assert "invented" not in cases.X
    assert list(cases.X["orders_90d"]) == [3.0, 3.0]


def test_products_of_one_merchant_are_held_out_together(workbench: Workbench) -> None:
    for product in ("p1", "p2", "p3"):
        decide(
            workbench, "product", product, replace(VIOLATION, policy="P1", action=None),
            features={"price": 9.0}, violation_probability=0.1,
        )  # fmt: skip
    held_out = missed(workbench, "product").held_out
    merchants = held_out.index.to_series().map({"p1": "m1", "p2": "m1", "p3": "m2"})
    by_merchant = is_held_out(merchants, 1 / 3)
    assert dict(held_out) == dict(by_merchant)
    assert held_out["p1"] == held_out["p2"]


def test_without_decisions_it_says_what_is_wanted(workbench: Workbench) -> None:
    with pytest.raises(TooFewLabelsError, match="0 missed violations and 0 cleared cases"):
        workbench.rules.suggestions(workbench.live(), "creator")
