"""What control cases say of everybody: worked out by hand, and over many draws."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.model.metrics import Estimate, wilson
from analytics.review.drawing import draw_round, round_size
from analytics.review.eligible import ranked
from analytics.selection.estimates import LEAST_CONTROL, estimate
from analytics.selection.pool import Pool
from analytics.selection.ratio import share_of
from analytics.selection.registry import ordered
from tests.support.review import scores

AT = datetime(2026, 5, 4)
ENTRY = ["run_id", "at", "entity_id", "policy", "stratum", "population", "violation_probability"]
UNUSED = {"expected_harm": 0.0, "gmv_at_risk": 0.0}


def entry(run: float, entity: str, how: str = "control/rest", p: float = 0.1, day: int = 0):
    policy, place = how.split("/")
    stratum = f"merchant/{place}"
    return (run, AT + timedelta(days=day), entity, policy, stratum, 100, p)


def frame(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=ENTRY).assign(threshold=0.5, **UNUSED)


def labelled(day: int = 1, **outcomes: float) -> pd.DataFrame:
    index = pd.Index(outcomes, name="entity_id")
    return pd.DataFrame(
        {"label": list(outcomes.values()), "decided_at": AT + timedelta(days=day)}, index=index
    )


def one_round(positives: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """100 entities: 10 taken for certain, of which 6 violate; 20 of the other 90 by chance."""
    top = [entry(1, f"t{n}", "expected_harm/top", p=0.9 if n < 8 else 0.2) for n in range(10)]
    rest = [entry(1, f"r{n:02}", p=0.6 if n == 0 else 0.1) for n in range(20)]
    outcomes = {f"t{n}": float(n < 6) for n in range(10)}
    outcomes |= {f"r{n:02}": float(n < positives) for n in range(20)}
    return frame(*top, *rest), labelled(**outcomes)


def test_the_top_list_counts_for_itself_and_the_control_cases_for_the_rest() -> None:
    found = estimate(*one_round(), closed_days=90)
    assert (found.entities, found.rounds) == (100, 1)
    assert (found.control, found.control_positives, found.undecided) == (20, 2, 0)
    assert found.reviewed_share == pytest.approx(8 / 30)
    low, high = wilson(0.1, 20 / (1 - 20 / 90))
    assert found.prevalence.value == pytest.approx((6 + 90 * 0.1) / 100)
    assert found.prevalence.low == pytest.approx((6 + 90 * low) / 100)
    assert found.prevalence.high == pytest.approx((6 + 90 * high) / 100)


def test_precision_and_recall_are_those_of_the_scores_at_the_draw() -> None:
    found = estimate(*one_round(), closed_days=90)
    # Flagged: t0 … t7 (6 violate), and r00 (violates), which stands for 4.5 entities.
    assert found.precision.value == pytest.approx((6 + 4.5) / (8 + 4.5))
    # All violators: 6 of the top and 2 control cases of 4.5 each.
    assert found.recall.value == pytest.approx(10.5 / 15)
    assert found.recall.low < 0.7 < found.recall.high


def test_no_violator_in_the_rest_still_leaves_room_for_missed_ones() -> None:
    found = estimate(*one_round(positives=0), closed_days=90)
    assert found.recall.value == 1.0
    _, most = wilson(0, 20 / (1 - 20 / 90))
    assert found.recall.low == pytest.approx(6 / (6 + 90 * most), abs=0.02)


def test_what_a_rule_took_counts_for_itself_like_the_top_list() -> None:
    entries, labels = one_round()
    by_rule = [entry(1, f"u{n}", "rule/rule") for n in range(4)]
    more = labelled(u0=1.0, u1=1.0, u2=1.0, u3=0.0)
    found = estimate(
        pd.concat([entries, frame(*by_rule)]), pd.concat([labels, more]), closed_days=90
    )
    assert found.prevalence.value == pytest.approx((6 + 3 + 86 * 0.1) / 100)


def test_too_few_control_cases_estimate_nothing() -> None:
    entries, labels = one_round()
    found = estimate(entries, labels.drop("r19"), closed_days=90)
    assert (found.control, found.undecided) == (LEAST_CONTROL - 1, 1)
    assert (found.prevalence, found.precision, found.recall) == (None, None, None)
    assert not found.is_enough


def test_without_thresholds_there_is_prevalence_alone() -> None:
    entries, labels = one_round()
    found = estimate(entries.assign(threshold=np.nan), labels, closed_days=90)
    assert found.is_enough
    assert (found.precision, found.recall) == (None, None)


def test_nothing_drawn_and_nothing_decided() -> None:
    found = estimate(frame(), labelled().iloc[:0], closed_days=90)
    assert (found.entities, found.control, found.reviewed_share) == (0, 0, None)
    assert found.prevalence is None


def test_what_earlier_rounds_took_is_known_while_it_is_closed() -> None:
    entries, labels = one_round()
    second = [entry(2, f"s{n:02}", day=5) for n in range(20)]
    later = pd.concat([entries, frame(*second)], ignore_index=True)
    both = pd.concat([labels, labelled(day=6, **{f"s{n:02}": float(n < 1) for n in range(20)})])
    found = estimate(later, both, closed_days=90)
    # First: .15. Second: 30 known, 8 of them violate; 100 left, of which 1 in 20 violates.
    assert found.entities == 130
    assert found.prevalence.value == pytest.approx((0.15 + (8 + 100 / 20) / 130) / 2)
    reopened = estimate(later, both, closed_days=3)
    assert reopened.entities == 100


def test_a_label_from_before_the_draw_says_nothing_of_the_draw() -> None:
    entries, labels = one_round()
    found = estimate(entries, labels.assign(decided_at=AT - timedelta(days=1)), closed_days=90)
    assert (found.control, found.undecided) == (0, 20)


@pytest.fixture(scope="module")
def market() -> pd.DataFrame:
    """400 entities, 40 of them violators, whom probability and harm know more or less."""
    random = np.random.default_rng(0)
    violates = np.arange(400) < 40
    p = 0.05 + 0.5 * violates * random.random(400) + 0.1 * random.random(400)
    names = [f"m{n:03}" for n in range(400)]
    harm = dict(zip(names, p * random.lognormal(0, 1, 400), strict=True))
    known = ranked(scores(*harm.items()))
    at = known.index.map(names.index)
    return known.assign(violation_probability=p[at], violates=violates[at])


def reviewed(market: pd.DataFrame, seed: int, policy: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw three rounds and decide them; return entries and labels."""
    said: dict[str, float] = {}
    rows = []
    for number in range(3):
        eligible = market[~market.index.isin(said)]
        size = round_size(eligible, policy, capacity=20, waiting=0, is_refill=True)
        top = ordered(policy, Pool(eligible, size))
        drawn = draw_round(
            eligible, top, policy, capacity=20, control_share=1.0, seed=100 * seed + number
        )
        chance, is_top = eligible["violation_probability"].to_dict(), set(drawn.top)
        for entity in drawn.priority.index:
            stratum = f"merchant/{'top' if entity in is_top else 'rest'}"
            rows += [
                (number, AT, entity, how, stratum, drawn.population, chance[entity])
                for how, _ in drawn.policies(entity)
            ]
        said |= eligible.loc[drawn.priority.index, "violates"].astype(float).to_dict()
    threshold = market["violation_probability"].nlargest(40).min()
    drawn = pd.DataFrame(rows, columns=ENTRY).assign(threshold=threshold, **UNUSED)
    return drawn, labelled(**said)


@pytest.mark.parametrize("policy", ["expected_harm", "uncertainty"])
def test_over_many_draws_the_estimate_is_right_on_average_and_its_interval_holds(
    market, policy
) -> None:
    found = [
        estimate(*reviewed(market, seed, policy), closed_days=90).prevalence for seed in range(60)
    ]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(0.1, abs=4 * values.std() / np.sqrt(len(values)))
    holds = np.mean([one.low <= 0.1 <= one.high for one in found])
    assert holds >= 0.9 - 3 * np.sqrt(0.09 / 60)


def test_a_share_of_two_certain_parts_is_certain() -> None:
    assert share_of(Estimate(3, 3, 3), Estimate(1, 1, 1)) == Estimate(0.75, 0.75, 0.75)


def test_a_share_stays_between_nothing_and_all() -> None:
    none = share_of(Estimate(0, 0, 2), Estimate(5, 4, 6))
    assert (none.value, none.low) == (0.0, 0.0)
    assert 2 / 8 < none.high < 2 / 6
    assert share_of(Estimate(1, 0, 2), Estimate(0, 0, 1)).high == 1.0
    unknown = share_of(Estimate(0, 0, 1), Estimate(0, 0, 1))
    assert (unknown.low, unknown.high) == (0.0, 1.0)
