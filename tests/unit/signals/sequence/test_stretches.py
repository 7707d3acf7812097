"""Sums, windows and heaviest stretches of many sequences at once, against plain loops."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.sequence.event_log import EventLog
from analytics.signals.sequence.stretches import faded, heaviest, totals, within, within_last


@pytest.fixture
def log():
    """Sequences of 0 to 30 events, some at the same moment."""
    rng = np.random.default_rng(0)
    code = np.repeat(np.arange(12), [0, 1, 30, 2, 0, 17, 5, 9, 0, 3, 25, 0])
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 40, len(code)), unit="D")
    events = pd.DataFrame({"entity_id": [f"e{c:02}" for c in code], "at": at, "kind": "x"})
    return EventLog.from_frame(events, pd.DataFrame({"entity_id": [f"e{c:02}" for c in range(12)]}))


def of_each(log):
    return [range(a, b) for a, b in zip(log.bounds[:-1], log.bounds[1:], strict=True)]


def test_totals(log):
    values = np.arange(len(log), dtype=float)
    assert totals(log, values).tolist() == [sum(values[list(own)]) for own in of_each(log)]


def test_weights_halve_with_age(log):
    moments = np.full(log.size, log.at.max() + 3.0)
    newest = faded(log, moments, 3.0)[log.at == log.at.max()]
    assert newest.tolist() == [0.5] * len(newest)


@pytest.mark.parametrize("length", [1.0, 7.0, 100.0])
def test_events_within_so_many_days(log, length):
    expected = [
        sum(log.at[i] - length < log.at[j] for j in own if j <= i)
        for own in of_each(log)
        for i in own
    ]
    assert within(log, length).tolist() == expected


def test_heaviest_stretch_is_the_best_of_all(log):
    values = np.random.default_rng(1).normal(size=len(log))
    found = heaviest(log, values)
    for code, own in enumerate(of_each(log)):
        sums = {(i, j): values[i : j + 1].sum() for i in own for j in own if i <= j}
        most = max(sums.values(), default=0.0)
        assert found.weight[code] == pytest.approx(max(most, 0.0))
        if most > 0:
            assert sums[found.first[code], found.last[code]] == pytest.approx(most)
        else:
            assert (found.first[code], found.last[code]) == (-1, -1)


def test_nothing_has_no_stretch(log):
    nothing = log.where(np.zeros(len(log), dtype=bool))
    assert heaviest(nothing, np.zeros(0)).weight.tolist() == [0.0] * log.size
    assert within(nothing, 3.0).tolist() == []


def test_last_events_of_each(log):
    kept = within_last(log, 4)
    assert np.diff(kept.bounds).tolist() == np.minimum(np.diff(log.bounds), 4).tolist()
    for own, few in zip(of_each(log), of_each(kept), strict=True):
        assert kept.at[list(few)].tolist() == log.at[list(own)][-4:].tolist()
