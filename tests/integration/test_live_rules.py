"""Live rules on the tiny home: the cases they open, and what they say on a case."""

from collections.abc import Iterator

import pytest

from analytics.pipeline import Workbench, open_workbench
from analytics.review.rules import Rule
from analytics.rules.definition import Condition, Definition, Expression, Group
from analytics.settings import Settings

LATE = Group("all", (Condition("late_dispatch_90d", ">", 0.05),))  # m1 60 %, m2 20 %, m4 10 %


@pytest.fixture
def workbench(live_home) -> Iterator[Workbench]:
    settings = Settings(home=live_home.home.path, review_capacity=1, control_share=0, threads=2)
    opened = open_workbench(settings)
    yield opened
    opened.close()


def rule(workbench: Workbench, name: str, definition: Definition, *states: str) -> Rule:
    rules = workbench.store.rules
    made = rules.add("merchant", name, definition, "ana", "Buyers wait", policy="M2")
    for state in states:
        made = rules.move(made.id, state, "ana", "It is right")
    return made


def fired(workbench: Workbench) -> dict:
    return workbench.rules.fired(workbench.live())


def test_only_live_rules_fire(workbench: Workbench) -> None:
    rule(workbench, "Draft", LATE)
    rule(workbench, "Shadow", LATE, "shadow")
    assert fired(workbench) == {}
    rule(workbench, "Live", LATE, "shadow", "live")
    rule(workbench, "In SQL", Expression("late_dispatch_90d > 0.05"), "shadow", "live")

    both = ["In SQL", "Live"]
    assert fired(workbench) == {"merchant": {"m1": both, "m2": both, "m4": both}}


def test_a_live_rule_opens_cases_with_the_next_round(workbench: Workbench) -> None:
    rule(workbench, "Late <b>shops</b>", LATE, "shadow", "live")

    report = workbench.sync_cases(refill=True)

    (opened,) = (e for e in report.entities if e.entity_type == "merchant")
    assert (opened.opened, opened.by_rule) == (2, 1)
    cases = {i: workbench.store.cases.find("merchant", i) for i in ("m1", "m2", "m3", "m4")}
    # m1 had a case, m3 is next by harm, and of m2 and m4 the capacity has room for one.
    assert (cases["m1"].opened_by, cases["m3"].opened_by) == ("build", "build")
    assert (cases["m2"].opened_by, cases["m4"]) == ("rule", None)
    assert cases["m2"].opened_reason == "Queued because a live rule fires: “Late <b>shops</b>”."


def test_a_case_tells_the_rule_with_its_values(workbench: Workbench) -> None:
    made = rule(workbench, "Late", LATE, "shadow", "live")

    ((found, told),) = workbench.rules.firing(workbench.live(), "merchant", "m1")

    assert found == made
    assert told == ("Rule “Late” fires: Late dispatch rate, in the last 90 days 60 % (> 5 %).")
    assert workbench.rules.firing(workbench.live(), "merchant", "nobody") == []
    assert workbench.rules.firing(workbench.live(), "product", "p1") == []


def test_a_rule_whose_feature_is_gone_stops_no_round(
    workbench: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    rule(workbench, "Old", Group("all", (Condition("gone", ">", 1),)), "shadow", "live")
    assert fired(workbench) == {}
    assert "Rule 'Old v1' hits nobody" in caplog.text
    assert workbench.rules.firing(workbench.live(), "merchant", "m1") == []
    workbench.sync_cases(refill=True)
