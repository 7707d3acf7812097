"""Drawing a round of the queue: the top list for certain, a control sample at random."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import RANK
from analytics.review.eligible import PRIORITY
from analytics.selection.registry import BY_HARM

RULE: Final = "rule"


@dataclass(frozen=True)
class Round:
    """What a round draws.

    Attributes:
        policy: Name of the queue policy that chose the top list.
        population: How many entities were eligible (N).
        top: Ids taken for certain: the policy's, the first first, then those that only rules hit.
        control: Ids drawn at random without replacement from all N, each with chance n/N.
        priority: Place in the queue of everything drawn. A control entity has the place of a
            random member of the top list, so that its place does not give it away.
        ruled: Those of the top that live rules hit.
        chosen: Those of the top that the policy chose.
    """

    policy: str
    population: int
    top: pd.Index
    control: pd.Index
    priority: pd.Series
    ruled: pd.Index
    chosen: pd.Index

    @property
    def control_probability(self) -> float:
        """Chance of an eligible entity to be in the control sample."""
        return len(self.control) / self.population if self.population else 0.0

    def policies(self, entity_id: str) -> list[tuple[str, float]]:
        """Return why an entity was drawn, each with the chance that this would take it."""
        why = [(self.policy, 1.0)] if entity_id in self.chosen else []
        why += [(RULE, 1.0)] if entity_id in self.ruled else []
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
    ruled: frozenset[str] = frozenset(),
) -> Round:
    """Draw a round.

    Args:
        eligible: Entities that may get a case, in the order of their rank, indexed by id.
        top: Those that the policy takes, the first first.
        policy: Name of the queue policy.
        capacity: Cases that the team reviews a day.
        control_share: Size of the control sample, as a share of the capacity.
        seed: Seed of everything random.
        ruled: Ids that live rules hit. They are taken for certain, too, beyond the policy's; at
            most `capacity` of them, by rank, so that one careless rule cannot flood the queue.
    """
    random = np.random.default_rng(seed)
    control = _control(eligible, capacity, control_share, random)
    by_rule = eligible.index[eligible.index.isin(list(ruled))]
    only_ruled = by_rule[~by_rule.isin(top)][:capacity]
    certain = top.append(only_ruled)
    only_control = control[~control.isin(certain)]
    harm = eligible.loc[top, PRIORITY].sort_values(ascending=False, kind="stable")
    dealt = pd.Series(harm.to_numpy(), index=top)  # the place of most harm to the policy's first
    places = (dealt if len(top) else eligible[PRIORITY]).to_numpy()
    borrowed = random.choice(places, size=len(only_control)) if len(only_control) else places[:0]
    own = eligible.loc[only_ruled, PRIORITY]
    priority = pd.concat([dealt, own, pd.Series(borrowed, index=only_control)])
    taken = by_rule[by_rule.isin(certain)]
    return Round(policy, len(eligible), certain, control, priority, taken, top)


def _control(
    eligible: pd.DataFrame, capacity: int, control_share: float, random: np.random.Generator
) -> pd.Index:
    if control_share == 0 or eligible.empty:
        return eligible.index[:0]
    size = min(len(eligible), max(1, round(control_share * capacity)))
    ids = eligible.index.sort_values()
    return ids[np.sort(random.choice(len(ids), size=size, replace=False))]
