"""Since when: the orders from which on more went wrong than before.

A refund, a review or a missed dispatch is known days after the order, so the series changes later
than the behaviour. Once a change is found, what is known two weeks later (or by the as-of) of the
orders of each day dates it.
"""

from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.signals.incidents import sql
from analytics.signals.incidents.daily import Daily
from analytics.signals.incidents.declared import BY_NAME, KINDS
from analytics.signals.incidents.exposure import LONGEST_DELAY, delay_shares
from analytics.signals.incidents.scan import likelihood_ratio

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
BASE_DAYS: Final = 84
# So much is known so long after the finding that the start no longer moves.
SETTLED_DAYS: Final = 14
# An outcome shows in the series at most so long after the order (nearly always).
MOST_LAG: Final = 28
LEAST_SPREAD: Final = 1.5


def date_starts(
    con: duckdb.DuckDBPyConnection, daily: Daily, changes: pd.DataFrame
) -> npt.NDArray[np.int64]:
    """Return the day since which each change holds, in days since 1970.

    Args:
        con: A connection of `open_days`.
        daily: What was read from it.
        changes: entity_type, entity_id, series, start and found (days since 1970).
    """
    started = changes["start"].to_numpy(dtype=np.int64).copy()
    known_day = np.minimum(changes["found"].to_numpy() + SETTLED_DAYS, daily.last_day)
    found = pd.DataFrame(
        {
            "number": np.arange(len(changes), dtype=np.int64),
            "kind": changes["entity_type"].map(KINDS.index).astype("int64"),
            "id": changes["entity_id"],
            "series": changes["series"],
            "found_day": known_day,
            "since_day": changes["start"] - BASE_DAYS,
        }
    )
    con.register("found", found)
    origins = con.execute(sql.ORIGINS).df()
    con.unregister("found")
    shares = {
        name: np.cumsum(delay_shares(daily.delays[daily.delays["series"] == name], daily), axis=1)
        for name in ("refunds", "cancellations")
    }
    for key, rows in origins.sort_values("day").groupby("number"):
        number = int(str(key))
        change = changes.iloc[number]
        n = rows["n"].to_numpy(dtype=float)
        day = rows["day"].to_numpy(dtype=np.int64)
        if change["series"] in shares:
            known = shares[change["series"]][known_day[number] - daily.first_day]
            n = n * known[np.clip(known_day[number] - day, 0, LONGEST_DELAY)]
        started[number] = likeliest_start(
            day,
            rows["k"].to_numpy(dtype=float),
            n,
            change["start"],
            lag=usual_lag(rows["k"].to_numpy(dtype=float), rows["lag"].to_numpy(dtype=float)),
            is_share=BY_NAME[change["series"]].law == "share",
        )
    return started


def usual_lag(k: Floats, lag: Floats) -> tuple[float, float]:
    """Return mean and standard deviation of the days from an order to its event.

    Args:
        k: Events of the orders of each day.
        lag: Their mean days from the order to the event, NaN where there are none.
    """
    if not k.sum():
        return 0.0, 0.0
    lag = np.nan_to_num(lag)
    mean = float(np.average(lag, weights=k))
    return mean, float(np.sqrt(np.average((lag - mean) ** 2, weights=k)))


def likeliest_start(
    day: Ints, k: Floats, n: Floats, latest: int, *, lag: tuple[float, float], is_share: bool
) -> int:
    """Return the day from which on a higher rate is likeliest; `latest` where nothing tells.

    The series rises when the first events of the changed orders come, somewhat sooner than the
    usual lag after the change: a normal prior around that day steadies what few events tell.

    Args:
        day: Days of the orders, ascending.
        k: Events known of the orders of each day.
        n: Exposure or trials.
        latest: Day on which the change shows in the series; it cannot have begun later.
        lag: Mean and standard deviation of the days from an order to its event.
        is_share: Whether the law is binomial.
    """
    before_k, before_n = np.cumsum(k) - k, np.cumsum(n) - n
    after_k, after_n = k.sum() - before_k, n.sum() - before_n
    is_told = (before_n > 0) & (after_n > 0) & (day <= latest) & (day >= latest - MOST_LAG)
    safe_before, safe_after = np.maximum(before_n, 1e-9), np.maximum(after_n, 1e-9)
    is_told &= after_k / safe_after > before_k / safe_before
    if not is_told.any():
        return latest
    ratio = likelihood_ratio(after_k, safe_after, before_k, safe_before, is_share=is_share)
    mean, spread = lag
    off = (day - (latest - mean + 0.5 * spread)) / max(spread, LEAST_SPREAD)
    return int(day[int(np.argmax(np.where(is_told, ratio - off**2, -np.inf)))])
