"""Daily series per entity: matrices of a day per column, in chunks of entities."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.errors import InputError
from analytics.signals.incidents import sql
from analytics.signals.tables import make_views

Floats = npt.NDArray[np.floating[Any]]

COUNTS, SHARES, MEANS = "counts", "shares", "means"
CHUNK: Final = 4_000
# A product is dear (cheap) at this many times (parts of) what it usually sells for.
BEYOND: Final = 1.15
# Daily lines of its category below which the whole market says more of a day than the category.
PRIOR_LINES: Final = 20.0


@dataclass(frozen=True)
class Series:
    """One measure of many entities, day by day.

    Attributes:
        name: Such as orders or refund_rate.
        family: `COUNTS`, `SHARES` or `MEANS`.
        entity_type: merchant, creator or category.
        ids: Of the entities, (series,).
        events: Counts, hits or totals of values, (series, days).
        exposure: Expected shape, trials or numbers of values, (series, days).
        squares: Sums of squares, for means; else zeros.
        amount: GMV of the day, (series, days).
    """

    name: str
    family: str
    entity_type: str
    ids: npt.NDArray[np.object_]
    events: Floats
    exposure: Floats
    squares: Floats
    amount: Floats

    @property
    def days(self) -> int:
        """Number of days."""
        return self.events.shape[1]


@dataclass
class SeriesReader:
    """Reads the daily series of one dataset as of a moment.

    Attributes:
        tables: Name in the contract → parquet file.
        as_of: Naive UTC; nothing later is looked at. The last day is the last one that is over.
        days: Length of the series.
        least: Fewest lines (reviews, contents) of an entity that is looked at.
        skipped: Measure → why it could not be read.
    """

    tables: Mapping[str, Path]
    as_of: datetime
    days: int = 365
    least: int = 30
    threads: int = 1
    memory_limit: str = "2GB"
    skipped: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.days < 28:
            raise InputError(f"Series of {self.days} days are too short to compare anything.")
        midnight = self.as_of.replace(hour=0, minute=0, second=0, microsecond=0)
        self.first_day = midnight - timedelta(days=self.days)

    def read(self) -> Iterator[Series]:
        """Yield every series that the tables give, chunk by chunk of entities.

        Raises:
            InputError: There are neither orders nor contents.
        """
        if "orders" not in self.tables and "contents" not in self.tables:
            raise InputError(
                "No table says what happened from day to day.", hint="Give orders or contents."
            )
        with self._connection() as con:
            if "orders" in self.tables:
                yield from self._of_orders(con)
            else:
                self.skipped["orders"] = "there is no table orders"
            if "contents" in self.tables:
                yield from self._views(con)
            else:
                self.skipped["views"] = "there is no table contents"

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        config: dict[str, Any] = {"threads": self.threads, "memory_limit": self.memory_limit}
        with duckdb.connect(config=config) as con:
            yield con

    def _moments(self, *names: str) -> dict[str, datetime]:
        last = self.first_day + timedelta(days=self.days)
        known = {"first": self.first_day, "last": last, "as_of": self.as_of}
        return {name: known[name] for name in names}

    def _of_orders(self, con: duckdb.DuckDBPyConnection) -> Iterator[Series]:
        make_views(con, self.tables, ["orders"])
        for name, nothing in _NOTHING.items():
            if name in self.tables:
                make_views(con, self.tables, [name])
            else:
                con.execute(nothing)
        con.execute(sql.LINES, self._moments("first", "last", "as_of"))
        con.execute(sql.USUAL_PRICE)
        con.execute(sql.USUAL_VOLUME, {"days": self.days})
        con.execute(sql.SHOP_DAYS, {"beyond": BEYOND})
        con.execute(sql.CATEGORIES_DAILY)
        market = _Market.read(con, self)
        yield from self._lines(con, "category", market)
        con.execute(sql.SHOPS_DAILY)
        yield from self._lines(con, "merchant", market)
        if "reviews" not in self.tables:
            self.skipped["rating"] = "there is no table reviews"
            return
        make_views(con, self.tables, ["reviews"])
        con.execute(sql.RATINGS, self._moments("first", "as_of"))
        for ids, grid in self._chunks(con, "rated"):
            none = np.zeros_like(grid["low"])
            yield Series("low_rating_rate", SHARES, "merchant", ids, grid["low"], grid["rated"],
                         none, none)  # fmt: skip

    def _lines(
        self, con: duckdb.DuckDBPyConnection, entity: str, market: "_Market"
    ) -> Iterator[Series]:
        for ids, grid in self._chunks(con, "lines"):
            none, gmv = np.zeros_like(grid["lines"]), grid["gmv"]
            shape = market.shape(entity, ids, grid["orders"])
            # The mean square over the mean is the size of a unit in which GMV varies as a count.
            unit = grid["amount_squares"].sum(axis=1) / np.maximum(grid["amount"].sum(axis=1), 1e-9)
            units = grid["amount"] / np.maximum(unit, 1e-9)[:, None]
            everything = _without_peaks(grid["lines"], shape)
            for name, events in (
                ("orders", grid["orders"]), ("gmv", units), ("all_orders", everything)
            ):  # fmt: skip
                yield Series(name, COUNTS, entity, ids, events, shape, none, gmv)
            for name, hits, trials in _RATES:
                yield Series(name, SHARES, entity, ids, grid[hits], grid[trials], none, gmv)

    def _views(self, con: duckdb.DuckDBPyConnection) -> Iterator[Series]:
        make_views(con, self.tables, ["contents"])
        con.execute(sql.VIEWS, self._moments("first", "last", "as_of"))
        for ids, grid in self._chunks(con, "shows"):
            none = np.zeros_like(grid["shows"])
            yield Series("views", MEANS, "creator", ids, grid["views"], grid["shows"],
                         grid["view_squares"], none)  # fmt: skip

    def _chunks(
        self, con: duckdb.DuckDBPyConnection, volume: str
    ) -> Iterator[tuple[npt.NDArray[np.object_], dict[str, Floats]]]:
        con.execute(sql.numbered(volume), {"least": self.least})
        ids = con.execute(sql.IDS).df()["entity_id"].to_numpy(dtype=object)
        for low in range(0, len(ids), CHUNK):
            part = ids[low : low + CHUNK]
            rows = con.execute(sql.CHUNK, {"low": low, "high": low + CHUNK}).df()
            rows = rows[(rows["day"] >= 0) & (rows["day"] < self.days)]
            place = rows["place"].to_numpy(dtype=int), rows["day"].to_numpy(dtype=int)
            grid = {}
            for column in rows.columns.drop(["place", "day"]):
                grid[column] = np.zeros((len(part), self.days))
                grid[column][place] = rows[column].to_numpy(dtype=float)
            yield part, grid


_RATES: Final = (
    ("late_rate", "late", "due"),
    ("refund_rate", "refunded", "lines"),
    ("cancellation_rate", "cancelled", "lines"),
    ("price_rise_rate", "dearer", "products"),
    ("price_cut_rate", "cheaper", "products"),
)
_NOTHING: Final = {
    "products": "CREATE OR REPLACE TEMP VIEW products AS SELECT NULL::VARCHAR AS product_id, "
    "NULL::VARCHAR AS category WHERE false",
    "merchants": "CREATE OR REPLACE TEMP VIEW merchants AS SELECT NULL::VARCHAR AS merchant_id, "
    "NULL::VARCHAR AS main_category, NULL::TIMESTAMP AS registered_at WHERE false",
}


@dataclass(frozen=True)
class _Market:
    """What the days have in common: the lines of each category and of the whole market.

    Attributes:
        lines: (categories, days); the last row is the whole market.
        category_of: Merchant → row.
        opened: Merchant → first day.
        away: (merchant, first day, last day + 1) in which it could not sell.
    """

    lines: Floats
    category_of: Mapping[str, int]
    opened: Mapping[str, int]
    away: pd.DataFrame

    @classmethod
    def read(cls, con: duckdb.DuckDBPyConnection, reader: SeriesReader) -> "_Market":
        """Read what is common from the table of lines."""
        daily = con.execute("SELECT entity_id, day, orders FROM daily ORDER BY 1, 2").df()
        names = {name: row for row, name in enumerate(daily["entity_id"].unique())}
        lines = np.zeros((len(names) + 1, reader.days))
        lines[daily["entity_id"].map(names).to_numpy(dtype=int), daily["day"]] = daily["orders"]
        total = con.execute("SELECT day, sum(orders) FROM shop_days GROUP BY day").fetchall()
        for day, count in total:
            lines[-1, day] = count
        found = con.execute(sql.CATEGORY_OF).fetchall()
        opened = con.execute(sql.OPENED, reader._moments("first", "as_of")).fetchall()
        away = pd.DataFrame({"entity_id": [], "kind": [], "day": []})
        if "events" in reader.tables:
            make_views(con, reader.tables, ["events"])
            away = con.execute(sql.AWAY, reader._moments("first", "as_of")).df()
        return cls(
            lines=lines,
            category_of={merchant: names[category] for merchant, category in found},
            opened=dict(opened),
            away=_spells(away, reader.days),
        )

    def shape(self, entity: str, ids: npt.NDArray[np.object_], own: Floats) -> Floats:
        """What each entity's days would look like at a level that never changes.

        The rest of its category on that day, backed by the rest of the market where the category
        is small; 0 before it opened and while it could not sell.
        """
        if entity == "category":
            return np.maximum(self.lines[-1] - own, 0)
        last = len(self.lines) - 1
        row = np.array([self.category_of.get(name, last) for name in ids], dtype=int)
        category, market = np.maximum(self.lines[row] - own, 0), self.lines[-1] - own
        share = category.sum(axis=1, keepdims=True) / np.maximum(
            market.sum(axis=1, keepdims=True), 1
        )
        usual = np.maximum(market.mean(axis=1, keepdims=True), 1e-9)
        shape = category + PRIOR_LINES * market / usual * (share > 0)
        shape = np.where(row[:, None] == last, market, shape)
        place = {name: number for number, name in enumerate(ids)}
        for number, name in enumerate(ids):
            shape[number, : max(self.opened.get(name, 0), 0)] = 0
        for name, start, stop in self.away.itertuples(index=False):
            if name in place:
                shape[place[name], start:stop] = 0
        return shape


def _without_peaks(lines: Floats, shape: Floats) -> Floats:
    """Lines with peaks cut to what is usual, so that a quiet spell is not one against a peak.

    Usual is the middle one among the weeks; a day counts no more than that and two deviations.
    """
    weeks = lines.shape[1] // 7
    cut = slice(lines.shape[1] - 7 * weeks, None)
    by_week = [values[:, cut].reshape(len(values), weeks, 7).sum(axis=2) for values in (lines, shape)]
    level = np.divide(*by_week, out=np.full_like(by_week[0], np.nan), where=by_week[1] > 0)
    usual = np.nanmedian(level, axis=1, keepdims=True) * shape
    return np.minimum(lines, np.ceil(usual + 2 * np.sqrt(usual) + 1))


def _spells(events: pd.DataFrame, days: int) -> pd.DataFrame:
    """Spells of absence from their beginnings and ends, in the order of time."""
    rows: list[tuple[str, int, int]] = []
    begun: dict[str, int] = {}
    for name, kind, day in zip(events["entity_id"], events["kind"], events["day"], strict=True):
        if kind != "reinstated":
            begun.setdefault(name, int(day))
        elif name in begun:
            rows.append((name, max(begun.pop(name), 0), int(day) + 1))
    rows += [(name, max(day, 0), days) for name, day in begun.items()]
    return pd.DataFrame(rows, columns=["entity_id", "start", "stop"])
