"""Since when: the orders from which on more went wrong than before.

A refund, a review or a missed dispatch is known days after the order, so the series changes later
than the behaviour. Once a change is found, what is known three weeks later (or by the as-of) of the
orders of each day dates it: the start is the median of its posterior (a change point of a binomial
share, both shares integrated out: Carlin, Gelfand and Smith 1992, "Hierarchical Bayesian analysis
of changepoint problems").
"""

from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln

from analytics.signals.incidents import sql
from analytics.signals.incidents.daily import Daily
from analytics.signals.incidents.declared import KINDS
from analytics.signals.incidents.exposure import LONGEST_DELAY, delay_shares

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
BASE_DAYS: Final = 84
# So much is known so long after the finding that the start no longer moves.
SETTLED_DAYS: Final = 21
# An outcome shows in the series at most so long after the order (nearly always).
MOST_LAG: Final = 28
LEAST_SPREAD: Final = 1.5
# The usual lag is known less well than it spreads: its prior counts half.
LAG_WEIGHT: Final = 0.5
JEFFREYS: Final = 0.5


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
    day: Ints, k: Floats, n: Floats, latest: int, *, lag: tuple[float, float]
) -> int:
    """Return the day since which more goes wrong, by the posterior's median.

    The series rises when the first events of the changed orders come, somewhat sooner than the
    usual lag after the change: a normal prior around that day steadies what few events tell.

    Args:
        day: Days of the orders, ascending.
        k: Events known of the orders of each day.
        n: Orders of each day, as many as would be known to have an event if all had one.
        latest: Day on which the change shows in the series; it cannot have begun later.
        lag: Mean and standard deviation of the days from an order to its event.

    Returns:
        `latest` where nothing tells.
    """
    n = np.maximum(n, k)
    starts = np.arange(latest - MOST_LAG, latest + 1)
    before_k, before_n = _sums_before(starts, day, k), _sums_before(starts, day, n)
    after_k, after_n = k.sum() - before_k, n.sum() - before_n
    is_told = (before_n > 0) & (after_n > 0) & (after_k * before_n > before_k * after_n)
    if not is_told.any():
        return latest
    mean, spread = lag
    off = (starts - (latest - mean + 0.5 * spread)) / max(spread, LEAST_SPREAD)
    evidence = _log_evidence(before_k, before_n) + _log_evidence(after_k, after_n)
    log_posterior = np.where(is_told, evidence - LAG_WEIGHT * off**2 / 2, -np.inf)
    mass = np.cumsum(np.exp(log_posterior - log_posterior.max()))
    return int(starts[int(np.searchsorted(mass, mass[-1] / 2))])


def _sums_before(starts: Ints, day: Ints, values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])[np.searchsorted(day, starts)]


def _log_evidence(k: Floats, n: Floats) -> Floats:
    """Log probability of k events of n whatever their share, under Jeffreys' prior."""
    return betaln(k + JEFFREYS, n - k + JEFFREYS)
