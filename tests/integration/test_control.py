"""What the random cases say, from the shell: on the tiny home with rounds of other merchants."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.pipeline import Workbench, open_workbench
from analytics.settings import Settings
from tests.support.drawn import decide_all, draw_rounds


@pytest.fixture
def workbench(live_home) -> Iterator[Workbench]:
    opened = open_workbench(Settings(home=live_home.home.path, threads=2))
    draw_rounds(opened.store, opened.live(), rounds=3)
    yield opened
    opened.close()


def portreeve(home: Path, *words: str) -> Result:
    environment = {"PORTREEVE_HOME": str(home), "PORTREEVE_THREADS": "2"}
    return CliRunner().invoke(app, words, env=environment, catch_exceptions=False)


def test_too_few_then_estimates_with_intervals(workbench: Workbench) -> None:
    home = workbench.home.path
    few = portreeve(home, "estimate", "--entity", "merchant")
    assert few.exit_code == 0
    assert "Nothing is estimated: 0 random cases decided; an estimate takes 20." in few.stdout

    decide_all(workbench.store, every=10)
    found = json.loads(portreeve(home, "estimate", "--entity", "merchant", "--json").stdout)

    assert found["entity"] == "merchant"
    assert found["control"] == 30
    assert 0 <= found["prevalence"]["low"] <= found["prevalence"]["value"]
    # 10 of 100 violate, and every one of them that was drawn is known.
    assert found["prevalence"]["low"] <= 0.1 <= found["prevalence"]["high"]
    assert found["precision"] is not None
    said = portreeve(home, "estimate", "--entity", "merchant").stdout
    assert "Prevalence: " in said
    assert "From 30 random cases, 90 % intervals." in said


def test_a_model_whose_files_are_gone_leaves_prevalence_alone(workbench: Workbench) -> None:
    decide_all(workbench.store, every=10)
    for meta in workbench.home.path.glob("snapshots/*/scores/merchant-*/meta.json"):
        meta.unlink()
    found = workbench.estimates("merchant")
    assert found.prevalence is not None
    assert found.precision is None


def test_the_planner(workbench: Workbench) -> None:
    home = workbench.home.path
    words = ("plan-control", "--entity", "merchant", "--half-width", "0.05", "--days", "10")
    plan = json.loads(portreeve(home, *words, "--json").stdout)
    assert (plan["prevalence"], plan["decided"]) == (0.05, 0)  # as assumed
    assert plan["missing"] == plan["needed"] <= 100
    assert plan["share"] == -(-plan["missing"] // 10) / 100
    assert "Within 10 days: control_share = " in portreeve(home, *words).stdout


def test_a_plan_without_a_round_or_with_a_wrong_width_says_what_to_do(workbench, live_home) -> None:
    wrong = portreeve(live_home.home.path, "plan-control", "-e", "merchant", "--half-width", "2")
    assert wrong.exit_code == 1
    assert "must lie between 0 and 0.5" in wrong.stderr


def test_a_queue_policy_of_the_settings_sees_the_stored_contributions(live_home) -> None:
    settings = Settings(home=live_home.home.path, threads=2, queue_policy="diversity")
    opened = open_workbench(settings)
    assert opened.sync_cases(refill=True).opened > 0
    assert "diversity" in set(opened.store.queue.frame("merchant")["policy"])
    opened.close()
