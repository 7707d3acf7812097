"""How many events a day would have brought had nothing changed."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.signals.incidents.daily import Daily

Floats = npt.NDArray[np.floating[Any]]
# Orders of other sellers a day below which the marketplace says little about a day.
FEW: Final = 5.0
# Orders of a category's other sellers that weigh as much as the marketplace.
TRUST: Final = 30.0
TREND_DAYS: Final = 28
LONGEST_DELAY: Final = 60
REFIT_DAYS: Final = 28


def control_exposure(own: Floats, totals: Floats, group: npt.NDArray[np.integer[Any]]) -> Floats:
    """Return what the others' orders say each day was like: weekday, season and category trend.

    The other sellers of the category, shrunk towards its recent share of the marketplace by how few
    they are. Only the day itself and those before it are looked at.

    Args:
        own: Orders, days × entities.
        totals: Orders of everybody, days × categories.
        group: Category of each entity.
    """
    share = _trailing(totals) / np.maximum(_trailing(totals).sum(axis=1, keepdims=True), 1)
    others = totals.sum(axis=1, keepdims=True) - own + FEW
    expected = others * np.maximum(share[:, group], 1e-6)
    seen = np.maximum(totals[:, group] - own, 0)
    return (expected * (seen + TRUST) / (expected + TRUST)).astype(own.dtype)


def _trailing(daily: Floats) -> Floats:
    sums = np.cumsum(daily, axis=0)
    sums[TREND_DAYS:] -= sums[:-TREND_DAYS].copy()
    return sums


def delay_shares(delays: pd.DataFrame, daily: Daily) -> Floats:
    """Return, for each day, which share of what comes after an order comes `lag` days after it.

    Refitted every 28 days from what was known before. Shape days × lags.
    """
    first_day, days = daily.first_day, daily.days
    counts = np.zeros((days, LONGEST_DELAY + 1))
    inside = (delays["day"] >= first_day).to_numpy()
    day = delays["day"].to_numpy()[inside] - first_day
    lag = np.minimum(delays["lag"].to_numpy()[inside], LONGEST_DELAY)
    np.add.at(counts, (day.astype(int), lag.astype(int)), delays["count"].to_numpy()[inside])
    known = np.vstack([np.zeros(LONGEST_DELAY + 1), np.cumsum(counts, axis=0)])[:-1]
    fitted = known[np.arange(days) // REFIT_DAYS * REFIT_DAYS] + 0.5
    return fitted / fitted.sum(axis=1, keepdims=True)


def delayed_exposure(orders: Floats, shares: Floats) -> Floats:
    """Return how many of the orders so far were due for the event on each day."""
    days = len(orders)
    lag = np.arange(days)[:, None] - np.arange(days)[None, :]
    weights = np.where(
        (lag >= 0) & (lag <= LONGEST_DELAY),
        np.take_along_axis(shares, np.clip(lag, 0, LONGEST_DELAY), axis=1),
        0.0,
    )
    return (weights @ orders.astype(float)).astype(orders.dtype)
