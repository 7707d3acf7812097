"""Cohen's kappa by hand, against scikit-learn, and per policy and pair."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from analytics.labelling.agreement import agreement, cohens_kappa
from analytics.labelling.words import NOTHING, agreement_text


def series(text: str) -> pd.Series:
    return pd.Series(list(text))


def test_kappa_of_the_textbook_table():
    # 20 both yes, 15 both no, 5 + 10 apart: observed 0.7, expected 0.5 (Cohen 1960)
    first = series("y" * 25 + "n" * 25)
    second = series("y" * 20 + "n" * 5 + "y" * 10 + "n" * 15)
    kappa = cohens_kappa(first, second)
    assert (kappa.cases, kappa.agreed) == (50, pytest.approx(0.7))
    assert kappa.value == pytest.approx(0.4)
    assert kappa.value == pytest.approx(cohen_kappa_score(first, second))


def test_the_interval_is_as_wide_as_a_bootstrap_says():
    draw = np.random.default_rng(0)
    first = draw.integers(0, 3, 400)
    second = np.where(draw.random(400) < 0.7, first, draw.integers(0, 3, 400))
    kappa = cohens_kappa(pd.Series(first), pd.Series(second))
    again = [draw.integers(0, 400, 400) for _ in range(300)]
    spread = np.std([cohen_kappa_score(first[i], second[i]) for i in again])
    assert (kappa.high - kappa.low) / 2 / 1.645 == pytest.approx(spread, rel=0.15)


def test_two_who_always_agree_have_one_and_who_never_differ_have_none():
    assert cohens_kappa(series("yyn"), series("yyn")).value == 1.0
    assert math.isnan(cohens_kappa(series("yyy"), series("yyy")).value)
    assert math.isnan(cohens_kappa(series(""), series("")).value)


def looks() -> pd.DataFrame:
    names = ["purpose", "first_reviewer", "second_reviewer", "first_outcome", "second_outcome",
             "first_policy", "second_policy"]  # fmt: skip
    yes, no = "violation", "no_violation"
    rows = [
        ("blind", "ana", "bo", yes, yes, "M3", "M3"),
        ("blind", "bo", "ana", yes, yes, "M3", "M2"),
        ("blind", "ana", "bo", no, no, None, None),
        ("blind", "ana", "cy", no, yes, None, "M2"),
        ("golden", "ana", "bo", yes, no, "M3", None),
    ]
    return pd.DataFrame(rows, columns=names)


def test_policies_and_pairs_have_a_row_each_and_golden_cases_none():
    rows = agreement(looks()).set_index(["policy", "reviewers"])
    assert list(rows.index) == [
        ("all", "all"), ("M2", "all"), ("M3", "all"),
        ("all", "ana, bo"), ("M2", "ana, bo"), ("M3", "ana, bo"),
        ("all", "ana, cy"), ("M2", "ana, cy"),
    ]  # fmt: skip
    assert rows.loc[("all", "all"), "cases"] == 4
    assert rows.loc[("all", "all"), "agreed"] == 0.75
    assert rows.loc[("all", "all"), "kappa"] == pytest.approx(0.5)  # 0.75 seen, 0.5 expected
    assert rows.loc[("all", "ana, bo"), "kappa"] == 1.0
    assert rows.loc[("M2", "ana, bo"), "kappa"] == 0.0  # one found it once, the other never


def test_the_table_in_words():
    assert agreement_text(agreement(looks()[:0])) == NOTHING
    first = agreement_text(agreement(looks())).splitlines()[0]
    assert first == "all · all: kappa too few cases, 75 % agreed, 4 cases"
    many = pd.concat([looks()] * 3)
    first = agreement_text(agreement(many)).splitlines()[0]
    assert first.startswith("all · all: kappa 0.50 (")
    assert first.endswith("75 % agreed, 12 cases")
