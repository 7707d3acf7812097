"""Weights that let decided cases speak for all entities, and draws that say how surely.

Which cases were decided was up to the queue, and so to the champion: taken as they are, they
flatter whoever resembles it. Each case therefore counts for 1/π entities, π being the probability
with which it came to be looked at (Horvitz & Thompson 1952, doi:10.1080/01621459.1952.10483446),
scaled so that each stratum counts for the entities it has (the ratio form, Hájek 1971).

There are two strata. *Reached*: entities that the queue policy or a rule served; all of them are
decided, and those of held-out groups or of the control sample are looked at here. *Rest*: all
others, of which only the control sample tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.metrics import bootstrap_weights
from analytics.retraining.labels import CONTROL_PROBABILITY, STRATUM
from analytics.selection.cases import CERTAIN

Floats = NDArray[np.float64]

REACHED, REST = "reached", "rest"


@dataclass(frozen=True)
class Sample:
    """Judged cases and what they stand for.

    Attributes:
        weights: Entities that each case stands for; they sum to those of the strata seen.
        strata: Stratum of each case.
        groups: What belongs together in the bootstrap.
        sizes: Entities of each stratum, those without any judged case included.
    """

    weights: Floats
    strata: NDArray[np.str_]
    groups: NDArray[np.object_]
    sizes: dict[str, int]

    def draws(self, count: int, seed: int) -> Iterator[Floats]:
        """Yield weights of a bootstrap over the groups within each stratum."""
        drawn = [
            _drawn(self.groups[at], self.weights[at], count, seed + place)
            for place, at in enumerate(self._members())
        ]
        for number in range(count):
            weights = np.zeros(len(self.weights))
            for at, stratum in zip(self._members(), drawn, strict=True):
                weights[at] = stratum[number]
            yield weights

    def _members(self) -> list[NDArray[np.intp]]:
        return [np.flatnonzero(self.strata == name) for name in sorted(set(self.strata))]


def draw_sample(
    judged: pd.DataFrame, groups: pd.Series, *, reached: int, population: int, share: float
) -> Sample:
    """Weigh the judged cases.

    Args:
        judged: Labels of the evaluation side of a `Split`.
        groups: Group of each, same index.
        reached: Entities decided because the queue policy took them, judged or not.
        population: Entities of the type.
        share: Share of groups held out.
    """
    strata = strata_of(judged)
    chance = inclusion(judged, strata, share)
    sizes = {REACHED: reached, REST: population - reached}
    weights = np.zeros(len(judged))
    for name, size in sizes.items():
        at = strata == name
        if at.any():
            weights[at] = size * (1 / chance[at]) / (1 / chance[at]).sum()
    return Sample(weights, strata, groups.loc[judged.index].to_numpy(dtype=object), sizes)


def strata_of(labels: pd.DataFrame) -> NDArray[np.str_]:
    """Return for each case whether the queue policy reached it."""
    is_top = labels[STRATUM].astype(str).str.endswith(CERTAIN).to_numpy(dtype=bool)
    return np.where(is_top, REACHED, REST)


def inclusion(judged: pd.DataFrame, strata: NDArray[np.str_], share: float) -> Floats:
    """Return the probability with which each case came to be judged.

    A case of the rest is judged when the control sample draws it. A reached one is judged when
    its group is held out or the control sample draws it.
    """
    control = judged[CONTROL_PROBABILITY].fillna(0.0).to_numpy(dtype=float)
    return np.where(strata == REST, control, share + control - share * control)


def _drawn(groups: NDArray[np.object_], weights: Floats, count: int, seed: int) -> list[Floats]:
    codes, _ = pd.factorize(groups)
    total = weights.sum()
    drawn = [times * weights for times in bootstrap_weights(codes.astype(np.intp), count, seed)]
    return [one * (total / one.sum()) if one.sum() > 0 else one for one in drawn]
