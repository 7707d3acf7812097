"""How soon a planted change could be told at all, whatever the method.

A yardstick: somebody who is told which shop changes, since which day, and both rates, adds up the
log likelihood ratio of what is known by each day. Whoever starts such a test every day for every
shop raises at most one false alarm in 1,000 months if it must pass log(1,000 months in days) (Ville
1939; Lorden 1971 shows that no test is sooner on average, in the worst case and for rare alarms).
Whoever is not told needs longer.
"""

import math
from datetime import datetime
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.signals.incidents.declared import KINDS

Floats = npt.NDArray[np.floating[Any]]
FALSE_ALARM_DAYS: Final = 1_000 * 365.25 / 12
LIMIT: Final = math.log(FALSE_ALARM_DAYS)
BASE_DAYS: Final = 84
# Days after the end of a shock by which what it did is known.
LATEST: Final = 45
WITHIN: Final = (3, 7, 14)
EPOCH: Final = datetime(1970, 1, 1)

# One row per order (review): placed_day, known_day (null where nothing came yet), hit.
_TRIALS: Final = {
    "late_dispatch": """
SELECT placed_day, due_day AS known_day, is_late = 1 AS hit FROM placed
WHERE kind = $kind AND id = $id AND is_late IS NOT NULL
""",
    "refund_wave": """
SELECT placed_day, refund_day AS known_day, refund_day IS NOT NULL AS hit FROM placed
WHERE kind = $kind AND id = $id
""",
    "rating_slump": """
SELECT placed_day, day AS known_day, rating <= 2 AS hit FROM reviewed
WHERE kind = $kind AND id = $id
""",
    "price_jump": """
SELECT placed_day, placed_day AS known_day, raised > 0 AS hit FROM placed
WHERE kind = $kind AND id = $id AND priced > 0
""",
}
_PLACED: Final = "SELECT placed_day FROM placed WHERE kind = $kind AND id = $id"
_REFUND_LAGS: Final = """
SELECT refund_day - placed_day AS lag, count(*) AS n FROM placed
WHERE kind = 0 AND refund_day >= placed_day GROUP BY ALL ORDER BY ALL
"""


def possible_delays(con: duckdb.DuckDBPyConnection, shocks: pd.DataFrame) -> pd.DataFrame:
    """Return each shock's orders a day before it, and the days until it could be told.

    Args:
        con: A connection of `daily.open_days`.
        shocks: entity_type, entity_id, kind, started_at, ended_at.

    Returns:
        orders_a_day and possible (NaN where never), in the order of `shocks`.
    """
    lags = con.execute(_REFUND_LAGS).df()
    known = np.zeros(int(lags["lag"].max()) + 1)
    known[lags["lag"].to_numpy(dtype=int)] = lags["n"]
    known = np.cumsum(known) / known.sum()
    rows = [_possible(con, shock, known) for shock in shocks.itertuples()]
    return pd.DataFrame(rows, columns=["orders_a_day", "possible"], index=shocks.index)


def _possible(
    con: duckdb.DuckDBPyConnection, shock: Any, refunds_known: Floats
) -> tuple[float, float]:
    who = {"kind": KINDS.index(shock.entity_type), "id": shock.entity_id}
    start, stop = ((t.floor("D") - EPOCH).days for t in (shock.started_at, shock.ended_at))
    placed = con.execute(_PLACED, who).df()["placed_day"].to_numpy(dtype=np.int64) - start
    before = float(((placed >= -BASE_DAYS) & (placed < 0)).mean() * len(placed) / BASE_DAYS)
    if shock.kind not in _TRIALS:
        daily = np.bincount(placed[(placed >= 0) & (placed < stop - start)], minlength=1)
        return before, first_day(of_counts(daily.astype(float), before, stop - start))
    rows = con.execute(_TRIALS[shock.kind], who).df()
    rows[["placed_day", "known_day"]] -= start
    rows["hit"] = rows["hit"].astype(bool)
    is_base = rows["placed_day"].between(-BASE_DAYS, -1)
    during = rows[rows["placed_day"].between(0, stop - start - 1)]
    cdf = refunds_known if shock.kind == "refund_wave" else np.ones(1)
    ratio = of_outcomes(during, _share(rows.loc[is_base, "hit"]), _share(during["hit"]), cdf)
    return before, first_day(ratio)


def _share(hit: pd.Series) -> float:
    return (float(hit.sum()) + 0.5) / (len(hit) + 1)


def first_day(ratio: Floats) -> float:
    """Return the first day on which the log likelihood ratio passes the limit, NaN if none."""
    hit = np.flatnonzero(ratio >= LIMIT)
    return float(hit[0]) if len(hit) else math.nan


def of_counts(daily: Floats, before: float, days: int) -> Floats:
    """Return the log likelihood ratio after each day of a change of a Poisson rate.

    Args:
        daily: Events of each of its days; missing ones at the end had none.
        before: Events a day before.
        days: How long it lasts.
    """
    k = np.zeros(days)
    k[: len(daily)] = daily
    level = (k.sum() + 0.5) / days
    return np.cumsum(k * math.log(level / before) - (level - before))


def of_outcomes(during: pd.DataFrame, before: float, level: float, known: Floats) -> Floats:
    """Return the log likelihood ratio after each day of a change of a share.

    Args:
        during: placed_day (0: the first), known_day, hit; of the orders that the change is about.
        before: Share before.
        level: Share of these.
        known: Share of the hits known so many days after the order; a single 1 where orders
            without a hit are known as such on their own day.
    """
    last = int(during["placed_day"].max() if len(during) else 0) + LATEST
    hits = during.loc[during["hit"], "known_day"].to_numpy(dtype=np.int64)
    day = np.arange(last + 1)
    ratio = (hits[None, :] <= day[:, None]).sum(axis=1) * math.log(level / before)
    if len(known) == 1:
        clear = during.loc[~during["hit"], "known_day"].to_numpy(dtype=np.int64)
        passed = (clear[None, :] <= day[:, None]).sum(axis=1)
        return ratio + passed * math.log((1 - level) / (1 - before))
    lag = day[:, None] - during["placed_day"].to_numpy(dtype=np.int64)[None, :]
    share = np.where(lag >= 0, known[np.clip(lag, 0, len(known) - 1)], 0.0)
    is_open = ~during["hit"].to_numpy() | (during["known_day"].to_numpy() > day[:, None])
    quiet = np.log1p(-level * share) - np.log1p(-before * share)
    return ratio + np.where(is_open, quiet, 0.0).sum(axis=1)


def delay_table(delays: pd.DataFrame, by: pd.Series) -> pd.DataFrame:
    """Return how many changes were told, and could be told, within 3, 7 and 14 days.

    Args:
        delays: delay and possible in days, NaN where never.
        by: What the rows are counted by; a last row counts all.
    """
    counts: dict[str, pd.Series] = {"planted": pd.Series(1, index=delays.index)}
    for days in WITHIN:
        counts[f"sure_in_{days}"] = (delays["delay"] <= days).astype(int)
        counts[f"possible_in_{days}"] = (delays["possible"] <= days).astype(int)
    table = pd.DataFrame(counts)
    return pd.concat([table.groupby(by).sum(), table.sum().to_frame("all").T])
