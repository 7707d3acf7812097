"""Drawing a round of the queue: top list and rules for certain, a control sample at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import RANK
from analytics.review.eligible import PRIORITY
from analytics.selection.registry import BY_HARM

RULE: Final = "rule"
Fired = Mapping[str, Sequence[str]]
"""Names of the live rules that fire, by entity id."""


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
        by_rule: What live rules take for certain, also such that the top list takes, with the
            names of the rules.
    """

    policy: str
    population: int
    top: pd.Index
    control: pd.Index
    priority: pd.Series
    by_rule: Fired = field(default_factory=dict)

    @property
    def control_probability(self) -> float:
        """Chance of an eligible entity to be in the control sample."""
        return len(self.control) / self.population if self.population else 0.0

    def policies(self, entity_id: str) -> list[tuple[str, float]]:
        """Return why an entity was drawn, each with the chance that this would take it."""
        why = [(self.policy, 1.0)] if entity_id in self.top else []
        why += [(RULE, 1.0)] if entity_id in self.by_rule else []
        return why + ([("control", self.control_probability)] if entity_id in self.control else [])

    def stratum(self, entity_id: str) -> str:
        """Return `top` or `rule` for what was taken for certain, by whom, and else `rest`."""
        if entity_id in self.top:
            return "top"
        return RULE if entity_id in self.by_rule else "rest"


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
    fired: Fired | None = None,
) -> Round:
    """Draw a round.

    Args:
        eligible: Entities that may get a case, in the order of their rank, indexed by id.
        top: Those that the policy takes, the first first.
        policy: Name of the queue policy.
        capacity: Cases that the team reviews a day.
        control_share: Size of the control sample, as a share of the capacity.
        seed: Seed of everything random.
        fired: Live rules that fire, by entity id.
    """
    by_rule = _by_rule(eligible, top, fired or {}, capacity)
    random = np.random.default_rng(seed)
    control = _control(eligible, capacity, control_share, random)
    beyond = pd.Index([entity_id for entity_id in by_rule if entity_id not in top], dtype=object)
    only_control = control[~control.isin(top) & ~control.isin(beyond)]
    harm = eligible.loc[top, PRIORITY].sort_values(ascending=False, kind="stable")
    dealt = pd.Series(harm.to_numpy(), index=top)  # the place of most harm to the policy's first
    places = (dealt if len(top) else eligible[PRIORITY]).to_numpy()
    borrowed = random.choice(places, size=len(only_control)) if len(only_control) else places[:0]
    own = eligible[PRIORITY].reindex(beyond)
    priority = pd.concat([dealt, own, pd.Series(borrowed, index=only_control)])
    return Round(policy, len(eligible), top, control, priority, by_rule)


def _by_rule(eligible: pd.DataFrame, top: pd.Index, fired: Fired, capacity: int) -> Fired:
    """Return what rules take: of those that the top list leaves, the first `capacity` by rank.

    Which these are follows from the scores alone, so that each is taken for certain; and a rule
    that fires on everybody cannot bury the queue.
    """
    hit = [str(entity_id) for entity_id in eligible.index if entity_id in fired]
    listed = set(top)
    beyond = [entity_id for entity_id in hit if entity_id not in listed][:capacity]
    return {i: fired[i] for i in hit if i in listed} | {i: fired[i] for i in beyond}


def _control(
    eligible: pd.DataFrame, capacity: int, control_share: float, random: np.random.Generator
) -> pd.Index:
    if control_share == 0 or eligible.empty:
        return eligible.index[:0]
    size = min(len(eligible), max(1, round(control_share * capacity)))
    ids = eligible.index.sort_values()
    return ids[np.sort(random.choice(len(ids), size=size, replace=False))]
