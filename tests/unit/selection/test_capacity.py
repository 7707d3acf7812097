"""The capacity planner and the weights of cases, on one round worked out by hand."""

import math

import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.model.metrics import wilson
from analytics.selection.capacity import cases_per_day, plan_capacity
from analytics.selection.weights import weighted_cases

AT = pd.Timestamp("2026-05-04")
CONTROL_OF_THE_REST = 20


def case(entity: str, p: float, y: float, *, is_top: bool, run: float = 1.0, gmv: float = 100.0):
    return {
        "run_id": run,
        "entity_id": entity,
        "at": AT,
        "population": 100,
        "violation_probability": p,
        "expected_harm": p * gmv,
        "gmv_at_risk": gmv,
        "threshold": 0.5,
        "is_top": is_top,
        "is_control": not is_top,
        "decided_at": AT,
        "y": y,
    }


def one_round(**changes: float) -> pd.DataFrame:
    """Of 100: 10 for certain, of which 6 violate; 20 of the other 90 by chance, of which 2 do."""
    top = [case(f"t{n}", 0.9 if n < 8 else 0.4, float(n < 6), is_top=True) for n in range(10)]
    rest = [
        case(f"r{n}", 0.6 if n == 0 else 0.1, float(n < 2), is_top=False, **changes)
        for n in range(CONTROL_OF_THE_REST)
    ]
    return pd.DataFrame(top + rest)


def scores(name: str = "violation_probability") -> pd.Series:
    """Today's 100 scores: 8 of 0.9, 4 of 0.6, 2 of 0.4, 86 of 0.1."""
    values = [0.9] * 8 + [0.6] * 4 + [0.4] * 2 + [0.1] * 86
    return pd.Series(values, name=name)


def test_hours_and_seconds_give_whole_cases() -> None:
    assert cases_per_day(6.5, 240) == 97
    assert cases_per_day(1, 3600) == 1
    for hours, seconds in ((0, 60), (1, 3601), (math.nan, 60), (1, -1)):
        with pytest.raises(InputError, match="at least one case"):
            cases_per_day(hours, seconds)


def test_what_a_capacity_gives() -> None:
    plan = plan_capacity(one_round(), scores(), 12, missed_cost=5.0)
    assert (plan.entities, plan.capacity) == (100, 12)
    row = plan.at(12)
    # From 0.6 on: 6 of the top's 8, and of the rest 1 of 20 (a violator), which stands for 4.5.
    hit, wrong, missed = 6 + 4.5, 2.0, 4.5
    assert row["threshold"] == 0.6
    assert row["precision"] == pytest.approx(hit / (hit + wrong))
    assert row["recall"] == pytest.approx(hit / (hit + missed))
    assert row["caught"] == pytest.approx(hit * 100)
    assert row["missed"] == pytest.approx(missed * 100)
    assert row["cost"] == pytest.approx(5 * missed + wrong)
    low, high = wilson(1 / 20, 20 / (1 - 20 / 90))
    assert row["missed_low"] == pytest.approx(90 * low * 100)
    assert row["missed_high"] == pytest.approx(90 * high * 100)


def test_of_those_with_the_score_of_the_last_a_share_is_within_the_capacity() -> None:
    row = plan_capacity(one_round(), scores(), 10, missed_cost=5.0).at(10)
    hit = 6 + 4.5 / 2  # 2 of the 4 with 0.6 are within
    assert row["precision"] == pytest.approx(hit / (hit + 2))
    assert row["cost"] == pytest.approx(5 * (4.5 + 4.5 / 2) + 2)


def test_reviewing_all_misses_nothing_and_hits_all_the_honest() -> None:
    row = plan_capacity(one_round(), scores(), 100, missed_cost=5.0).at(100)
    assert (row["recall"], row["missed"]) == (1.0, 0.0)
    assert row["missed_high"] > 0  # nothing missed was seen, which is not the same as nothing
    assert row["cost"] == pytest.approx(100 - 15)


def test_the_dearer_a_miss_the_more_should_be_reviewed() -> None:
    cheap = plan_capacity(one_round(), scores(), 10, missed_cost=0.1)
    dear = plan_capacity(one_round(), scores(), 10, missed_cost=50.0)
    assert cheap.cheapest < dear.cheapest
    assert dear.cheapest == 100


def test_an_amount_is_weighed_by_its_size() -> None:
    row = plan_capacity(one_round(gmv=10.0), scores(), 12, missed_cost=1.0).at(12)
    assert row["caught"] == pytest.approx(6 * 100 + 4.5 * 10)
    assert row["missed"] == pytest.approx(4.5 * 10)


def test_more_than_all_cannot_be_reviewed() -> None:
    assert plan_capacity(one_round(), scores(), 5000, missed_cost=1.0).capacity == 100


def test_too_few_random_cases_give_no_plan_and_wrong_numbers_an_error() -> None:
    assert plan_capacity(one_round().iloc[:-1], scores(), 5, missed_cost=1.0) is None
    assert plan_capacity(one_round(), scores().iloc[:0], 5, missed_cost=1.0) is None
    for capacity, cost in ((0, 1.0), (5, 0.0), (5, math.nan)):
        with pytest.raises(InputError, match="must be positive"):
            plan_capacity(one_round(), scores(), capacity, missed_cost=cost)


def test_each_decided_case_stands_for_its_part_of_the_round() -> None:
    cases = one_round()
    cases.loc[0, "y"] = math.nan  # waits: the other nine of the top list stand for it
    by_hand = pd.DataFrame([case("h", 0.5, 1.0, is_top=False, run=-1.0)])
    found = weighted_cases(pd.concat([cases, by_hand]))
    assert len(found) == 29
    assert set(found.loc[found["is_top"], "weight"]) == {10 / 9}
    assert set(found.loc[~found["is_top"], "weight"]) == {4.5}
    assert found["weight"].sum() == pytest.approx(100)
