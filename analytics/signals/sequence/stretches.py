"""Stretches of many sequences at once: sums, windows, and the heaviest stretch of each."""

from dataclasses import dataclass

import numpy as np

from analytics.signals.sequence.event_log import EventLog, Floats, Ints

_FAR = 1_000_000.0  # days; further apart than any two events


@dataclass(frozen=True)
class Stretches:
    """A stretch of each entity's events.

    Attributes:
        weight: Sum of the values in it, 0 for an entity without any above zero.
        first: Place in the log of its first event, −1 where it is empty.
        last: Place of its last event, −1 where it is empty.
    """

    weight: Floats
    first: Ints
    last: Ints


def totals(log: EventLog, values: Floats) -> Floats:
    """Return the sum of the values of each entity's events."""
    return np.bincount(log.code, values, minlength=log.size).astype(float)


def faded(log: EventLog, moments: Floats, half_life: float) -> Floats:
    """Return the weight of each event, halved for every `half_life` days before the moment."""
    return 0.5 ** ((moments[log.code] - log.at) / half_life)


def within(log: EventLog, days: float) -> Ints:
    """Return how many events of its entity came in the `days` up to each event, itself included."""
    if len(log) == 0:
        return np.zeros(0, dtype=np.int64)
    place = log.code * _FAR + (log.at - log.at.min())
    since = np.searchsorted(place, place - days, side="right")
    return np.arange(1, len(log) + 1) - np.maximum(since, log.bounds[log.code])


def heaviest(log: EventLog, values: Floats) -> Stretches:
    """Return the stretch of each entity whose values add up to most (Kadane's algorithm).

    A stretch begins where the sum so far is least, so a running least sum finds them all.
    """
    empty = np.full(log.size, -1)
    if len(log) == 0:
        return Stretches(np.zeros(log.size), empty, empty.copy())
    before = np.cumsum(values) - values
    before = before - before[log.bounds[:-1].clip(max=len(log) - 1)][log.code]
    # Each entity's sums lie below all of the one before, so that the least one starts anew with it.
    span = 2 * np.abs(before).max() + 2
    lowered = before - span * log.code
    is_least = lowered <= np.minimum.accumulate(lowered)
    begin = np.maximum.accumulate(np.where(is_least, np.arange(len(log)), 0))
    weight = before + values - before[begin]
    best = highest(log, weight)
    best = best[weight[best] > 0]
    sums, first, last = np.zeros(log.size), empty, empty.copy()
    code = log.code[best]
    sums[code], first[code], last[code] = weight[best], begin[best], best
    return Stretches(sums, first, last)


def highest(log: EventLog, values: Floats) -> Ints:
    """Return the place of the highest value of each entity that has events, the first of equals."""
    starts = log.bounds[:-1][np.diff(log.bounds) > 0]
    if len(starts) == 0:
        return np.zeros(0, dtype=np.int64)
    most = np.zeros(log.size)
    most[log.code[starts]] = np.maximum.reduceat(values, starts)
    equal = np.flatnonzero(values == most[log.code])
    return equal[np.diff(log.code[equal], prepend=-1) != 0]


def within_last(log: EventLog, most: int) -> EventLog:
    """Return the log with at most so many events of each entity, its last ones."""
    return log.where(np.arange(len(log)) >= log.bounds[1:][log.code] - most)
