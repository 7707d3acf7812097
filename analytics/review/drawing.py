"""Drawing a round of the queue: the top list for certain, a control sample at random."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.columns import EXPECTED_HARM, RANK
from analytics.review.eligible import PRIORITY


@dataclass(frozen=True)
class Round:
    """What a round draws.

    Attributes:
        population: How many entities were eligible (N).
        top: Ids taken for certain, by rank.
        control: Ids drawn at random without replacement from all N, each with chance n/N.
        priority: Place in the queue of everything drawn. A control entity has the place of a
            random member of the top list, so that its place does not give it away.
    """

    population: int
    top: pd.Index
    control: pd.Index
    priority: pd.Series

    @property
    def control_probability(self) -> float:
        """Chance of an eligible entity to be in the control sample."""
        return len(self.control) / self.population if self.population else 0.0

    def policies(self, entity_id: str) -> list[tuple[str, float]]:
        """Return why an entity was drawn, each with the chance that this would take it."""
        why = [("expected_harm", 1.0)] if entity_id in self.top else []
        return why + ([("control", self.control_probability)] if entity_id in self.control else [])


def draw_round(
    eligible: pd.DataFrame,
    *,
    capacity: int,
    waiting: int,
    control_share: float,
    is_refill: bool,
    seed: int,
) -> Round:
    """Draw a round.

    Args:
        eligible: Entities that may get a case, in the order of their rank, indexed by id.
        capacity: Cases that the team reviews a day.
        waiting: Cases of earlier rounds that are not closed yet.
        control_share: Size of the control sample, as a share of the capacity.
        is_refill: Take another `capacity` from the top, whatever waits.
        seed: Seed of everything random.
    """
    random = np.random.default_rng(seed)
    within = int((eligible[RANK] <= capacity).sum())
    size = capacity if is_refill else max(within, capacity - waiting)
    harmful = eligible[eligible[EXPECTED_HARM] > 0]
    top = harmful.head(size)
    control = _control(eligible, capacity, control_share, random)
    only_control = control[~control.isin(top.index)]
    places = (top if len(top) else eligible)[PRIORITY].to_numpy()
    borrowed = random.choice(places, size=len(only_control)) if len(only_control) else places[:0]
    priority = pd.concat([top[PRIORITY], pd.Series(borrowed, index=only_control)])
    return Round(len(eligible), top.index, control, priority)


def _control(
    eligible: pd.DataFrame, capacity: int, control_share: float, random: np.random.Generator
) -> pd.Index:
    if control_share == 0 or eligible.empty:
        return eligible.index[:0]
    size = min(len(eligible), max(1, round(control_share * capacity)))
    ids = eligible.index.sort_values()
    return ids[np.sort(random.choice(len(ids), size=size, replace=False))]
