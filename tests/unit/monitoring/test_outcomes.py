"""What reviewers said against what the model had: worked out by hand on a few decisions."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from analytics.model.metrics import wilson
from analytics.monitoring import presentation
from analytics.monitoring.judgements import judgements, shown_decisions
from analytics.monitoring.outcomes import (
    calibration_by_month,
    policy_shifts,
    reliability_then_and_now,
)

DAY = datetime(2026, 5, 1)


def history(*rows: dict) -> pd.DataFrame:
    """Rows of the decisions, numbered from 1, a day apart; each clears a case by default."""
    usual = {
        "kind": "decision",
        "corrects": pd.NA,
        "source": "review",
        "outcome": "no_violation",
        "violation_probability": 0.2,
        "taxonomy_version": "v1",
        "presentation": "evidence_first",
        "seconds": 60.0,
        "batch_id": pd.NA,
    }
    made = [
        {"id": n, "judged_at": DAY + timedelta(days=n), **usual, **row}
        for n, row in enumerate(rows, 1)
    ]
    return pd.DataFrame(made).astype({"corrects": "Int64", "batch_id": "Int64"})


def judged(month: int, predicted: float, confirmed: int, cases: int, version: str = "v1"):
    return pd.DataFrame(
        {
            "judged_at": pd.Timestamp(2026, month, 3),
            "y": np.repeat([1.0, 0.0], [confirmed, cases - confirmed]),
            "violation_probability": predicted,
            "taxonomy_version": version,
        }
    )


def test_only_what_counts_is_a_judgement() -> None:
    found = judgements(
        history(
            {"outcome": "violation"},
            {"outcome": "cannot_tell"},
            {},
            {"source": "import", "violation_probability": np.nan},
            {"kind": "correction", "corrects": 3, "outcome": "violation"},
            {"kind": "overturn", "corrects": 1, "outcome": None},
            {"violation_probability": np.nan},
        )
    )
    assert list(found["y"]) == [1.0]  # of 3, as corrected; 1 was taken away
    assert list(found["judged_at"]) == [DAY + timedelta(days=5)]


def test_a_decision_is_overturned_by_whatever_says_otherwise_at_last() -> None:
    found = shown_decisions(
        history(
            {"outcome": "violation"},  # overturned
            {},  # corrected to a violation
            {},  # corrected to a violation, and back
            {"outcome": "violation"},  # corrected to another policy only
            {},
            {"batch_id": 1},  # a whole ring at once
            {"outcome": "cannot_tell"},
            {"kind": "overturn", "corrects": 1, "outcome": None},
            {"kind": "correction", "corrects": 2, "outcome": "violation"},
            {"kind": "correction", "corrects": 3, "outcome": "violation"},
            {"kind": "correction", "corrects": 4, "outcome": "violation"},
            {"kind": "correction", "corrects": 10, "outcome": "no_violation"},
        )
    )
    assert list(found["is_overturned"]) == [True, True, False, False, False]


def test_a_month_whose_probabilities_do_not_come_true_is_off() -> None:
    cases = pd.concat([judged(5, 0.2, 20, 100), judged(6, 0.2, 40, 100), judged(7, 0.2, 4, 5)])
    may, june, july = calibration_by_month(cases, least=20, gap_limit=0.05).itertuples()
    assert (may.observed, june.observed, july.observed) == (0.2, 0.4, 0.8)
    assert (june.low, june.high) == pytest.approx(wilson(0.4, 100))
    assert june.excess == pytest.approx(0.2)
    assert [may.is_off, june.is_off, july.is_off] == [False, True, False]


def test_the_last_thirty_days_stand_beside_the_time_before() -> None:
    cases = pd.concat([judged(5, 0.2, 2, 10), judged(7, 0.3, 6, 10)])
    found = reliability_then_and_now(cases, pd.Timestamp(2026, 7, 10))
    assert found.groupby("curve")["entities"].sum().to_dict() == {"Before": 10, "Last 30 days": 10}
    assert set(found.loc[found["curve"] == "Last 30 days", "predicted"]) == {0.3}


def test_a_version_of_the_policies_that_confirms_more_than_expected() -> None:
    cases = pd.concat([judged(5, 0.2, 20, 100), judged(6, 0.3, 60, 100, version="v2")])
    (shift,) = policy_shifts(cases, least=20, change_limit=0.05).itertuples()
    assert (shift.before, shift.after, shift.at) == ("v1", "v2", pd.Timestamp(2026, 6, 3))
    assert shift.change == pytest.approx(0.3)  # 0.3 more than expected, where it was 0 before
    half = 1.645 * np.sqrt((0.2 * 0.8 + 0.6 * 0.4) / 99)
    assert (shift.low, shift.high) == pytest.approx((0.3 - half, 0.3 + half))
    assert shift.is_shifted


def test_a_riskier_queue_under_another_version_is_no_shift() -> None:
    cases = pd.concat([judged(5, 0.2, 20, 100), judged(6, 0.6, 60, 100, version="v2")])
    (shift,) = policy_shifts(cases, least=20, change_limit=0.05).itertuples()
    assert shift.change == pytest.approx(0.0)
    assert not shift.is_shifted


def test_without_judgements_there_is_nothing_to_say() -> None:
    none = judgements(history({"outcome": "cannot_tell"}))
    assert calibration_by_month(none, least=1, gap_limit=0.0).empty
    assert policy_shifts(none, least=1, change_limit=0.0).empty
    assert reliability_then_and_now(none, pd.Timestamp(DAY)).empty


def arms(**seconds: list[float]) -> pd.DataFrame:
    rows = [(arm, s) for arm, times in seconds.items() for s in times]
    return pd.DataFrame(rows, columns=["presentation", "seconds"]).assign(
        judged_at=pd.Timestamp(DAY), is_overturned=False
    )


def test_what_was_decided_before_the_trial_began_is_left_out() -> None:
    decisions = shown_decisions(history({}, {"presentation": "score_first"}, {}))
    assert len(presentation.randomised(decisions)) == 2
    assert presentation.randomised(decisions.iloc[:1]).empty


def test_time_and_overturned_share_by_arm() -> None:
    decisions = arms(evidence_first=[10.0, 20.0, 900.0], score_first=[30.0, 30.0, 30.0, 30.0])
    decisions.loc[6, "is_overturned"] = True
    first, second = presentation.by_arm(decisions, longest_s=600, seed=0).itertuples()
    assert (first.arm, first.decisions, first.seconds) == ("evidence_first", 3, 20.0)
    assert (first.seconds_low, first.seconds_high) == (10.0, 600.0)  # a break counts 600 s
    assert (second.seconds, second.seconds_low, second.seconds_high) == (30.0, 30.0, 30.0)
    assert (second.overturned, second.share) == (1, 0.25)
    assert (second.share_low, second.share_high) == pytest.approx(wilson(0.25, 4))


def test_the_arms_are_compared_with_intervals() -> None:
    decisions = arms(evidence_first=[20.0] * 5, score_first=[30.0] * 5)
    seconds, share = presentation.differences(decisions, longest_s=600, seed=0).itertuples()
    assert (seconds.value, seconds.low, seconds.high) == (10.0, 10.0, 10.0)
    assert share.value == 0.0
    assert share.low == -share.high


def test_one_arm_alone_is_compared_with_nothing() -> None:
    assert presentation.differences(arms(score_first=[1.0]), longest_s=600, seed=0).empty


def test_newcombes_interval_of_his_own_example() -> None:
    """56/70 against 48/80 (Newcombe 1998, table II, a): 0.0524 to 0.3339 at 95 %, here at 90 %."""
    value, low, high = presentation.newcombe((56, 70), (48, 80))
    assert value == pytest.approx(0.2)
    assert 0.0524 < low < value < high < 0.3339
    above, below = wilson(0.8, 70), wilson(0.6, 80)
    assert low == pytest.approx(0.2 - np.hypot(0.8 - above[0], below[1] - 0.6))
