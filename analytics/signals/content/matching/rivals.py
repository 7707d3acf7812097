"""How a pair stands against the others of its two records.

A product has few counterparts, so a pair that is only the third best for either of its records is
rarely one, however alike the two are. No label is used.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.signals.content.matching.candidates import Candidates, Rows
from analytics.signals.content.matching.spaces import Space

Floats = NDArray[np.float64]

_EQUAL = 1e-9


def similarity_features(candidates: Candidates, spaces: list[Space]) -> pd.DataFrame:
    """Return each space's cosine, and its lead and rank among all records of the other table.

    `lead` is the cosine less the best of the others, `rank` the number of records that are nearer.
    """
    columns: dict[str, Floats] = {}
    for space in spaces:
        cosine = space.cosine(candidates.left_row, candidates.right_row)
        columns[f"{space.name}_cosine"] = cosine
        for side, here, by_right in (
            ("left", candidates.left_row, False),
            ("right", candidates.right_row, True),
        ):
            lead, rank = _standing(space, here, cosine, by_right)
            columns[f"{space.name}_{side}_lead"] = lead
            columns[f"{space.name}_{side}_rank"] = rank
    return pd.DataFrame(columns)


def probability_features(candidates: Candidates, probability: Floats) -> pd.DataFrame:
    """Return how each pair's probability stands among the candidates of its two records.

    A pair that occurs twice counts once, with its mean.
    """
    pair = pd.DataFrame(
        {"left": candidates.left_row, "right": candidates.right_row, "p": probability}
    )
    means = pair.groupby(["left", "right"], sort=True)["p"].mean().reset_index()
    made = means.copy()
    for side in ("left", "right"):
        of_record = means.groupby(side)["p"]
        made[f"{side}_others_sum"] = of_record.transform("sum") - means["p"]
        made[f"{side}_rank"] = of_record.rank(ascending=False, method="min")
        made[f"{side}_best_other"] = _best_other(means, side)
        made[f"{side}_lead"] = means["p"] - made[f"{side}_best_other"]
        made[f"{side}_candidates"] = of_record.transform("size")
    made = made.rename(columns=lambda c: c if c in ("left", "right") else f"model_{c}")
    joined = pair[["left", "right"]].merge(made, how="left", on=["left", "right"])
    return joined.drop(columns=["left", "right"]).astype(np.float64)


def _standing(space: Space, here: Rows, cosine: Floats, by_right: bool) -> tuple[Floats, Floats]:
    lead, rank = np.empty(len(here)), np.empty(len(here))
    for start, block in space.blocks(by_right=by_right):
        at = np.flatnonzero((here >= start) & (here < start + len(block)))
        if not len(at):
            continue
        top = _two_best(block)[here[at] - start]
        is_best = cosine[at] >= top[:, 1] - _EQUAL
        lead[at] = cosine[at] - np.where(is_best, top[:, 0], top[:, 1])
        for k, row in zip(at, here[at] - start, strict=True):
            rank[k] = np.count_nonzero(block[row] > cosine[k] + _EQUAL)
    return lead, rank


def _two_best(block: Floats) -> Floats:
    """Return the second best and the best of each row; 0 where there is none."""
    padded = np.pad(block, ((0, 0), (max(0, 2 - block.shape[1]), 0)))
    return np.partition(padded, padded.shape[1] - 2, axis=1)[:, -2:]


def _best_other(means: pd.DataFrame, side: str) -> Floats:
    ordered = means.sort_values([side, "p"], ascending=[True, False], kind="stable")
    place = ordered.groupby(side).cumcount()
    best = ordered[place == 0].set_index(side)["p"]
    second = ordered[place == 1].set_index(side)["p"]
    is_best = (place == 0).reindex(means.index)
    others = np.where(is_best, means[side].map(second), means[side].map(best))
    return np.nan_to_num(others, nan=0.0)
