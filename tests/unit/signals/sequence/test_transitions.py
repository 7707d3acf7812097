"""Surprise of steps, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from analytics.signals.sequence.event_log import EventLog
from analytics.signals.sequence.transitions import TransitionModel

EVENTS = pd.DataFrame(
    [("a", day, kind) for day, kind in enumerate("xyxyxz")]
    + [("b", day, kind) for day, kind in enumerate("xz")],
    columns=["entity_id", "day", "kind"],
)
ENTITIES = pd.DataFrame({"entity_id": ["a", "b"], "category": ["toys", "books"]})


def log_of(events, entities=ENTITIES):
    at = pd.Timestamp("2026-01-01") + pd.to_timedelta(events["day"], unit="D")
    return EventLog.from_frame(events.assign(at=at), entities)


def test_surprise_is_the_smoothed_frequency_in_bits():
    log = log_of(EVENTS)
    assert log.kinds == ("x", "y", "z", "other")
    model = TransitionModel(strength=2.0, smoothing=1.0).fit(log)
    # 8 events: x 4, y 2, z 2; with half an event more each, of 10.
    alone = np.array([4.5, 2.5, 2.5, 0.5]) / 10
    after_x = (np.array([0, 2, 2, 0]) + 1.0 * alone) / 5  # in all: x → y 2, x → z 2
    in_toys = (np.array([0, 2, 1, 0]) + 2.0 * after_x) / 5
    in_books = (np.array([0, 0, 1, 0]) + 2.0 * after_x) / 3
    surprise = model.surprise(log)
    assert surprise[0] == 0  # nothing is before the first event
    assert surprise[1] == pytest.approx(-np.log2(in_toys[1]))
    assert surprise[5] == pytest.approx(-np.log2(in_toys[2]))
    assert surprise[7] == pytest.approx(-np.log2(in_books[2]))
    entropy = -(in_toys * np.log2(in_toys)).sum()
    assert model.surplus(log)[5] == pytest.approx(-np.log2(in_toys[2]) - entropy)


def test_a_category_never_seen_is_as_the_population():
    log = log_of(EVENTS)
    model = TransitionModel(strength=2.0, smoothing=1.0).fit(log)
    other = log_of(EVENTS, ENTITIES.assign(category=["new", "newer"]))
    after_x = (2 + 0.25) / 5
    assert model.surprise(other)[[5, 7]] == pytest.approx([-np.log2(after_x)] * 2)


def test_only_the_largest_categories_have_numbers_of_their_own():
    model = TransitionModel(most_categories=1).fit(log_of(EVENTS))
    assert model.categories_.tolist() == ["toys"]


def test_a_kind_never_seen_counts_as_other():
    model = TransitionModel().fit(log_of(EVENTS))
    strange = log_of(EVENTS.assign(kind=["x", "?", "x", "?", "x", "?", "x", "?"]))
    other = log_of(EVENTS.assign(kind=["x", "other"] * 4))
    assert model.surprise(strange).tolist() == model.surprise(other).tolist()


def test_events_of_one_moment_do_not_follow_each_other():
    together = log_of(EVENTS.assign(day=0))
    model = TransitionModel().fit(together)
    assert model.surprise(together).tolist() == [0.0] * len(together)


def test_surpluses_of_the_fitted_population_add_up_to_nothing_where_steps_are_many():
    rng = np.random.default_rng(0)
    kinds = rng.choice(list("abc"), 20_000, p=[0.6, 0.3, 0.1])
    events = pd.DataFrame({"entity_id": "e", "day": np.arange(20_000) / 100, "kind": kinds})
    log = log_of(events, pd.DataFrame({"entity_id": ["e"]}))
    assert abs(TransitionModel().fit(log).surplus(log).mean()) < 0.02
