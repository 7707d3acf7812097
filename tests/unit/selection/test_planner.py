import pytest

from analytics.errors import InputError
from analytics.model.metrics import wilson
from analytics.selection.planner import control_cases, plan_control

USUAL = {
    "prevalence": 0.05,
    "entities": 1_000_000,
    "decided": 0,
    "capacity": 100,
    "control_share": 0.05,
}


def half(cases: int, prevalence: float) -> float:
    low, high = wilson(prevalence, cases)
    return (high - low) / 2


def test_the_fewest_cases_that_give_the_width() -> None:
    needed = control_cases(0.02, 0.05, 10**9)
    # About 1.645² · .05 · .95 / .02² = 321.
    assert 315 <= needed <= 335
    assert half(needed, 0.05) <= 0.02 < half(needed - 1, 0.05)


def test_few_entities_need_fewer_cases_and_never_more_than_there_are() -> None:
    many, some, few = (control_cases(0.02, 0.05, n) for n in (10**9, 1_000, 100))
    assert few < some < many
    assert control_cases(0.001, 0.5, 100) == 100
    assert control_cases(0.4, 0.5, 5) == 5


@pytest.mark.parametrize(("half_width", "prevalence"), [(0.0, 0.1), (0.5, 0.1), (0.02, 1.2)])
def test_what_is_no_share_is_refused(half_width: float, prevalence: float) -> None:
    with pytest.raises(InputError, match="must lie between"):
        control_cases(half_width, prevalence, 1_000)


def test_a_plan_counts_the_days_and_what_would_be_faster() -> None:
    plan = plan_control(0.02, **(USUAL | {"decided": 20}), days=30)
    assert plan.missing == plan.needed - 20
    assert (plan.per_day, plan.days) == (5, -(-plan.missing // 5))
    assert plan.share == -(-plan.missing // 30) / 100
    assert f"at 5 a day they take {plan.days} days" in plan.summary()
    assert f"control_share = {plan.share:.3f}" in plan.summary()


def test_nothing_is_missing_any_more() -> None:
    plan = plan_control(0.02, **(USUAL | {"decided": 5_000}))
    assert (plan.missing, plan.days, plan.share) == (0, 0, None)
    assert "There are enough" in plan.summary()


def test_an_interval_that_is_narrow_enough_already_needs_no_more() -> None:
    assert plan_control(0.02, **USUAL, reached=0.02).missing == 0
    assert plan_control(0.02, **USUAL, reached=0.03).missing > 0


def test_without_a_control_sample_no_day_is_named() -> None:
    plan = plan_control(0.02, **(USUAL | {"control_share": 0.0}), days=1)
    assert (plan.per_day, plan.days) == (0, None)
    assert "control_share is 0" in plan.summary()
    assert plan.share > 1
    assert "more than a day's capacity" in plan.summary()


def test_no_day_is_no_plan() -> None:
    with pytest.raises(InputError, match="at least 1"):
        plan_control(0.02, **USUAL, days=0)
    with pytest.raises(InputError, match="no entity"):
        plan_control(0.02, **(USUAL | {"entities": 0}))
