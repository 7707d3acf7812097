"""Reviewers whose decisions are doubted more often than those of the others."""

from typing import Final

import numpy as np
import pandas as pd

REVIEWER, DECISIONS, DOUBTED = "reviewer", "decisions", "doubted"
SHARE, OTHERS, P_VALUE, ALARM = "share", "share_of_others", "p_value", "is_alarm"
ALARM_AT: Final = 0.01


def reviewer_alarms(reviewers: pd.Series, is_doubted: pd.Series) -> pd.DataFrame:
    """Compare each reviewer's share of doubted decisions with that of all others.

    Fisher's exact test, one-sided; p-values are corrected for the number of reviewers by Holm's
    method (1979). Who decides harder cases is doubted more often, too: an alarm asks for a look.

    Args:
        reviewers: Who made each decision.
        is_doubted: Whether it is doubted, same index.

    Returns:
        One row a reviewer, the smallest p-value first: reviewer, decisions, doubted, share,
        share_of_others, p_value (corrected), is_alarm. Empty for fewer than two reviewers.
    """
    from scipy.stats import fisher_exact

    counts = is_doubted.astype(int).groupby(reviewers).agg(["size", "sum"])
    if len(counts) < 2:
        counts = counts.iloc[:0]
    total, doubted = len(is_doubted), int(is_doubted.sum())
    rows = []
    for name, (made, wrong) in zip(counts.index, counts.to_numpy(), strict=True):
        rest, rest_wrong = total - made, doubted - wrong
        table = [[wrong, made - wrong], [rest_wrong, rest - rest_wrong]]
        chance = fisher_exact(table, alternative="greater").pvalue
        rows.append((str(name), int(made), int(wrong), wrong / made, rest_wrong / rest, chance))
    names = [REVIEWER, DECISIONS, DOUBTED, SHARE, OTHERS, P_VALUE]
    found = pd.DataFrame(rows, columns=names).sort_values([P_VALUE, REVIEWER], ignore_index=True)
    found[P_VALUE] = _holm(found[P_VALUE].to_numpy(dtype=float))
    return found.assign(**{ALARM: found[P_VALUE] < ALARM_AT})


def _holm(rising: np.ndarray) -> np.ndarray:
    scaled = rising * np.arange(len(rising), 0, -1)
    return np.minimum(np.maximum.accumulate(scaled), 1.0) if len(rising) else rising
