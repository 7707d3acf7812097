"""A reviewer who turned labels around is found by the gate; honest ones are not."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analytics.model.labelled import LabelledFrame
from analytics.model.prior import violation_prior
from analytics.model.violation import train_violation
from analytics.retraining.doubts import doubted_reviewers
from analytics.retraining.gate import load_gate
from analytics.retraining.gate_rules import judge
from tests.support.comparisons import comparison

REVIEWERS = ("ana", "bo", "cem", "mal")
CASES, LEARNED = 1_000, 800
FLIPPED = 0.2


def market(*, is_poisoned: bool) -> tuple[LabelledFrame, LabelledFrame]:
    """Decisions to learn from and to judge by; mal turns a fifth of his around, or does not."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame(rng.normal(size=(CASES, 3)), columns=["late", "refunds", "age"])
    X.index = [f"m{n}" for n in range(CASES)]
    y = (rng.random(CASES) < expit(4 * X["late"] + 3 * X["refunds"] - 1)).astype(float)
    reviewer = pd.Series(np.tile(REVIEWERS, CASES // len(REVIEWERS)), index=X.index)
    flipped = (reviewer == "mal") & (rng.random(CASES) < FLIPPED)
    if is_poisoned:
        y = y.where(~flipped, 1 - y)
    labels = pd.DataFrame({"label": y, "reviewer": reviewer})
    groups = pd.Series(X.index, index=X.index)
    whole = LabelledFrame(X, labels, groups)
    return _part(whole, slice(0, LEARNED)), _part(whole, slice(LEARNED, None))


def _part(whole: LabelledFrame, rows: slice) -> LabelledFrame:
    return LabelledFrame(whole.X.iloc[rows], whole.labels.iloc[rows], whole.groups.iloc[rows])


def reviewers(*, is_poisoned: bool) -> dict[str, dict]:
    learned, judged = market(is_poisoned=is_poisoned)
    model = train_violation(
        learned.X,
        learned.labels["label"],
        groups=learned.groups,
        prior=violation_prior(learned.X, [], prevalence=0.3),
        least_per_class=5,
    )
    return {row["reviewer"]: row for row in doubted_reviewers(model, learned, judged)}


@pytest.fixture(scope="module")
def poisoned() -> dict[str, dict]:
    return reviewers(is_poisoned=True)


def test_who_turned_a_fifth_around_is_the_one_alarm(poisoned):
    assert {name: row["is_alarm"] for name, row in poisoned.items()} == {
        "ana": False, "bo": False, "cem": False, "mal": True,
    }  # fmt: skip
    assert [row["decisions"] for row in poisoned.values()] == [CASES // 4] * 4  # judging ones, too
    assert poisoned["mal"]["share"] > poisoned["mal"]["share_of_others"] + 0.1


def test_the_gate_stops_what_was_learned_from_them(poisoned):
    asked = judge(load_gate(), comparison(reviewers=list(poisoned.values())))
    assert asked.outcome == "failed"
    assert [result.rule["kind"] for result in asked.failed] == ["labels"]


def test_honest_reviewers_give_no_alarm():
    rows = reviewers(is_poisoned=False)
    assert not any(row["is_alarm"] for row in rows.values())
    assert judge(load_gate(), comparison(reviewers=list(rows.values()))).outcome == "passed"


def test_one_reviewer_alone_is_held_against_nobody():
    learned, judged = market(is_poisoned=False)
    learned.labels["reviewer"] = judged.labels["reviewer"] = "ana"
    model = train_violation(
        learned.X,
        learned.labels["label"],
        groups=learned.groups,
        prior=violation_prior(learned.X, [], prevalence=0.3),
        least_per_class=5,
    )
    assert doubted_reviewers(model, learned, judged) == []
