"""Backtests of rules on rows that can be counted by hand, and on the tiny home."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

from analytics.errors import InputError, NotFoundError
from analytics.pipeline import Workbench, open_workbench
from analytics.rules.backtest import Share, backtest
from analytics.rules.definition import Condition, Expression, Group
from analytics.settings import Settings
from tests.support.tiny_home import TinyHome

AS_OF = pd.Timestamp("2026-04-01")
LATE = Group("all", (Condition("late_dispatch_90d", ">=", 0.2),))  # m1 .60, m2 .20, m4 .10


def test_everything_is_counted_over_the_hits() -> None:
    hits = pd.DataFrame({"entity_id": list("abcd"), "gmv_at_risk": [10.0, 20.0, None, 5.0]})
    labels = pd.DataFrame(
        {"label": [1.0, 1.0, 0.0, 1.0],
         "decided_at": pd.to_datetime(["2026-03-01", "2026-05-01", "2026-05-02", "2026-05-03"])},
        index=["a", "b", "c", "x"],
    )  # fmt: skip
    result = backtest(
        hits, labels, ["a", "z"], {"Other v1": frozenset("cdxy")}, (frozenset("ab"), 4.0),
        snapshot_id="s", as_of=AS_OF, entities=9,
    )  # fmt: skip
    assert (result.hits, result.outside, result.entities) == (4, 3, 9)
    assert (result.precision, result.recall) == (Share(2, 3), Share(2, 3))
    assert result.later == Share(1, 2)
    assert (result.queue.both, result.queue.size, result.queue.jaccard) == (1, 2, 1 / 5)
    other = result.others[0]
    assert (other.label, other.both, other.jaccard) == ("Other v1", 2, 2 / 6)
    assert (result.exposure, result.exposure_outside, result.exposure_unknown) == (35, 25, 1)
    assert (result.new_hits, result.load_per_day) == (2, 0.5)


def test_a_share_has_the_wilson_interval() -> None:
    low, high = Share(8, 10).interval
    # (.8 + 1.645²/20 ± 1.645 √(.8 × .2 / 10 + 1.645² / 400)) / (1 + 1.645²/10)
    assert (low, high) == (pytest.approx(0.54077, abs=1e-5), pytest.approx(0.93145, abs=1e-5))
    assert Share(8, 10).words() == "80 % (54 % to 93 %), 8 of 10"
    assert (Share(0, 0).value, Share(0, 0).interval, Share(0, 0).words()) == (
        None, None, "not known",
    )  # fmt: skip


@pytest.fixture
def workbench(live_home: TinyHome) -> Iterator[Workbench]:
    made = open_workbench(Settings(home=live_home.home.path, review_capacity=2, threads=2))
    yield made
    made.close()


def test_a_rule_on_stored_features(workbench: Workbench) -> None:
    live = workbench.live()
    hits = workbench.rules.hits(live, "merchant", LATE)
    assert hits["entity_id"].tolist() == ["m1", "m2"]
    assert hits["late_dispatch_90d"].tolist() == [0.6, 0.2]
    same = Expression("late_dispatch_90d BETWEEN 0.2 AND 1")
    assert workbench.rules.hits(live, "merchant", same)["entity_id"].tolist() == ["m1", "m2"]
    unknown = Group("all", (Condition("refund_90d", ">", 0.0),))  # not a number in the file
    assert workbench.rules.hits(live, "merchant", unknown).empty


def test_a_backtest_on_the_live_snapshot_and_on_an_earlier_one(
    workbench: Workbench, live_home: TinyHome
) -> None:
    live = workbench.live()
    workbench.rules.add(live, "merchant", "Busy", Expression("orders_90d > 5"), "ana", "why")
    result = workbench.rules.backtest(live, "merchant", LATE)
    # m1 was found to violate in December, m2 not in January; by harm m1 and m3 are the queue.
    assert (result.hits, result.entities) == (2, 5)
    assert (result.precision, result.recall, result.later) == (
        Share(1, 2), Share(1, 1), Share(0, 0),
    )  # fmt: skip
    assert (result.queue.both, result.queue.jaccard) == (1, 1 / 3)
    assert [(o.label, o.size, o.both) for o in result.others] == [("Busy v1", 2, 1)]
    assert (result.exposure, result.exposure_outside) == (145.0, 15.0)
    assert (result.new_hits, result.days) == (0, 31.0)

    march = workbench.look_at(live_home.march)
    earlier = workbench.rules.backtest(march, "merchant", LATE, known=live)
    assert (earlier.hits, earlier.entities, earlier.new_hits) == (2, 4, None)


def test_a_rule_on_a_feature_that_is_not_there_is_refused(workbench: Workbench) -> None:
    live = workbench.live()
    wrong = Group("all", (Condition("late_dispatch_91d", ">", 0.2),))
    with pytest.raises(InputError, match="Did you mean"):
        workbench.rules.add(live, "merchant", "Late", wrong, "ana", "why")
    with pytest.raises(NotFoundError, match="has no creators"):
        workbench.rules.hits(replace(live, models={}), "creator", LATE)
    assert workbench.store.rules.all() == []


def test_live_rules_alone_say_why_they_fire(workbench: Workbench) -> None:
    live, rules = workbench.live(), workbench.store.rules
    late = workbench.rules.add(live, "merchant", "Late", LATE, "ana", "why")
    busy = workbench.rules.add(live, "merchant", "Busy", Expression("orders_90d > 5"), "ana", "why")
    assert workbench.rules.firing(live, "merchant", "m1") == []
    rules.move(late.id, "shadow", "ana", "try")
    rules.move(busy.id, "shadow", "ana", "try")
    assert workbench.rules.firing(live, "merchant", "m1") == []
    rules.move(late.id, "live", "ana", "good")
    assert [f.sentence for f in workbench.rules.firing(live, "merchant", "m1")] == [
        "Rule “Late” fires: Late dispatch rate, in the last 90 days 60 % (≥ 20 %)."
    ]
    rules.move(busy.id, "live", "ana", "good")
    assert [f.rule.name for f in workbench.rules.firing(live, "merchant", "m1")] == ["Busy", "Late"]
    assert [f.rule.name for f in workbench.rules.firing(live, "merchant", "m4")] == []
