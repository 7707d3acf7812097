"""Drawing a round of the queue: the top list for certain, a control sample at random."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.columns import RANK
from analytics.review.eligible import PRIORITY
from analytics.selection.registry import BY_HARM


@dataclass(frozen=True)
class Round:
    """What a round draws.

    Attributes:
        policy: Name of the queue policy that chose the top list.
        population: How many entities were eligible (N).
        top: Ids taken for certain, the first first.
        control: Ids drawn at random without replacement from all N, each with chance n/N.
        priority: Place in the queue of everything drawn. A control entity has the place of a
            random member of the top list, so that its place does not give it away.
    """

    policy: str
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
        why = [(self.policy, 1.0)] if entity_id in self.top else []
        return why + ([("control", self.control_probability)] if entity_id in self.control else [])


def round_size(
    eligible: pd.DataFrame, policy: str, *, capacity: int, waiting: int, is_refill: bool
) -> int:
    """Return how many a round takes for certain, as far as there are so many.

    A refill takes a whole capacity. Otherwise the queue is filled up to the capacity; by expected
    harm, what ranks within the capacity is taken whatever waits.

    Args:
        eligible: Entities that may get a case, with their rank.
        policy: Name of the queue policy.
        capacity: Cases that the team reviews a day.
        waiting: Cases of earlier rounds that are not closed yet.
        is_refill: Take another `capacity`, whatever waits.
    """
    if is_refill:
        return capacity
    within = int((eligible[RANK] <= capacity).sum()) if policy == BY_HARM else 0
    return max(within, capacity - waiting)


def draw_round(
    eligible: pd.DataFrame,
    top: pd.Index,
    policy: str,
    *,
    capacity: int,
    control_share: float,
    seed: int,
) -> Round:
    """Draw a round.

    Args:
        eligible: Entities that may get a case, in the order of their rank, indexed by id.
        top: Those that the policy takes, the first first.
        policy: Name of the queue policy.
        capacity: Cases that the team reviews a day.
        control_share: Size of the control sample, as a share of the capacity.
        seed: Seed of everything random.
    """
    random = np.random.default_rng(seed)
    control = _control(eligible, capacity, control_share, random)
    only_control = control[~control.isin(top)]
    harm = eligible.loc[top, PRIORITY].sort_values(ascending=False, kind="stable")
    dealt = pd.Series(harm.to_numpy(), index=top)  # the place of most harm to the policy's first
    places = (dealt if len(top) else eligible[PRIORITY]).to_numpy()
    borrowed = random.choice(places, size=len(only_control)) if len(only_control) else places[:0]
    priority = pd.concat([dealt, pd.Series(borrowed, index=only_control)])
    return Round(policy, len(eligible), top, control, priority)


def _control(
    eligible: pd.DataFrame, capacity: int, control_share: float, random: np.random.Generator
) -> pd.Index:
    if control_share == 0 or eligible.empty:
        return eligible.index[:0]
    size = min(len(eligible), max(1, round(control_share * capacity)))
    ids = eligible.index.sort_values()
    return ids[np.sort(random.choice(len(ids), size=size, replace=False))]
