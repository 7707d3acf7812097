"""Doubtful decisions and a reviewer who poisons a batch, on labels whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from analytics.errors import TooFewLabelsError
from analytics.features.spec import FeatureSpec
from analytics.labelling.neighbours import neighbourhood
from analytics.labelling.quality import check_quality
from analytics.labelling.reviewers import reviewer_alarms
from analytics.model.labelled import LabelledFrame
from analytics.model.prior import violation_prior

REVIEWERS = ("ana", "bo", "cy")


def decided(flipped: float, seed: int = 1, rows: int = 600) -> tuple[LabelledFrame, pd.Series, set]:
    """Merchants with two telling features; `flipped` of bo's decisions are turned around."""
    draw = np.random.default_rng(seed)
    truth = draw.random(rows) < 0.35
    ids = pd.Index([f"m{n:03}" for n in range(rows)], name="entity_id")
    X = pd.DataFrame(
        {
            "late_share": draw.normal(truth * 2.2, 1.0),
            "refund_share": draw.normal(truth * 2.2, 1.0),
            "noise": draw.normal(size=rows),
        },
        index=ids,
    )
    reviewers = pd.Series([REVIEWERS[n % 3] for n in range(rows)], index=ids)
    of_bo = ids[reviewers == "bo"]
    wrong = set(draw.choice(of_bo, int(flipped * len(of_bo)), replace=False))
    label = np.where(ids.isin(wrong), ~truth, truth).astype(float)
    labels = pd.DataFrame({"label": label, "decision_id": range(1, rows + 1)}, index=ids)
    return LabelledFrame(X, labels, pd.Series(ids, index=ids)), reviewers, wrong


def spec(name: str) -> FeatureSpec:
    direction = "neutral" if name == "noise" else "higher_is_worse"
    return FeatureSpec(name, "merchant", "other", name, "number", direction, "{value}", name)


def check(frame: LabelledFrame, reviewers: pd.Series, least: int = 5):
    prior = violation_prior(frame.X, [spec(name) for name in frame.X], prevalence=0.1)
    return check_quality(
        "merchant", frame, reviewers, prior, least_per_class=least, monotone={}, seed=0
    )


@pytest.fixture(scope="module")
def poisoned():
    frame, reviewers, wrong = decided(0.2)
    return check(frame, reviewers), wrong


def test_a_poisoned_batch_is_found(poisoned):
    report, wrong = poisoned
    assert report.alarms == ["bo"]
    found = wrong & set(report.doubted.index)
    assert len(wrong) == 40
    assert len(found) >= 24
    assert len(found) / len(report.doubted) >= 0.5
    assert len(wrong & set(report.doubted.index[:20])) >= 18


def test_an_honest_team_raises_no_alarm():
    frame, reviewers, _ = decided(0.0)
    report = check(frame, reviewers)
    assert report.alarms == []
    assert report.decisions == report.judged == 600


def test_the_reason_is_in_words(poisoned):
    report, _ = poisoned
    first = report.doubted.iloc[0]
    said = "a violation" if first["label"] else "no violation"
    assert first["why"].startswith(
        f"Decided as {said}, but a model that had not seen it gives a violation "
    )
    assert "Alarm: bo is doubted in " in report.summary()
    assert report.to_dict()["doubted"] == len(report.doubted)


def test_too_few_decisions_are_not_doubted():
    frame, reviewers, _ = decided(0.0, rows=12)
    with pytest.raises(TooFewLabelsError, match="too few decisions on merchants"):
        check(frame, reviewers, least=50)


def test_a_label_among_others_is_odd_unless_its_neighbours_are_its_group():
    space = pd.DataFrame({"x": [*range(10), *range(100, 111)]})
    labels = pd.Series([1.0] * 10 + [0.0] * 10 + [1.0])
    alone = pd.Series(range(21))
    near = neighbourhood(space, labels, alone, nearest=8)
    assert np.flatnonzero(near.is_odd).tolist() == [20]
    assert (near.other[20], near.counted[20]) == (8, 8)
    mates = alone.mask(alone >= 10, 10)
    assert not neighbourhood(space, labels, mates, nearest=8).is_odd[20:].all()


def test_a_rare_label_is_not_odd_for_being_rare():
    space = pd.DataFrame({"x": range(30)})
    labels = pd.Series([0.0] * 29 + [1.0])
    assert not neighbourhood(space, labels, pd.Series(range(30))).is_odd.any()


def test_shares_of_reviewers_and_their_corrected_chance():
    reviewers = pd.Series(["ana"] * 50 + ["bo"] * 50)
    doubted = pd.Series([True] + [False] * 49 + [True] * 12 + [False] * 38)
    rows = reviewer_alarms(reviewers, doubted).set_index("reviewer")
    assert list(rows.index) == ["bo", "ana"]
    assert rows.loc["bo", ["decisions", "doubted", "share", "share_of_others"]].tolist() == [
        50, 12, 0.24, 0.02,
    ]  # fmt: skip
    # The hypergeometric tail, doubled by Holm's method for the smaller one of two.
    assert rows.loc["bo", "p_value"] == pytest.approx(2 * _tail(12), rel=1e-9)
    assert rows["is_alarm"].tolist() == [True, False]


def _tail(least: int) -> float:
    """Chance that at least so many of 13 doubted ones fall on 50 of 100 decisions."""
    from math import comb

    return sum(comb(50, k) * comb(50, 13 - k) for k in range(least, 14)) / comb(100, 13)


def test_one_reviewer_has_nobody_to_be_compared_with():
    assert reviewer_alarms(pd.Series(["ana"] * 3), pd.Series([True, False, True])).empty
