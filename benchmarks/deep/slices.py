"""Stretches of an event log as rows of equal width, as a recurrent network reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from analytics.signals.sequence.event_log import OTHER, EventLog, Ints

Singles: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """Stretches of events, sequences × places; behind the end of each stands the padding.

    Attributes:
        kind: Number of the kind of each event; the padding is the number of kinds.
        gap: log(1 + days since the entity's event before), 0 at its first.
        length: Events of each sequence, at least one.
    """

    kind: Ints
    gap: Singles
    length: Ints


def rows_of(log: EventLog, kinds: Sequence[str], begin: Ints, length: Ints) -> Rows:
    """Cut stretches out of a log.

    Args:
        log: The log.
        kinds: Kinds with a number, `OTHER` among them; each that is not among them is `OTHER`.
        begin: Place in the log of the first event of each stretch.
        length: Events of each stretch, at least one.
    """
    step = np.arange(length.max(initial=1))
    is_event = step < length[:, None]
    place = np.where(is_event, begin[:, None] + step, 0)
    known = list(kinds)
    number = np.array([known.index(k if k in known else OTHER) for k in log.kinds])
    gap = np.log1p(np.nan_to_num(log.gap[place])) * is_event
    return Rows(np.where(is_event, number[log.kind[place]], len(known)), gap.astype("f4"), length)


def drawn_stretches(
    log: EventLog, codes: Ints, views: int, shortest: int, longest: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw stretches at random: any length, then any place, each as likely as any other.

    Args:
        log: The log.
        codes: Entities with at least `shortest` events.
        views: Stretches of each.
        shortest: Least number of events.
        longest: Most events.
        rng: Draws.

    Returns:
        Place of the first event and number of events, those of one entity side by side.
    """
    first, size = (np.repeat(v[codes], views) for v in (log.bounds[:-1], np.diff(log.bounds)))
    length = rng.integers(shortest, np.minimum(size, longest), endpoint=True)
    return first + rng.integers(0, size - length, endpoint=True), length


def last_events(log: EventLog, codes: Ints, most: int) -> tuple[Ints, Ints]:
    """Return the place and number of the last events of entities, at most `most` of each."""
    length = np.minimum(np.diff(log.bounds)[codes], most)
    return log.bounds[1:][codes] - length, length
