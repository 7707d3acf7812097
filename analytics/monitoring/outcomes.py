"""Whether probabilities still come true, and whether reviewers confirm more or less than before.

Judged cases are no sample of all: the queue chose them by their scores. Given the score that choice
tells nothing more, so what is compared is always the share confirmed with the probabilities of the
very same cases, never a bare share with another.
"""

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analytics.columns import VIOLATION_PROBABILITY
from analytics.model.metrics import reliability, wilson
from analytics.monitoring.judgements import JUDGED_AT, VERSION, Y

Z: Final = 1.645  # 90 % intervals
PERIOD: Final = "period"
SPELL_COLUMNS: Final = (
    "cases", "predicted", "observed", "low", "high", "excess", "excess_low", "excess_high",
)  # fmt: skip
SHIFT_COLUMNS: Final = (
    "at", "before", "after", "cases_before", "cases_after", "change", "low", "high", "is_shifted",
)  # fmt: skip
OLDER, RECENT = "Before", "Last 30 days"


def calibration_by_month(judged: pd.DataFrame, *, least: int, gap_limit: float) -> pd.DataFrame:
    """Compare by month of judgement what was predicted with what was confirmed.

    A month `is_off` if it has `least` cases, its mean probability lies outside the 90 % interval of
    the share confirmed, and the two differ by the limit or more.

    Args:
        judged: As from `judgements`.
        least: Cases below which a month is not judged.
        gap_limit: Difference that is reported.

    Returns:
        period (first day of the month), `SPELL_COLUMNS` and is_off; oldest first.
    """
    months = judged[JUDGED_AT].dt.to_period("M").dt.start_time
    rows = [{PERIOD: month, **_spell(cases)} for month, cases in judged.groupby(months)]
    found = pd.DataFrame(rows, columns=[PERIOD, *SPELL_COLUMNS])
    is_outside = ~found["predicted"].between(found["low"], found["high"])
    is_large = (found["predicted"] - found["observed"]).abs() >= gap_limit
    return found.assign(is_off=is_outside & is_large & (found["cases"] >= least))


def reliability_then_and_now(judged: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """Return the reliability curve of the last 30 days and of the time before.

    Returns:
        curve (`RECENT` or `OLDER`), predicted, observed, low, high, entities, bins of equally many.
    """
    is_recent = judged[JUDGED_AT] > now - pd.Timedelta(days=30)
    rows = [
        {"curve": curve, **bin_}
        for curve, cases in ((OLDER, judged[~is_recent]), (RECENT, judged[is_recent]))
        for bin_ in reliability(cases[Y].to_numpy(), cases[VIOLATION_PROBABILITY].to_numpy())
    ]
    columns = ["curve", "predicted", "observed", "low", "high", "count"]
    return pd.DataFrame(rows, columns=columns).rename(columns={"count": "entities"})


def policy_shifts(judged: pd.DataFrame, *, least: int, change_limit: float) -> pd.DataFrame:
    """Compare the cases judged under each version of the policies with those under the one before.

    What changes is the excess: the share confirmed beyond the mean probability of the same cases.
    Its change has a 90 % normal interval for two independent means. A change `is_shifted` if the
    interval leaves 0 out, it reaches the limit, and both versions have `least` cases.

    Returns:
        at (the first judgement under the later version), before and after (versions), cases_before,
        cases_after, change, low, high, is_shifted; oldest first.
    """
    spells = [cases for _, cases in judged.groupby(VERSION, sort=False)]
    rows = [_shift(*pair) for pair in pairwise(spells)]
    found = pd.DataFrame(rows, columns=list(SHIFT_COLUMNS[:-1]))
    is_enough = found[["cases_before", "cases_after"]].min(axis=1) >= least
    is_apart = (found["low"] > 0) | (found["high"] < 0)
    is_large = found["change"].abs() >= change_limit
    return found.assign(is_shifted=is_enough & is_apart & is_large)


def _spell(cases: pd.DataFrame) -> dict[str, float]:
    observed, predicted = float(cases[Y].mean()), float(cases[VIOLATION_PROBABILITY].mean())
    low, high = wilson(observed, len(cases))
    return {
        "cases": len(cases),
        "predicted": predicted,
        "observed": observed,
        "low": low,
        "high": high,
        "excess": observed - predicted,
        "excess_low": low - predicted,
        "excess_high": high - predicted,
    }


def _shift(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, object]:
    earlier, later = (cases[Y] - cases[VIOLATION_PROBABILITY] for cases in (before, after))
    change = float(later.mean() - earlier.mean())
    half = Z * float(np.sqrt(sum(e.var(ddof=1) / len(e) for e in (earlier, later))))
    return {
        "at": after[JUDGED_AT].iloc[0],
        "before": before[VERSION].iloc[0],
        "after": after[VERSION].iloc[0],
        "cases_before": len(before),
        "cases_after": len(after),
        "change": change,
        "low": change - half,
        "high": change + half,
    }
