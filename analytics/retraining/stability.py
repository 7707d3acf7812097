"""Whether two models give the same reasons for the same entities."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.columns import NAME, RANK
from analytics.retraining.moves import Scored

TOP: Final = 3
EXAMPLES: Final = 5
Reasons = list[str]


@dataclass(frozen=True)
class Stability:
    """How far the reasons of two models agree, over entities that either brings into capacity.

    Attributes:
        entities: How many were compared.
        top: Reasons of each: the features that raise P(violation) most.
        overlap: Mean share of those features that both name, of all that either names (Jaccard
            1912); None where nobody has a reason.
        same_first: Share of entities whose first reason is the same.
        changed: Entities whose reasons agree least: entity_id, name, overlap, and the features that
            "champion" and "challenger" name.
    """

    entities: int
    top: int
    overlap: float | None
    same_first: float | None
    changed: list[dict[str, Any]]


def reason_stability(champion: Scored, challenger: Scored, capacity: int) -> dict[str, Any]:
    """Compare the first reasons of both models; plain data of a `Stability`."""
    now = challenger.scores
    before = champion.scores.reindex(now.index)
    ids = now.index[((now[RANK] <= capacity) | (before[RANK] <= capacity)).to_numpy(dtype=bool)]
    ids = ids[ids.isin(champion.contributions.index) & ids.isin(challenger.contributions.index)]
    pairs = list(
        zip(
            first_reasons(champion.contributions.loc[ids]),
            first_reasons(challenger.contributions.loc[ids]),
            strict=True,
        )
    )
    rows = [
        {
            "entity_id": str(entity_id),
            "name": None if pd.isna(name) else str(name),
            "overlap": round(len({*old} & {*new}) / len({*old} | {*new}), 6),
            "champion": old,
            "challenger": new,
        }
        for (entity_id, name), (old, new) in zip(now.loc[ids, NAME].items(), pairs, strict=True)
        if old or new
    ]
    return asdict(_stability(rows))


def _stability(rows: list[dict[str, Any]]) -> Stability:
    changed = sorted((r for r in rows if r["overlap"] < 1), key=lambda row: row["overlap"])
    if not rows:
        return Stability(0, TOP, None, None, [])
    same = [row["champion"][:1] == row["challenger"][:1] for row in rows]
    overlap = float(np.mean([row["overlap"] for row in rows]))
    return Stability(
        len(rows), TOP, round(overlap, 6), round(float(np.mean(same)), 6), changed[:EXAMPLES]
    )


def first_reasons(contributions: pd.DataFrame) -> list[Reasons]:
    """Return the features that raise the log-odds most, at most `TOP` of each entity."""
    values = contributions.to_numpy(dtype=float)
    order = np.argsort(-values, axis=1, kind="stable")[:, :TOP]
    names = contributions.columns.to_numpy()
    return [[str(names[j]) for j in row if values[i, j] > 0] for i, row in enumerate(order)]
