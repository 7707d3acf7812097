"""Reviewers' judgements as rows to measure on: what was decided, and what came of it later."""

from operator import ne
from typing import Final

import pandas as pd

from analytics.columns import VIOLATION_PROBABILITY

JUDGED_AT, Y, VERSION = "judged_at", "y", "taxonomy_version"
ARM, SECONDS, IS_OVERTURNED = "presentation", "seconds", "is_overturned"
TOLD: Final = ("violation", "no_violation")


def judgements(history: pd.DataFrame) -> pd.DataFrame:
    """Return the reviewers' yes and no that still count, with the probability they were shown.

    Args:
        history: As from `Decisions.history`.

    Returns:
        judged_at, `y` (1 or 0), violation_probability, taxonomy_version; oldest first, without
        those whose probability was not recorded.
    """
    counts = (
        (history["kind"] != "overturn")
        & ~history["id"].isin(history["corrects"].dropna())
        & (history["source"] == "review")
        & history["outcome"].isin(TOLD)
        & history[VIOLATION_PROBABILITY].notna()
    )
    kept = history.loc[counts, [JUDGED_AT, "outcome", VIOLATION_PROBABILITY, VERSION]]
    kept = kept.assign(**{Y: (kept.pop("outcome") == "violation").astype(float)})
    return kept.sort_values(JUDGED_AT, kind="stable").reset_index(drop=True)


def shown_decisions(history: pd.DataFrame) -> pd.DataFrame:
    """Return the reviewers' decisions on single cases, with what they were shown and what followed.

    Args:
        history: As from `Decisions.history`.

    Returns:
        presentation, judged_at, seconds, and whether it `is_overturned`: taken away later, or
        corrected to another outcome.
    """
    own = history[
        (history["kind"] == "decision")
        & (history["source"] == "review")
        & history["batch_id"].isna()
        & history["outcome"].isin(TOLD)
    ]
    last = _last_outcomes(history)
    final = [last.get(int(i), said) for i, said in zip(own["id"], own["outcome"], strict=True)]
    kept = own[[ARM, JUDGED_AT, SECONDS]].reset_index(drop=True)
    return kept.assign(**{IS_OVERTURNED: [*map(ne, final, own["outcome"])]})


def _last_outcomes(history: pd.DataFrame) -> dict[int, str | None]:
    """Return by decision what its last amendment says; None where that took it away."""
    first: dict[int, int] = {}
    last: dict[int, str | None] = {}
    amendments = history[history["corrects"].notna()].sort_values("id")
    columns = [amendments[name].to_list() for name in ("id", "corrects", "kind", "outcome")]
    for row, corrected, kind, outcome in zip(*columns, strict=True):
        first[row] = first.get(corrected, corrected)
        last[first[row]] = None if kind == "overturn" else outcome
    return last
