"""Queue policies on pools small enough to see who comes first."""

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.selection.policies import mixed
from analytics.selection.pool import Pool
from analytics.selection.registry import POLICIES, find_policy, ordered

SCORES = pd.DataFrame(
    {
        "expected_harm": [9.0, 7.0, 5.0, 3.0, 0.0],
        "violation_probability": [0.95, 0.1, 0.45, np.nan, 0.6],
        "gmv_at_risk": 1.0,
        "quality_probability": np.nan,
    },
    index=list("abcde"),
)
# a and b close together, c and d far out on either side, e between; x and y are decided.
PLACES = pd.DataFrame(
    {"late": [0.0, 0.1, 4.0, -4.0, 0.2, 0.0, 4.0], "refunds": [0.0, 0.0, 0.0, 0.0, 2.0, 0.1, 0.1]},
    index=list("abcdexy"),
)


def pool(size: int = 5, decided: str = "", places: pd.DataFrame = PLACES) -> Pool:
    return Pool(SCORES, size, pd.Index(list(decided)), lambda: places)


def test_expected_harm_takes_most_harm_first_and_leaves_out_what_harms_nobody() -> None:
    assert list(ordered("expected_harm", pool())) == list("abcd")
    assert list(ordered("expected_harm", pool(2))) == list("ab")


def test_uncertainty_takes_probabilities_near_one_half_first() -> None:
    assert list(ordered("uncertainty", pool())) == list("cebad")  # .2475, .24, .09, .0475, 0


def test_diversity_takes_what_is_furthest_from_all_that_is_decided_or_taken() -> None:
    assert list(ordered("diversity", pool(2, decided="xy"))) == list("ed")
    assert ordered("diversity", pool(3))[0] == "b"  # nearest to the average entity
    assert set(list(ordered("diversity", pool(3)))[1:]) <= set("cde")


def test_a_decided_entity_keeps_its_neighbours_out_of_the_sample() -> None:
    assert list(ordered("diversity", pool(1, decided="x"))) != ["a"]
    assert "c" not in ordered("diversity", pool(2, decided="xy"))


def test_model_change_weighs_doubt_by_how_unusual_an_entity_is() -> None:
    scores = find_policy("model_change")(pool())
    places, _ = pool().space()
    length = np.sqrt(1 + (places[0] ** 2).sum())
    assert scores["a"] == pytest.approx(2 * 0.95 * 0.05 * length)
    assert scores["d"] == 0
    assert scores.idxmax() == "e"  # less in doubt than c, and further out


def test_the_space_does_not_depend_on_the_weights_of_the_model() -> None:
    heavier = PLACES.assign(late=PLACES["late"] * 50)
    for one, other in zip(pool().space(), pool(places=heavier).space(), strict=True):
        np.testing.assert_allclose(one, other)


def test_without_contributions_the_scores_are_the_space() -> None:
    bare = Pool(SCORES, 5)
    places, decided = bare.space()
    assert places.shape == (5, 2)  # exposure is alike and quality unknown for all
    assert len(decided) == 0
    assert len(ordered("diversity", bare)) == 5


def test_where_all_are_alike_harm_decides_who_comes_first() -> None:
    alike = pd.DataFrame({"late": 1.0}, index=list("abcdexy"))
    assert list(ordered("diversity", pool(3, decided="xy", places=alike))) == list("abc")


def test_a_mix_lets_each_part_take_its_next_best_in_turn() -> None:
    turns = mixed([POLICIES["expected_harm"], POLICIES["uncertainty"]])(pool())
    order = list(turns.dropna().sort_values(ascending=False).index)
    assert order == list("acbed")  # harm a, doubt c, harm b, doubt e, harm d


def test_a_mix_goes_on_with_the_others_when_a_part_has_nobody_left() -> None:
    harmless = Pool(SCORES.assign(expected_harm=0.0), 5, contributions=lambda: PLACES)
    assert ordered("mix", harmless)[0] == "c"
    assert len(ordered("mix", harmless)) == 5


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_answers_the_same_each_time_and_takes_nobody_from_nobody(name: str) -> None:
    assert list(ordered(name, pool(3, "x"))) == list(ordered(name, pool(3, "x")))
    assert len(ordered(name, Pool(SCORES.iloc[:0], 3, contributions=lambda: PLACES))) == 0


def first_by_name(given: Pool) -> pd.Series:
    return pd.Series(range(len(given.scores)), index=given.scores.index)


def only_numbers(given: Pool) -> list[float]:
    return [1.0] * len(given.scores)


def test_a_team_names_a_policy_of_its_own() -> None:
    own = f"{__name__}:first_by_name"
    assert list(ordered(own, pool(2))) == list("ed")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("best_first", "There is no queue policy 'best_first'"),
        ("no.such.module:policy", "cannot be loaded"),
        ("analytics.selection.pool:nothing", "cannot be loaded"),
        ("analytics.selection.pool:FURTHEST", "is no function"),
        (":policy", "cannot be loaded"),
    ],
)
def test_a_name_that_leads_nowhere_is_an_error_that_helps(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        find_policy(name)


def test_a_policy_that_gives_no_scores_is_refused() -> None:
    with pytest.raises(InputError, match="must return a score for each row"):
        ordered(f"{__name__}:only_numbers", pool())
