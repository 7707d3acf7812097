"""Incidents in the tiny home, made up here, so that every order and sum can be worked out by hand.

i1  m1    late dispatch up    20 March   stake 90, q .001   open
i2  toys  orders up           10 March   stake 200, q .5    ended
i3  p4    bad ratings up      1 Dec      stake 500, q .01   ended, long ago
i4  <b>   orders down         25 March   stake 10, q .02    open
"""

import pandas as pd

from analytics.signals.catalog import FEATURE_VERSION
from analytics.signals.incidents.before import BEFORE_COLUMNS
from analytics.signals.incidents.describe import INCIDENT_COLUMNS, SERIES_COLUMNS
from tests.support.tiny_home import MARKUP_ID, TinyHome


def _time(text: str | None) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(text if len(text) > 5 else f"2026-{text}")


def _incident(
    key: str, who: str, series: str, direction: str, start: str, end: str | None, *numbers: float
) -> tuple[object, ...]:
    kind, entity_id = who.split(" ", 1)
    q, before, level, events, expected, stake = numbers
    seen, found = _time(start), _time(start) + pd.Timedelta(days=2)
    status = "open" if end is None else "ended"
    return (
        key, kind, entity_id, series, direction, seen - pd.Timedelta(days=1), seen, found,
        _time(end), status, q, before, level, events, expected, stake,
    )  # fmt: skip


INCIDENTS = (
    _incident(
        "i1", "merchant m1", "late_dispatch", "up", "03-20", None, 0.001, 0.05, 0.6, 6, 0.5, 90
    ),
    _incident("i2", "category toys", "orders", "up", "03-10", "03-15", 0.5, 4, 12, 60, 20, 200),
    _incident(
        "i3", "product p4", "bad_ratings", "up", "2025-12-01", "01-20", 0.01, 0.1, 0.5, 9, 2, 500
    ),
    _incident(
        "i4", f"merchant {MARKUP_ID}", "orders", "down", "03-25", None, 0.02, 3, 0, 0, 12, 10
    ),
)  # fmt: skip


def incident_tables() -> dict[str, pd.DataFrame]:
    """Return the three tables of the family."""
    incidents = pd.DataFrame(INCIDENTS, columns=list(INCIDENT_COLUMNS))
    times = ["started_on", "seen_on", "found_on", "ended_on"]
    days = pd.date_range("2026-03-17", periods=6)
    series = pd.DataFrame(
        {"incident_id": "i1", "day": days, "value": [0.0, 0, 1, 2, 2, 1],
         "usual": [0.1] * 6, "trials": [2.0] * 6}
    )[list(SERIES_COLUMNS)]  # fmt: skip
    before = pd.DataFrame(
        [("i1", pd.Timestamp("2026-03-18 09:00"), "price_changed", 3, "product", "p1", None)],
        columns=list(BEFORE_COLUMNS),
    )
    return {
        "incidents": incidents.astype(dict.fromkeys(times, "datetime64[us]")),
        "series": series.astype({"day": "datetime64[us]"}),
        "before": before.astype({"at": "datetime64[us]"}),
    }


def write_incidents(tiny: TinyHome) -> None:
    """Store them with the April snapshot."""
    snapshot = tiny.home.snapshot(tiny.april)
    for name, frame in incident_tables().items():
        path = snapshot.signal_path(f"incidents_{name}", FEATURE_VERSION)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)
