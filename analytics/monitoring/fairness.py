"""Whom being served for review, and the model's errors, hit: by country, language, size and age.

Rates come from fairlearn's `MetricFrame`, each with a Wilson interval of 90 % at as many cases as
tell as much as the weighted ones (Kish 1965). A rate is given only of groups with enough cases that
it is a share of: fairlearn itself says 0 where there is none.
"""

from typing import Final

import numpy as np
import pandas as pd

from analytics.model.metrics import wilson

DIMENSIONS: Final = ("country", "language", "size", "age")
DIMENSION, GROUP = "dimension", "group"
IS_FLAGGED, Y, WEIGHT = "is_flagged", "y", "weight"
AGES: Final = (90, 365, 3 * 365)
AGE_NAMES: Final = ("under 90 days", "90 days to 1 year", "1 to 3 years", "over 3 years")
UNKNOWN: Final = "unknown"
MOST_GROUPS: Final = 12
RATES: Final = ("false_positive_rate", "false_negative_rate")
MEASURED: Final = (DIMENSION, GROUP, "measure", "cases", "value", "low", "high", "is_apart")


def age_group(days: pd.Series) -> pd.Series:
    """Name the age of each entity from its days on the marketplace."""
    ends = [-np.inf, *AGES, np.inf]
    return pd.cut(days, ends, right=False, labels=list(AGE_NAMES)).astype(object)


def selection_rates(served: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Return by group the share of entities that would be served for review.

    Args:
        served: One row an entity: is_flagged, and a column for each of `DIMENSIONS` known.
        least: Entities below which a group has no rate.

    Returns:
        `MEASURED`, with the measure `selection_rate`. A group `is_apart` if its interval and the
        rate of all others leave each other out.
    """
    from fairlearn.metrics import selection_rate

    ones = np.ones(len(served))
    frame = served.assign(**{WEIGHT: ones, Y: ones})
    return _by_dimension(frame, "selection_rate", selection_rate, least)


def error_rates(decided: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """Return by group how often the model's threshold was wrong about decided cases.

    The false positive rate is the share served among those whom a reviewer clears; the false
    negative rate the share not served among violators. Both stand for all entities by the weights.

    Args:
        decided: is_flagged, y (1: violation), weight (entities it stands for), and a column for
            each of `DIMENSIONS` known.
        least: Cleared (confirmed) cases below which a group has no false positive (negative) rate.

    Returns:
        `MEASURED`, with the measures `RATES`.
    """
    from fairlearn.metrics import false_negative_rate, false_positive_rate

    parts = [
        _by_dimension(decided[decided[Y] == y], name, metric, least)
        for name, metric, y in zip(
            RATES, (false_positive_rate, false_negative_rate), (0.0, 1.0), strict=True
        )
    ]
    return pd.concat(parts, ignore_index=True)


def _by_dimension(frame: pd.DataFrame, name: str, metric: object, least: int) -> pd.DataFrame:
    rows = [
        {DIMENSION: dimension, "measure": name, **row}
        for dimension in DIMENSIONS
        if dimension in frame and len(frame)
        for row in _by_group(frame, _groups(frame[dimension]), metric, least)
    ]
    return pd.DataFrame(rows, columns=list(MEASURED)).astype({"is_apart": bool})


def _by_group(
    frame: pd.DataFrame, groups: pd.Series, metric: object, least: int
) -> list[dict[str, object]]:
    from fairlearn.metrics import MetricFrame

    flagged, weight = frame[IS_FLAGGED].astype(int), frame[WEIGHT]
    found = MetricFrame(
        metrics={"value": metric},
        y_true=frame[Y].astype(int),
        y_pred=flagged,
        sensitive_features=groups.rename(GROUP),
        sample_params={"value": {"sample_weight": weight}},
    ).by_group["value"]
    rows = []
    for group, size in groups.value_counts().items():
        is_in = groups == group
        is_enough = size >= least
        value = float(found[group]) if is_enough else np.nan
        low, high = wilson(value, _telling(weight[is_in])) if is_enough else (np.nan, np.nan)
        others = _rate(found, weight, groups, group)
        is_apart = bool(is_enough and np.isfinite(others) and not low <= others <= high)
        rows.append(
            {GROUP: group, "cases": int(size), "value": value, "low": low, "high": high,
             "is_apart": is_apart}
        )  # fmt: skip
    return rows


def _rate(found: pd.Series, weight: pd.Series, groups: pd.Series, group: object) -> float:
    """Return the rate of all other groups together."""
    mass = weight.groupby(groups).sum().drop(group)
    return float(np.average(found[mass.index], weights=mass)) if len(mass) else np.nan


def _telling(weight: pd.Series) -> float:
    w = weight.to_numpy(dtype=float)
    return float(w.sum() ** 2 / (w @ w))


def _groups(values: pd.Series) -> pd.Series:
    """Name the groups; beyond the largest ones they stand together."""
    named = values.astype(object).where(values.notna(), UNKNOWN).astype(str)
    kept = named.value_counts().index[:MOST_GROUPS]
    return named.where(named.isin(kept), "all others")
