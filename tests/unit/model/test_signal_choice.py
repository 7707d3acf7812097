"""Families of signals are kept where later rows are predicted better with them."""

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.model.family_trials import decision_folds
from analytics.model.linear import LinearTerms
from analytics.model.signal_choice import (
    FamilyChoice,
    can_judge,
    choose_families,
    kept_columns,
    not_judged,
)
from analytics.model.signal_status import signal_status, status_of
from analytics.signals.catalog import FAMILIES, wanted

ROWS = 400
FAMILIES_OF = {"telling": ["t"], "noise": ["n1", "n2"], "echo": ["e"]}


def _score(X, y, held):
    return LinearTerms(1.0).fit(X, y, np.ones(len(y))).raw(held)


@pytest.fixture(scope="module")
def choices():
    rng = np.random.default_rng(2)
    y = (rng.random(ROWS) < 0.3).astype(float)
    X = pd.DataFrame({"plain": y + rng.normal(0, 2, ROWS), "t": y + rng.normal(0, 0.8, ROWS)})
    X = X.assign(n1=rng.normal(size=ROWS), n2=rng.normal(size=ROWS), e=X["t"])
    folds = [
        (np.arange(200), np.arange(200, 300)),
        (np.arange(300), np.arange(300, 400)),
    ]
    found = choose_families(X, y, folds, list(range(ROWS)), FAMILIES_OF, _score, seed=0)
    return {choice.family: choice for choice in found}


def test_a_family_that_tells_is_kept(choices):
    assert (choices["telling"].kept, choices["telling"].why) == (True, "adds")
    assert choices["telling"].gain.low > 0


def test_noise_is_left_out_and_says_what_it_added(choices):
    noise = choices["noise"]
    assert not noise.kept
    assert noise.why == (
        "adds no more than chance may" if noise.gain.value > 0 else "adds nothing on these data"
    )
    assert abs(noise.gain.value) < 0.1


def test_of_two_that_say_the_same_one_is_kept(choices):
    assert not choices["echo"].kept
    assert choices["echo"].why.endswith(" beside telling")
    assert choices["echo"].gain.value == pytest.approx(0.0, abs=0.02)


def test_columns_of_families_left_out_go(choices):
    columns = ["plain", "t", "n1", "n2", "e"]
    assert kept_columns(columns, FAMILIES_OF, list(choices.values())) == ["plain", "t"]


def test_too_few_labels_held_out_judge_nothing():
    y = np.array([1.0] * 9 + [0.0] * 30)
    fold = [(np.arange(0), np.arange(len(y)))]
    assert not can_judge(y, fold)
    assert can_judge(np.append(y, 1.0), [(np.arange(0), np.arange(len(y) + 1))])
    assert not can_judge(y, [])


def test_decisions_are_held_out_after_those_before_them():
    # Ten decisions, a day apart; the newest six are held out, two by two.
    days = pd.Series(pd.date_range("2024-01-01", periods=10))[::-1].reset_index(drop=True)
    y = np.array([0.0, 1.0] * 5)
    folds = decision_folds(days, y)
    assert [(sorted(fit), sorted(held)) for fit, held in folds] == [
        ([6, 7, 8, 9], [4, 5]),
        ([4, 5, 6, 7, 8, 9], [2, 3]),
        ([2, 3, 4, 5, 6, 7, 8, 9], [0, 1]),
    ]


def test_decisions_of_one_moment_stay_together():
    days = pd.Series(pd.to_datetime(["2024-01-01"] * 5 + ["2024-02-01"] * 5))
    [(fit, held)] = decision_folds(days, np.array([0.0, 1.0] * 5))
    assert (sorted(fit), sorted(held)) == ([0, 1, 2, 3, 4], [5, 6, 7, 8, 9])


def test_choices_in_words():
    gain = {"value": -0.0031, "low": -0.01, "high": 0.004}
    off = {"kept": False, "why": "adds nothing on these data", "gain": gain}
    assert status_of(off) == "off: adds nothing on these data (AP −0.003)"
    kept = FamilyChoice("graph", True, "too few decisions to tell").to_dict()
    assert status_of(kept) == "on: too few decisions to tell"
    assert not_judged(["a"], kept=False, why="x") == [FamilyChoice("a", False, "x")]


def test_a_family_without_its_tables_says_which(tmp_path):
    from tests.support.sources import MERCHANTS, ingest_files

    dataset = ingest_files(tmp_path, {"merchants.csv": MERCHANTS}).dataset
    found = signal_status(dataset, {"merchant": {}})
    graph = [row for row in found if row["family"] == "graph"]
    assert [row["status"] for row in graph] == [
        "off: no table links, orders, products or contents"
    ] * 2
    assert not any(row["is_on"] for row in found)


def test_the_setting_names_families():
    assert [f.name for f in wanted("auto")] == [f.name for f in wanted("all")]
    assert wanted("none") == []
    assert [f.name for f in wanted("graph, graph")] == ["graph"]
    with pytest.raises(InputError, match="no family of signals 'grahp'") as error:
        wanted("grahp")
    assert all(family.name in error.value.hint for family in FAMILIES)
