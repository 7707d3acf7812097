"""Whether it matters what a reviewer sees first: the evidence or the score."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd

from analytics.model.metrics import wilson
from analytics.monitoring.judgements import ARM, IS_OVERTURNED, JUDGED_AT, SECONDS

ARMS: Final = ("evidence_first", "score_first")
ARM_COLUMNS: Final = (
    "arm", "decisions", "timed", "seconds", "seconds_low", "seconds_high",
    "overturned", "share", "share_low", "share_high",
)  # fmt: skip
DIFFERENCE_COLUMNS: Final = ("measure", "value", "low", "high")
DRAWS: Final = 999
CONFIDENCE: Final = 0.9


def randomised(decisions: pd.DataFrame) -> pd.DataFrame:
    """Keep the decisions made since either order was first shown: before, all saw the evidence.

    Args:
        decisions: As from `shown_decisions`.
    """
    begun = decisions.loc[decisions[ARM] == ARMS[1], JUDGED_AT].min()
    if pd.isna(begun):
        return decisions.iloc[:0]
    return decisions[decisions[ARM].isin(ARMS) & (decisions[JUDGED_AT] >= begun)]


def by_arm(decisions: pd.DataFrame, *, longest_s: float, seed: int) -> pd.DataFrame:
    """Return the median time and the share overturned since, by what was shown first.

    Args:
        decisions: As from `randomised`.
        longest_s: Seconds that a case counts at most, because longer is a break.
        seed: Of the bootstrap.

    Returns:
        `ARM_COLUMNS`: seconds with the 90 % percentile interval of a bootstrap (missing below two
        times), share with Wilson's.
    """
    rows = []
    for arm in ARMS:
        own = decisions[decisions[ARM] == arm]
        if len(own):
            rows.append({"arm": arm, **_measured(own, longest_s, seed)})
    return pd.DataFrame(rows, columns=list(ARM_COLUMNS))


def differences(decisions: pd.DataFrame, *, longest_s: float, seed: int) -> pd.DataFrame:
    """Return score first minus evidence first: of the median time, and of the share overturned.

    Intervals are 90 %: of the medians by a bootstrap of both arms, of the shares by Newcombe's
    hybrid score method (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I,
    method 10).

    Returns:
        measure (`seconds` or `share`), value, low, high; none while an arm has no decision.
    """
    first, second = (decisions[decisions[ARM] == arm] for arm in ARMS)
    if first.empty or second.empty:
        return pd.DataFrame(columns=list(DIFFERENCE_COLUMNS))
    times = _times(second, longest_s), _times(first, longest_s)
    spread = _bootstrapped(lambda a, b, axis: np.median(a, axis) - np.median(b, axis), times, seed)
    middle = float(np.median(times[0]) - np.median(times[1])) if all(map(len, times)) else np.nan
    share = newcombe(
        (int(second[IS_OVERTURNED].sum()), len(second)),
        (int(first[IS_OVERTURNED].sum()), len(first)),
    )
    rows = [("seconds", middle, *spread), ("share", *share)]
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def newcombe(one: tuple[int, int], other: tuple[int, int]) -> tuple[float, float, float]:
    """Return the difference of two shares (hits, of how many) with its 90 % interval."""
    p, q = one[0] / one[1], other[0] / other[1]
    (p_low, p_high), (q_low, q_high) = wilson(p, one[1]), wilson(q, other[1])
    low = np.hypot(p - p_low, q_high - q)
    high = np.hypot(p_high - p, q - q_low)
    return p - q, float(p - q - low), float(p - q + high)


def _measured(own: pd.DataFrame, longest_s: float, seed: int) -> dict[str, float]:
    times = _times(own, longest_s)
    low, high = _bootstrapped(np.median, (times,), seed)
    overturned = int(own[IS_OVERTURNED].sum())
    share_low, share_high = wilson(overturned / len(own), len(own))
    return {
        "decisions": len(own),
        "timed": len(times),
        "seconds": float(np.median(times)) if len(times) else np.nan,
        "seconds_low": low,
        "seconds_high": high,
        "overturned": overturned,
        "share": overturned / len(own),
        "share_low": share_low,
        "share_high": share_high,
    }


def _times(own: pd.DataFrame, longest_s: float) -> np.ndarray:
    return own[SECONDS].dropna().clip(upper=longest_s).to_numpy()


def _bootstrapped(
    statistic: Callable[..., object], samples: tuple[np.ndarray, ...], seed: int
) -> tuple[float, float]:
    from scipy.stats import bootstrap

    if min(map(len, samples)) < 2:
        return np.nan, np.nan
    found = bootstrap(
        samples,
        statistic,
        vectorized=True,
        n_resamples=DRAWS,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)
