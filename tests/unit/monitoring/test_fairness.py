"""Rates by group on a few rows that can be counted."""

import numpy as np
import pandas as pd
import pytest

from analytics.model.metrics import wilson
from analytics.monitoring.fairness import age_group, error_rates, selection_rates


def entities(**groups: tuple[int, int]) -> pd.DataFrame:
    """Of each country so many, of which so many are served."""
    rows = [(c, n < served) for c, (size, served) in groups.items() for n in range(size)]
    return pd.DataFrame(rows, columns=["country", "is_flagged"])


def row(found: pd.DataFrame, measure: str, group: str) -> pd.Series:
    return found[(found["measure"] == measure) & (found["group"] == group)].iloc[0]


def test_the_share_served_by_country() -> None:
    found = selection_rates(entities(DE=(50, 5), US=(100, 40), FR=(3, 3)), least=20)
    assert list(found["dimension"].unique()) == ["country"]
    german, french = row(found, "selection_rate", "DE"), row(found, "selection_rate", "FR")
    assert (german["cases"], german["value"]) == (50, 0.1)
    assert (german["low"], german["high"]) == pytest.approx(wilson(0.1, 50))
    assert german["is_apart"]  # the others are served at 43 of 103
    assert french["cases"] == 3
    assert np.isnan(french["value"])
    assert not french["is_apart"]


def test_equal_shares_are_not_apart_and_a_single_group_has_no_others() -> None:
    found = selection_rates(entities(DE=(50, 10), US=(100, 20)), least=20)
    assert not found["is_apart"].any()
    assert not selection_rates(entities(DE=(50, 10)), least=20)["is_apart"].any()


def decided() -> pd.DataFrame:
    """Small merchants: 30 cleared, 6 of them served; 20 violators, 5 of them not served."""
    cleared = pd.DataFrame({"y": 0.0, "is_flagged": [n < 6 for n in range(30)], "weight": 1.0})
    violators = pd.DataFrame({"y": 1.0, "is_flagged": [n >= 5 for n in range(20)], "weight": 1.0})
    violators.loc[:4, "weight"] = 9.0  # those not served come from the random sample
    return pd.concat([cleared, violators], ignore_index=True).assign(size="1–9")


def test_error_rates_stand_for_all_by_their_weights() -> None:
    found = error_rates(decided(), least=20)
    positive = row(found, "false_positive_rate", "1–9")
    negative = row(found, "false_negative_rate", "1–9")
    assert (positive["cases"], positive["value"]) == (30, 0.2)
    assert negative["value"] == pytest.approx(45 / 60)
    telling = 60**2 / (5 * 81 + 15)
    assert (negative["low"], negative["high"]) == pytest.approx(wilson(45 / 60, telling))


def test_a_rate_needs_enough_of_what_it_is_a_share_of() -> None:
    found = error_rates(decided(), least=25)
    assert row(found, "false_positive_rate", "1–9")["value"] == 0.2
    assert np.isnan(row(found, "false_negative_rate", "1–9")["value"])


def test_nothing_decided_gives_nothing() -> None:
    assert error_rates(decided().iloc[:0], least=1).empty


def test_many_groups_are_taken_together_and_the_missing_has_a_name() -> None:
    many = entities(**{f"C{n:02}": (30, 3) for n in range(20)})
    many.loc[0:29, "country"] = None
    found = selection_rates(many, least=20)
    assert len(found) == 13
    assert {"unknown", "all others"} <= set(found["group"])
    assert row(found, "selection_rate", "all others")["cases"] == 30 * 8


def test_ages_have_names() -> None:
    days = pd.Series([0, 89, 90, 364, 365, 1095, np.nan])
    assert list(age_group(days))[:6] == [
        "under 90 days", "under 90 days", "90 days to 1 year", "90 days to 1 year",
        "1 to 3 years", "over 3 years",
    ]  # fmt: skip
    assert pd.isna(age_group(days).iloc[6])
