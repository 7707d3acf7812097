"""Slices, stability of reasons and doubted reviewers, on cases that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analytics.model.labelled import LabelledFrame
from analytics.retraining.judged import Judged, by_chance, figures_of
from analytics.retraining.moves import Scored
from analytics.retraining.slices import Least, parting, slices_of
from analytics.retraining.stability import first_reasons, reason_stability

IDS = [f"m{n}" for n in range(8)]
Y = np.array([1.0, 0, 1, 0, 1, 0, 1, 0])
RIGHT, WRONG = np.where(Y > 0, 2.0, -2.0), np.where(Y > 0, -2.0, 2.0)


def seen(champion: np.ndarray, challenger: np.ndarray, draws: int = 50) -> Judged:
    """Eight cases, each for one entity, but for small changes from draw to draw."""
    raw = {"champion": champion, "challenger": challenger}
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.5, 1.5, len(Y)) for _ in range(draws)]
    return Judged(Y, np.ones(len(Y)), weights, raw, {k: expit(v) for k, v in raw.items()})


def cases(X: pd.DataFrame | None = None) -> LabelledFrame:
    labels = pd.DataFrame(
        {"label": Y, "decided_at": pd.date_range("2026-01-01", periods=8)}, index=IDS
    )
    X = pd.DataFrame(index=IDS) if X is None else X
    return LabelledFrame(X, labels, pd.Series(IDS, index=IDS))


CONTEXT = pd.DataFrame(
    {
        "category": ["toys"] * 4 + ["shoes"] * 4,
        "region": "unknown",  # one value parts nothing
        "size_band": ["1–9"] * 7 + ["10–49"],
    },
    index=IDS,
)


def test_each_slice_has_its_own_figures():
    challenger = np.where(np.arange(8) < 4, WRONG, RIGHT)  # wrong about toys
    rows = slices_of(seen(RIGHT, challenger), cases(), CONTEXT, Least(4, 2))

    named = {(row["dimension"], row["value"]): row for row in rows}
    assert list(named) == [
        ("category", "toys"), ("category", "shoes"), ("size_band", "1–9"), ("size_band", "10–49"),
        ("decided", "earlier half"), ("decided", "later half"),
    ]  # fmt: skip
    toys, shoes = named["category", "toys"], named["category", "shoes"]
    assert (toys["cases"], toys["positives"]) == (4, 2)
    # Both negatives first, tied, then both positives, tied: precision 2/4 for both.
    assert (toys["champion"], toys["challenger"]) == (1.0, 0.5)
    assert toys["difference"]["value"] == -0.5
    assert toys["p"] < 0.01
    assert (shoes["champion"], shoes["challenger"], shoes["p"]) == (1.0, 1.0, 1.0)
    assert toys["observed"] == 0.5
    assert toys["predicted"]["champion"] == pytest.approx(0.5)


def test_slices_below_the_least_counts_have_none():
    rows = slices_of(seen(RIGHT, WRONG), cases(), CONTEXT, Least(5, 1))
    assert {row["value"]: row["difference"] is None for row in rows} == {
        "toys": True, "shoes": True, "1–9": False, "10–49": True,
        "earlier half": True, "later half": True,
    }  # fmt: skip


def test_ages_are_in_bands_and_those_of_no_account_are_of_the_first_order():
    X = pd.DataFrame(
        {
            "account_age": [10, 89.9, 90, 364, 365, 4000, np.nan, np.nan],
            "first_order_age": [1.0] * 7 + [np.nan],
        },
        index=IDS,
    )
    assert list(parting(cases(X), CONTEXT)["age"].iloc[:7]) == [
        "under 90 days", "under 90 days", "90 days to a year", "90 days to a year",
        "over a year", "over a year", "under 90 days",
    ]  # fmt: skip
    assert pd.isna(parting(cases(X), CONTEXT)["age"].iloc[7])


def test_a_case_whose_entity_is_gone_is_in_no_slice_but_the_time_of_its_decision():
    table = parting(cases(), CONTEXT.iloc[1:])
    assert table.loc["m0", ["category", "region", "size_band", "age"]].isna().all()
    assert table.loc["m0", "decided"] == "earlier half"


def test_differences_are_challenger_minus_champion_with_their_p():
    figures = figures_of(seen(WRONG, RIGHT), k=4)
    assert figures.differences["auroc"]["value"] == 1.0
    assert figures.differences["auroc"]["p"] == pytest.approx(2 / 51, abs=1e-6)
    assert figures.differences["precision_at_k"]["value"] == 1.0
    assert figures.decides.value == 0.5
    same = figures_of(seen(RIGHT, RIGHT), k=4)
    assert same.differences["auroc"] == {"value": 0.0, "low": 0.0, "high": 0.0, "p": 1.0}


def test_the_p_of_a_difference_counts_the_smaller_side_twice():
    assert by_chance([1.0] * 95 + [-1.0] * 4) == pytest.approx(2 * 5 / 100)
    assert by_chance([float("nan")]) is None


def scored(phi: dict[str, list[float]], ranks: list[int]) -> Scored:
    contributions = pd.DataFrame.from_dict(phi, orient="index", columns=["a", "b", "c", "d"])
    scores = pd.DataFrame({"rank": ranks, "name": ["Shop", None, "C"]}, index=list(phi))
    return Scored(scores, contributions, 0.0, None)


def test_first_reasons_are_what_raises_the_risk_most():
    frame = pd.DataFrame([[1.0, 4, 2, 3], [0.0, -1, 2, 0]], columns=["a", "b", "c", "d"])
    assert first_reasons(frame) == [["b", "d", "c"], ["c"]]


def test_reasons_are_compared_for_whoever_is_in_either_capacity():
    champion = scored({"x": [3, 2, 1, 0], "y": [1, 0, 0, 0], "z": [9, 0, 0, 0]}, [1, 2, 3])
    challenger = scored({"x": [0, 2, 3, 1], "y": [1, 0, 0, 0], "z": [0, 9, 0, 0]}, [2, 1, 3])
    found = reason_stability(champion, challenger, capacity=1)
    # x: a, b, c against c, b, d: two of four are shared; y: the same; z is in neither capacity.
    assert found["entities"] == 2
    assert found["overlap"] == 0.75
    assert found["same_first"] == 0.5
    assert found["changed"] == [
        {"entity_id": "x", "name": "Shop", "overlap": 0.5,
         "champion": ["a", "b", "c"], "challenger": ["c", "b", "d"]}
    ]  # fmt: skip


def test_without_contributions_there_is_nothing_to_compare():
    one = scored({"x": [3, 2, 1, 0], "y": [1, 0, 0, 0], "z": [9, 0, 0, 0]}, [1, 2, 3])
    none = Scored(one.scores, one.contributions.iloc[:, :0], 0.0, None)
    assert reason_stability(none, none, 2)["overlap"] is None
