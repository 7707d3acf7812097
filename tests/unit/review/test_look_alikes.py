"""Whom a decision on a whole ring may wrong, and why."""

from datetime import datetime

import pandas as pd
import pytest

from analytics.review.look_alikes import look_alike

TIED = {
    "hidden_tie": 0.9,
    "rarest": 2.0,
    "confirmed": None,
    "cleared_at": pd.NaT,
    "violation_probability": 0.4,
}


@pytest.mark.parametrize(
    ("told", "reasons", "is_likely"),
    [
        ({}, (), False),
        ({"cleared_at": datetime(2026, 5, 2)}, ("Cleared on 2026-05-02",), True),
        ({"confirmed": 0.0}, ("Cleared before",), True),
        (
            {"hidden_tie": 0.0},
            ("Tied only by what is shown openly, such as an address or sales",),
            True,
        ),
        ({"rarest": 12.0}, ("The rarest value that ties it has 12 holders",), True),
        ({"rarest": float("nan")}, (), False),
        ({"violation_probability": 0.02}, ("Its own risk is low (2 %)",), False),
        ({"violation_probability": float("nan")}, (), False),
        ({"confirmed": 1.0, "hidden_tie": 0.0, "rarest": 90.0}, (), False),
    ],
)
def test_reasons(told, reasons, is_likely):
    found = look_alike(pd.Series(TIED | told, dtype=object), low_risk=0.05)
    assert (found.reasons, found.is_likely) == (reasons, is_likely)
