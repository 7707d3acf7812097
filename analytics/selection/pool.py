"""What a queue policy sees, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import (
    EXPECTED_HARM,
    GMV_AT_RISK,
    QUALITY_PROBABILITY,
    VIOLATION_PROBABILITY,
)

Floats = NDArray[np.float64]

FURTHEST = 3.0  # standard deviations: beyond, a value is extreme and no more than that
SCORES = (EXPECTED_HARM, GMV_AT_RISK, VIOLATION_PROBABILITY, QUALITY_PROBABILITY)


@dataclass(frozen=True)
class Pool:
    """The entities of one type from which a round may take cases.

    Attributes:
        scores: As from `scores.parquet`, in the order of expected harm, indexed by entity id: all
            that are eligible.
        size: How many the round takes.
        decided: Ids of entities that have a label already.
        contributions: Gives the contributions to the raw log-odds of violation of everybody that
            is scored, entities × features, indexed by entity id. It is a function, because
            reading them takes longer than a policy needs that does without.
    """

    scores: pd.DataFrame
    size: int
    decided: pd.Index = field(default_factory=lambda: pd.Index([]))
    contributions: Callable[[], pd.DataFrame] = pd.DataFrame

    @property
    def violation(self) -> Floats:
        """P(violation) of each row of `scores`; 0 where there is none."""
        return self.scores[VIOLATION_PROBABILITY].fillna(0.0).to_numpy(dtype=float)

    def space(self) -> tuple[Floats, Floats]:
        """Return where the eligible and the decided entities stand to each other.

        Contributions, each divided by its standard deviation over everybody scored: a linear term
        is a weight times how unusual the value is, so that the weight falls out and what is left
        does not depend on how much the present model makes of it. Without contributions the
        scores themselves are the space.

        Returns:
            Eligible and decided entities × dimensions.
        """
        known = self.contributions()
        if known.empty or not len(known.columns):
            known = self.scores[[name for name in SCORES if name in self.scores]]
        values = known.astype(float).fillna(0.0)
        spread = values.std(ddof=0).to_numpy()
        told = spread > 0
        away = (values.to_numpy() - values.mean().to_numpy())[:, told] / spread[told]
        placed = pd.DataFrame(np.clip(away, -FURTHEST, FURTHEST), index=values.index)
        eligible = placed.reindex(self.scores.index).fillna(0.0).to_numpy()
        return eligible, placed[placed.index.isin(self.decided)].to_numpy()


QueuePolicy = Callable[[Pool], pd.Series]
"""Returns a score of each row of `Pool.scores`: the higher, the sooner; missing: not at all."""
