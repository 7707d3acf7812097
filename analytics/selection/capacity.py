"""What a day's review capacity buys: violators found and missed, honest merchants hit, and harm.

A capacity of k cases stands for a threshold: the score of the k-th of all entities today; of those
with just that score, a share is within it. What the decided rounds say of scores from there on, as
they were at the draw, comes from the top lists and the control samples as in `estimates`; so
precision and recall hold for all, not for the reviewed.

Harm is the GMV at risk of violators. An amount is counted as a share of the largest amount drawn:
among numbers from 0 to 1 with one mean, yes and no scatter most, so that Wilson's interval is wide
enough for all of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import EXPECTED_HARM, GMV_AT_RISK, VIOLATION_PROBABILITY
from analytics.errors import InputError
from analytics.model.metrics import Estimate
from analytics.selection.cases import Rounds, Y
from analytics.selection.estimates import LEAST_CONTROL, combined
from analytics.selection.ratio import share_of

ORDERS: Final = (VIOLATION_PROBABILITY, EXPECTED_HARM)
MEASURES: Final = ("precision", "recall", "caught", "missed", "cost")
POINTS: Final = 40


@dataclass(frozen=True)
class CapacityPlan:
    """What each capacity is estimated to give.

    Attributes:
        entities: How many could be reviewed.
        capacity: Cases a day asked about.
        cheapest: Cases a day of least cost.
        points: capacity, threshold, and of each of `MEASURES` its value, `_low` and `_high` (90 %):
            precision and recall of violations, GMV at risk caught and missed, and cost, counted in
            honest entities hit.
    """

    entities: int
    capacity: int
    cheapest: int
    points: pd.DataFrame

    def at(self, capacity: int) -> dict[str, float]:
        """Return the row of one capacity that was estimated."""
        row = self.points[self.points["capacity"] == capacity].iloc[0]
        return {str(name): float(value) for name, value in row.items()}


def cases_per_day(hours: float, seconds: float) -> int:
    """Return how many whole cases reviewers finish in so many hours a day, all together.

    Raises:
        InputError: Hours or seconds are not positive, or not one case is finished.
    """
    if not (hours > 0 and seconds > 0) or hours * 3600 < seconds:
        raise InputError("The hours must be enough for at least one case.")
    return math.floor(hours * 3600 / seconds)


def plan_capacity(
    cases: pd.DataFrame, scores: pd.Series, capacity: int, *, missed_cost: float
) -> CapacityPlan | None:
    """Estimate what capacities give, from 1 to all entities; None with too few control cases.

    Args:
        cases: As from `drawn_cases`, of one entity type.
        scores: Today's scores of all its entities, named by one of `ORDERS`.
        capacity: Cases a day to look at in particular; at most all count.
        missed_cost: What a violator missed costs, where an honest entity hit costs 1.

    Raises:
        InputError: The capacity or the cost is not positive.
    """
    if capacity < 1 or not missed_cost > 0:
        raise InputError("Capacity and cost must be positive.")
    known = scores.dropna().sort_values(ascending=False)
    drawn = cases[cases[str(scores.name)].notna()]
    rounds = Rounds(drawn, pd.Timedelta(0))
    if rounds.control.sum() < LEAST_CONTROL or known.empty:
        return None
    chosen = min(capacity, len(known))
    estimator = _Estimator(rounds, drawn, known, missed_cost)
    points = pd.DataFrame([estimator.at(k) for k in _grid(len(known), [chosen])])
    cheapest = int(points["capacity"].iloc[int(points["cost"].argmin())])
    return CapacityPlan(len(known), chosen, cheapest, points)


class _Estimator:
    def __init__(
        self, rounds: Rounds, drawn: pd.DataFrame, scores: pd.Series, missed_cost: float
    ) -> None:
        self._rounds, self._drawn, self._entities = rounds, drawn, len(scores)
        self._scores, self._missed_cost = scores, missed_cost
        amounts = drawn[GMV_AT_RISK].fillna(0.0)
        self._largest = float(amounts.max()) or 1.0
        self._harm = drawn[Y] * amounts / self._largest

    def at(self, capacity: int) -> dict[str, float]:
        """Return the threshold and the measures of reviewing so many, highest scores first."""
        y, threshold = self._drawn[Y], float(self._scores.iloc[capacity - 1])
        within = self._within(capacity, threshold)
        hit, wrong, missed = map(self._of, (y * within, (1 - y) * within, y * (1 - within)))
        caught, left = self._of(self._harm * within), self._of(self._harm * (1 - within))
        money = self._entities * self._largest
        estimates = (
            share_of(hit, wrong),
            share_of(hit, missed),
            _scaled(caught, money),
            _scaled(left, money),
            _sum(
                _scaled(missed, self._missed_cost * self._entities), _scaled(wrong, self._entities)
            ),
        )
        row: dict[str, float] = {"capacity": capacity, "threshold": threshold}
        for name, found in zip(MEASURES, estimates, strict=True):
            row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
        return row

    def _within(self, capacity: int, threshold: float) -> pd.Series:
        """Return for each drawn case the share of it that is within the capacity."""
        above = int((self._scores > threshold).sum())
        tied = int((self._scores == threshold).sum())
        drawn = self._drawn[str(self._scores.name)]
        return (drawn > threshold) + (drawn == threshold) * (capacity - above) / tied

    def _of(self, part: pd.Series) -> Estimate:
        return combined(self._rounds, self._rounds.of_top(part), self._rounds.eligible, part)


def _grid(entities: int, also: Sequence[int]) -> list[int]:
    spread = np.geomspace(1, entities, POINTS).round().astype(int)
    return sorted({*map(int, spread), *also})


def _scaled(found: Estimate, factor: float) -> Estimate:
    return Estimate(found.value * factor, found.low * factor, found.high * factor)


def _sum(one: Estimate, other: Estimate) -> Estimate:
    """Return the sum, its limits recovered from the parts' own (Zou & Donner 2008)."""
    value = one.value + other.value
    down = math.hypot(one.value - one.low, other.value - other.low)
    up = math.hypot(one.high - one.value, other.high - other.value)
    return Estimate(value, value - down, value + up)
