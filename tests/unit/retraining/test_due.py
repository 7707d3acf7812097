"""When a retrain is due, by labels and by days."""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from analytics.retraining.due import when_due
from analytics.review.challengers import Challenger
from analytics.settings import Settings

NOW = datetime(2026, 5, 31)


def labels(confirmed: int, cleared: int) -> pd.DataFrame:
    """Decisions 1, 2, 3 … in their order."""
    y = [1.0] * confirmed + [0.0] * cleared
    return pd.DataFrame({"label": y, "decision_id": range(1, len(y) + 1)})


def challenger(newest_decision: int | None, days_ago: float) -> Challenger:
    at = NOW - timedelta(days=days_ago)
    document = {"newest_decision": newest_decision}
    return Challenger(1, at, "merchant", "m2", "s1", "l1", "ana", document, "dismissed")


def due(confirmed=10, cleared=20, last=None, **settings):
    return when_due("merchant", labels(confirmed, cleared), last, NOW, Settings(**settings))


def test_nothing_is_due_unless_the_settings_say_so():
    found = due()
    assert not found.is_due
    assert found.why == "Neither retrain_after_labels nor retrain_every_days is set."


@pytest.mark.parametrize(("after", "is_due"), [(30, True), (31, False)])
def test_after_so_many_labels(after, is_due):
    found = due(retrain_after_labels=after)
    assert (found.is_due, found.new_labels) == (is_due, 30)
    assert found.why == (
        "30 new labels since the last retrain." if is_due else "30 new labels so far."
    )


def test_labels_that_the_last_retrain_knew_are_not_new():
    found = due(last=challenger(25, days_ago=2), retrain_after_labels=6)
    assert (found.is_due, found.new_labels, found.days) == (False, 5, 2.0)
    assert due(last=challenger(24, days_ago=2), retrain_after_labels=6).is_due
    assert due(last=challenger(None, days_ago=2), retrain_after_labels=30).new_labels == 30


def test_after_so_many_days_if_any_label_is_new():
    assert due(last=challenger(29, days_ago=7), retrain_every_days=7).why == (
        "7 days since the last retrain."
    )
    assert not due(last=challenger(29, days_ago=6.9), retrain_every_days=7).is_due
    assert not due(last=challenger(30, days_ago=70), retrain_every_days=7).is_due
    assert due(retrain_every_days=7).why == "There was no retrain before."


def test_what_would_end_in_too_few_labels_is_not_started():
    found = due(confirmed=4, retrain_after_labels=10)
    assert not found.is_due
    assert found.why == "Only 4 labels of one outcome, where 5 are needed."
