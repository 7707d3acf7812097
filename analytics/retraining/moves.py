"""Which entities a challenger brings into today's reviews, which it drops, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import (
    EXPECTED_HARM,
    NAME,
    POLICY_HARM,
    RANK,
    VIOLATION_PROBABILITY,
    VIOLATION_RAW,
)
from analytics.features.spec import FeatureSpec

Floats = NDArray[np.float64]

LEAST_CHANGE = 0.01  # of log-odds, below which no reason is named
OTHER = "other features"


@dataclass(frozen=True)
class Scored:
    """What one model says of all entities, indexed by entity id.

    Attributes:
        scores: The scores file.
        contributions: To the raw log-odds of violation, entities × features.
        base: Raw log-odds before any feature is known.
        calibration: From raw to calibrated log-odds; None without a violation part.
    """

    scores: pd.DataFrame
    contributions: pd.DataFrame
    base: float
    calibration: Any

    def families(self, ids: pd.Index, family: Mapping[str, str]) -> pd.DataFrame:
        """Return what each family of features adds to the calibrated log-odds."""
        rows = self.contributions.reindex(ids).astype(float)
        if self.calibration is None or rows.empty or not len(rows.columns):
            return pd.DataFrame(index=ids)
        raw = self.scores.loc[ids, VIOLATION_RAW].to_numpy(dtype=float)
        slope = _secant(self.calibration, raw, self.base)
        named = [family.get(str(name), OTHER) for name in rows.columns]
        summed: pd.DataFrame = rows.mul(slope, axis=0).T.groupby(named).sum().T
        return summed


@dataclass(frozen=True)
class Move:
    """One entity that enters or leaves today's reviews.

    Attributes:
        rank: Under the challenger.
        was: Rank under the champion.
        family: Family of features whose weight changed most; None where none did.
        sentence: Why, in words.
    """

    entity_id: str
    name: str | None
    rank: int
    was: int
    probability: float | None
    probability_was: float | None
    family: str | None
    sentence: str


@dataclass(frozen=True)
class Moves:
    """All moves across today's capacity, by rank."""

    capacity: int
    stayed: int
    entered: tuple[Move, ...]
    left: tuple[Move, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "capacity": self.capacity,
            "stayed": self.stayed,
            "entered": [asdict(move) for move in self.entered],
            "left": [asdict(move) for move in self.left],
        }


def rank_moves(
    champion: Scored, challenger: Scored, specs: Sequence[FeatureSpec], capacity: int
) -> Moves:
    """Compare the two orders of the queue at today's capacity."""
    now, before = challenger.scores, champion.scores.reindex(challenger.scores.index)
    is_in, was_in = now[RANK] <= capacity, before[RANK] <= capacity
    entered = now.index[is_in & ~was_in]
    left = now.index[~is_in & was_in]
    moved = entered.append(left)
    family = {spec.name: spec.family for spec in specs}
    change = challenger.families(moved, family).sub(
        champion.families(moved, family), fill_value=0.0
    )
    harm = pd.DataFrame(
        {
            "quality": _without_policies(now) - _without_policies(before),
            "violation": now[POLICY_HARM] - before[POLICY_HARM],
        }
    )
    named = [NAME, RANK, VIOLATION_PROBABILITY]
    rows = zip(
        now.loc[moved, named].itertuples(name=None),
        before.loc[moved, named].itertuples(index=False, name=None),
        strict=True,
    )
    made = {new[0]: _move(new, old, change.loc[new[0]], harm.loc[new[0]]) for new, old in rows}
    return Moves(
        capacity,
        int((is_in & was_in).sum()),
        tuple(sorted((made[i] for i in entered), key=lambda move: move.rank)),
        tuple(sorted((made[i] for i in left), key=lambda move: move.was)),
    )


def _move(
    now: tuple[Any, ...], before: tuple[Any, ...], change: pd.Series, harm: pd.Series
) -> Move:
    entity_id, name, rank, probability = now
    _, was, probability_was = before
    family, sentence = _why(1.0 if rank < was else -1.0, change, harm)
    return Move(
        str(entity_id),
        None if pd.isna(name) else str(name),
        int(rank),
        int(was),
        _plain(probability),
        _plain(probability_was),
        family,
        sentence,
    )


def _why(sign: float, change: pd.Series, harm: pd.Series) -> tuple[str | None, str]:
    """Name what moved an entity up (`sign` 1) or down (−1)."""
    if sign * harm.sum() <= 0:
        others = "fell below it" if sign > 0 else "rose above it"
        return None, f"Others {others}."
    if sign * harm["quality"] > sign * harm["violation"]:
        return None, f"{'More' if sign > 0 else 'Fewer'} defective orders are expected."
    if change.empty or (sign * change).max() < LEAST_CHANGE:
        return None, f"The level of all probabilities is {'higher' if sign > 0 else 'lower'}."
    family = str((sign * change).idxmax())
    signals = f"{family.replace('_', ' ').capitalize()} signals"
    says = "more" if sign > 0 else "less"
    return family, f"{signals} speak {says} for a violation ({change[family]:+.1f})."


def _without_policies(scores: pd.DataFrame) -> pd.Series:
    return scores[EXPECTED_HARM] - scores[POLICY_HARM]


def _secant(calibration: Any, raw: Floats, base: float) -> Floats:
    """Return by what to multiply contributions so that they add up to calibrated log-odds."""
    away = raw - base
    change = calibration.log_odds(raw) - calibration.log_odds(np.full_like(raw, base))
    slope: Floats = np.where(np.abs(away) > 1e-9, change / np.where(away == 0, 1.0, away), 1.0)
    return slope


def _plain(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 6)
