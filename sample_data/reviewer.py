"""A simulated reviewer who labels from the truth, with a human's errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import numpy as np
import pandas as pd

from analytics.columns import EntityType

DEFAULT_LOOK_ALIKE_SHARE = 0.15
HARDNESS = 5.0  # how many times more often an error happens on a look-alike
FALSE_POLICY = {"merchant": "M2", "product": "P7", "creator": "C2"}


@dataclass(frozen=True)
class Verdict:
    """What the reviewer decided.

    Attributes:
        outcome: `violation` or `no_violation`.
        policy: Code of the policy violated, None without a violation.
        seconds: Time spent on the case.
    """

    outcome: str
    policy: str | None
    seconds: float


class SimulatedReviewer:
    """Decides from the truth as of a moment.

    `sensitivity` and `specificity` hold over a whole population of entities; among the honest,
    look-alikes are mistaken five times as often as others, so on a queue full of look-alikes the
    specificity is lower, as it would be for people. The same seed decides the same way about the
    same entity.

    Args:
        truth: entity_type, entity_id, policy, group, since.
        look_alikes: entity_type, entity_id, kind, group.
        seed: Seed of the errors.
        sensitivity: Share of violations recognised.
        specificity: Share of the honest cleared.
        population: Entities of each type, from which the share of look-alikes follows;
            without it 15 % are taken to be look-alikes.
    """

    def __init__(
        self,
        truth: pd.DataFrame,
        look_alikes: pd.DataFrame,
        seed: int = 0,
        sensitivity: float = 0.90,
        specificity: float = 0.99,
        population: Mapping[str, int] | None = None,
    ) -> None:
        self._seed = seed
        self._sensitivity = sensitivity
        self._truth = _by_entity(truth, ["policy", "since"])
        self._hard = set(zip(look_alikes["entity_type"], look_alikes["entity_id"], strict=True))
        self._false_alarm = {
            entity: _split_rate(
                1 - specificity, self._share(entity, look_alikes, truth, population)
            )
            for entity in ("merchant", "product", "creator")
        }

    def decide(self, entity_type: EntityType, entity_id: str, at: datetime) -> Verdict:
        """Decide about an entity from what it had done by `at`."""
        key = (entity_type, entity_id)
        violations = [policy for policy, since in self._truth.get(key, []) if since <= at]
        error, choice, pace = self._draws(entity_type, entity_id)
        seconds = float(np.round(np.exp(3.6 + 0.5 * _normal(pace)), 1))
        if violations:
            if error < self._sensitivity:
                return Verdict("violation", violations[int(choice * len(violations))], seconds)
            return Verdict("no_violation", None, seconds)
        ordinary, hard = self._false_alarm[entity_type]
        if error < (hard if key in self._hard else ordinary):
            return Verdict("violation", FALSE_POLICY[entity_type], seconds)
        return Verdict("no_violation", None, seconds)

    def _draws(self, entity_type: str, entity_id: str) -> np.ndarray:
        text = f"{self._seed}|{entity_type}|{entity_id}".encode()
        words = np.frombuffer(blake2b(text, digest_size=24).digest(), dtype="<u8")
        return (words >> np.uint64(11)).astype(float) * 2.0**-53

    @staticmethod
    def _share(
        entity: str,
        look_alikes: pd.DataFrame,
        truth: pd.DataFrame,
        population: Mapping[str, int] | None,
    ) -> float:
        if population is None:
            return DEFAULT_LOOK_ALIKE_SHARE
        hard = int((look_alikes["entity_type"] == entity).sum())
        harmful = truth.loc[truth["entity_type"] == entity, "entity_id"].nunique()
        return hard / max(population[entity] - harmful, 1)


def _by_entity(
    frame: pd.DataFrame, columns: list[str]
) -> dict[tuple[str, str], list[tuple[str, datetime]]]:
    found: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
    for row in frame[["entity_type", "entity_id", *columns]].itertuples(index=False):
        found.setdefault((row[0], row[1]), []).append((row[2], row[3]))
    return found


def _split_rate(rate: float, hard_share: float) -> tuple[float, float]:
    """Error rates of ordinary and hard cases whose mixture is `rate`."""
    ordinary = rate / (1 - hard_share + HARDNESS * hard_share)
    if HARDNESS * ordinary <= 1 or hard_share >= 1:
        return min(1.0, ordinary), min(1.0, HARDNESS * ordinary)
    return (rate - hard_share) / (1 - hard_share), 1.0


def _normal(u: float) -> float:
    """About a normal deviate from a uniform one (logistic approximation)."""
    clipped = min(max(u, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)) / 1.702)
