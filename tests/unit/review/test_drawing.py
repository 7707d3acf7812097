import numpy as np
import pandas as pd
import pytest

from analytics.review.drawing import Round, draw_round, round_size
from analytics.review.eligible import ranked
from analytics.selection.pool import Pool
from analytics.selection.registry import ordered
from tests.support.review import many_scores, scores

TWENTY = ranked(many_scores(20))


def draw(
    eligible: pd.DataFrame = TWENTY,
    policy: str = "expected_harm",
    *,
    capacity: int = 10,
    waiting: int = 0,
    control_share: float = 0.5,
    is_refill: bool = False,
    seed: int = 0,
) -> Round:
    size = round_size(eligible, policy, capacity=capacity, waiting=waiting, is_refill=is_refill)
    top = ordered(policy, Pool(eligible, size))
    return draw_round(
        eligible, top, policy, capacity=capacity, control_share=control_share, seed=seed
    )


def test_every_entity_is_drawn_as_often_as_its_inclusion_probability_says() -> None:
    seeds = 400
    drawn = pd.Series(0, index=TWENTY.index)
    for seed in range(seeds):
        drawn[draw(seed=seed).control] += 1

    assert draw().control_probability == 5 / 20
    spread = np.sqrt(0.25 * 0.75 / seeds)
    assert ((drawn / seeds - 0.25).abs() < 4 * spread).all()


def test_weighting_by_the_inclusion_probability_gives_the_true_number_of_violations() -> None:
    violates = pd.Series([n % 3 == 0 for n in range(20)], index=TWENTY.index)
    estimates = []
    for seed in range(200):
        drawn = draw(capacity=4, control_share=1.0, seed=seed)
        chance = pd.Series(drawn.control_probability, index=drawn.priority.index)
        chance[drawn.top] = 1.0
        estimates.append((violates[chance.index] / chance).sum())

    assert violates.sum() == 7
    assert np.mean(estimates) == pytest.approx(7, abs=4 * np.std(estimates) / np.sqrt(200))


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    assert list(draw(seed=3).control) == list(draw(seed=3).control)
    assert list(draw(seed=3).control) != list(draw(seed=4).control)


@pytest.mark.parametrize(("share", "size"), [(0.0, 0), (0.01, 1), (0.5, 5), (1.0, 10), (9.0, 20)])
def test_the_control_sample_has_at_least_one_and_at_most_all(share: float, size: int) -> None:
    assert len(draw(control_share=share).control) == size


@pytest.mark.parametrize(("waiting", "size"), [(0, 10), (7, 10), (99, 10)])
def test_all_within_the_capacity_are_taken_whatever_waits(waiting: int, size: int) -> None:
    assert len(draw(waiting=waiting).top) == size


@pytest.mark.parametrize(("waiting", "size"), [(0, 10), (7, 3), (99, 2)])
def test_beyond_it_the_queue_is_filled_up(waiting: int, size: int) -> None:
    beyond = TWENTY.iloc[8:]  # the first eight ranks are closed
    assert list(draw(beyond, waiting=waiting).top) == [f"m{n:03}" for n in range(8, 8 + size)]


def test_a_refill_takes_a_whole_capacity() -> None:
    assert len(draw(TWENTY.iloc[8:], waiting=99, is_refill=True).top) == 10


def test_control_cases_borrow_a_place_of_the_top() -> None:
    drawn = draw(capacity=2, control_share=5.0)
    assert set(drawn.priority) == {20.0, 19.0}
    assert len(drawn.priority) == len(set(drawn.control) | set(drawn.top))


def test_without_harm_there_is_still_a_control_sample() -> None:
    drawn = draw(ranked(scores(("a", 0.0), ("b", 0.0))))
    assert (len(drawn.top), len(drawn.control)) == (0, 2)
    assert list(drawn.priority) == [0.0, 0.0]


def test_nothing_is_drawn_from_nobody() -> None:
    drawn = draw(ranked(scores()))
    assert (drawn.population, drawn.control_probability, len(drawn.priority)) == (0, 0.0, 0)


def test_another_policy_never_fills_the_queue_beyond_the_capacity() -> None:
    sizes = [len(draw(policy="uncertainty", waiting=waiting).top) for waiting in (0, 7, 99)]
    assert sizes == [10, 3, 0]


def test_the_first_of_a_policy_has_the_place_of_most_harm() -> None:
    doubtful = TWENTY.assign(violation_probability=[n / 40 for n in range(20)])
    drawn = draw(doubtful, "uncertainty", capacity=3, control_share=0)
    assert list(drawn.top) == ["m019", "m018", "m017"]
    assert dict(drawn.priority) == {"m019": 3.0, "m018": 2.0, "m017": 1.0}
    assert drawn.policies("m019") == [("uncertainty", 1.0)]
    assert drawn.policies("m000") == []


def test_whatever_the_policy_everybody_can_be_in_the_control_sample() -> None:
    taken = set()
    for seed in range(200):
        taken |= set(draw(policy="diversity", capacity=4, control_share=0.5, seed=seed).control)
    assert taken == set(TWENTY.index)


def draw_with(fired: dict[str, list[str]], *, capacity: int, control_share: float = 0.0) -> Round:
    top = ordered("expected_harm", Pool(TWENTY, capacity))
    return draw_round(
        TWENTY, top, "expected_harm", capacity=capacity, control_share=control_share, seed=0,
        fired=fired,
    )  # fmt: skip


def test_rules_take_beside_the_top_list_whom_they_fire_on() -> None:
    drawn = draw_with({"m001": ["New"], "m012": ["New", "Many"], "gone": ["New"]}, capacity=3)

    assert list(drawn.top) == ["m000", "m001", "m002"]
    assert dict(drawn.by_rule) == {"m001": ["New"], "m012": ["New", "Many"]}
    assert drawn.policies("m001") == [("expected_harm", 1.0), ("rule", 1.0)]
    assert drawn.policies("m012") == [("rule", 1.0)]
    assert [drawn.stratum(i) for i in ("m001", "m012", "m013")] == ["top", "rule", "rest"]
    assert dict(drawn.priority) == {"m000": 20.0, "m001": 19.0, "m002": 18.0, "m012": 8.0}


def test_a_rule_that_fires_on_everybody_takes_no_more_than_the_capacity() -> None:
    drawn = draw_with({f"m{n:03}": ["All"] for n in range(20)}, capacity=4)
    assert list(drawn.by_rule) == [f"m{n:03}" for n in range(8)]
    assert len(drawn.priority) == 8


def test_what_chance_and_a_rule_take_stands_in_the_place_of_its_own_harm() -> None:
    drawn = draw_with({"m019": ["Last"]}, capacity=2, control_share=10.0)
    assert set(drawn.control) == set(TWENTY.index)
    assert drawn.policies("m019") == [("rule", 1.0), ("control", 1.0)]
    assert (drawn.stratum("m019"), drawn.priority["m019"]) == ("rule", 1.0)
    assert drawn.priority.index.is_unique
