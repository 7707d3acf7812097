"""The daily series of all entities of a kind, as matrices of days × columns."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.signals.incidents.daily import Daily
from analytics.signals.incidents.declared import GMV, KINDS, ORDERS, SERIES
from analytics.signals.incidents.exposure import control_exposure, delay_shares, delayed_exposure

Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
# Where k and n of a series stand in the wide table.
_WIDE: Final = {"orders": ("orders", ""), "gmv": ("gmv", ""), "price_rises": ("raised", "priced"),
                "price_cuts": ("lowered", "priced")}  # fmt: skip
_EXPOSED: Final = (ORDERS.name, GMV.name)
_DELAYED: Final = ("refunds", "cancellations")
_FEWEST: Final = 3.0


@dataclass(frozen=True)
class Panel:
    """Series of one kind of entity, a column each; the matrices are days × columns.

    Attributes:
        kind: Kind of entity.
        columns: One row per column: series, entity_id, entity (its place among the entities),
            group (number of its category), block (number of the series), first (day, counted
            from `first_day`, from which the entity exists).
        first_day: Days since 1970.
        k: Events of each day, money for GMV.
        n: Exposure (counts) or trials (shares) of each day.
        orders: Orders of each day, days × entities.
        squares: Squares of the value of single orders, summed up, days × entities.
        gmv: Money of each day, days × entities.
        others_k: k of everybody of the kind, days × blocks × groups.
        others_n: n of everybody.
    """

    kind: str
    columns: pd.DataFrame
    first_day: int
    k: Floats
    n: Floats
    orders: Floats
    squares: Floats
    gmv: Floats
    others_k: Floats
    others_n: Floats


def lay_out(daily: Daily, kind: str) -> Panel:
    """Lay the series of one kind of entity out in matrices."""
    code = KINDS.index(kind)
    entities = daily.entities[daily.entities["kind"] == code].reset_index(drop=True)
    own = _Grid(daily, daily.placed, daily.known, entities["entity"], "entity")
    placed, known = (
        rows[rows["kind"] == code] for rows in (daily.placed_controls, daily.known_controls)
    )
    names = pd.Series(sorted({*placed["group_name"], *known["group_name"]}), dtype=object)
    everybody = _Grid(daily, placed, known, names, "group_name")
    group = names.searchsorted(entities["group_name"])
    first = np.clip(entities["first_day"].to_numpy() - daily.first_day, 0, daily.days)
    series = [s.name for s in SERIES if kind in s.kinds]
    exposure = control_exposure(own.of("orders")[0], everybody.of("orders")[0], group)
    exposure[np.arange(daily.days)[:, None] < first] = 0
    cells = {name: own.of(name) for name in series}
    cells |= {name: (cells[name][0], exposure) for name in _EXPOSED if name in cells}
    others = {name: everybody.of(name) for name in series}
    for name in _DELAYED:
        shares = delay_shares(daily.delays[daily.delays["series"] == name], daily)
        cells[name] = (cells[name][0], delayed_exposure(own.of("orders")[0], shares))
        others[name] = (others[name][0], delayed_exposure(everybody.of("orders")[0], shares))
    kept = {name: np.flatnonzero(_events(own, cells, name) >= _FEWEST) for name in series}
    columns = [
        pd.DataFrame(
            {"series": name, "entity": kept[name], "group": group[kept[name]], "block": block}
        )
        for block, name in enumerate(series)
    ]
    table = pd.concat(columns, ignore_index=True)
    table["entity_id"] = entities["id"].to_numpy()[table["entity"]]
    table["first"] = first[table["entity"]]
    return Panel(
        kind=kind,
        columns=table,
        first_day=daily.first_day,
        k=np.hstack([cells[name][0][:, kept[name]] for name in series]),
        n=np.hstack([cells[name][1][:, kept[name]] for name in series]),
        orders=own.of("orders")[0],
        squares=own.wide("squares"),
        gmv=own.wide("gmv"),
        others_k=np.stack([others[name][0] for name in series], axis=1),
        others_n=np.stack([others[name][1] for name in series], axis=1),
    )


def _events(own: "_Grid", cells: dict[str, tuple[Floats, Floats]], name: str) -> Floats:
    return (own.of("orders")[0] if name == GMV.name else cells[name][0]).sum(axis=0)


class _Grid:
    """Rows of days as matrices, a column for each of `names`."""

    def __init__(
        self, daily: Daily, placed: pd.DataFrame, known: pd.DataFrame, names: pd.Series, key: str
    ) -> None:
        self._daily, self._names, self._key = daily, pd.Index(names), key
        self._placed, self._known = placed, dict(list(known.groupby("series")))
        self._made: dict[str, Floats] = {}

    def of(self, series: str) -> tuple[Floats, Floats]:
        """Return k and n of a series; n is 0 where it is an exposure, computed elsewhere."""
        if series in _WIDE:
            k, n = _WIDE[series]
            return self.wide(k), self.wide(n) if n else np.zeros_like(self.wide(k))
        rows = self._known.get(series, self._placed.iloc[:0].reindex(columns=["day", "k", "n"]))
        rows = rows.reindex(columns=[self._key, "day", "k", "n"])
        return self._fill(rows, "k"), self._fill(rows, "n")

    def wide(self, column: str) -> Floats:
        """Return a column of what stands on the day of the order."""
        if column not in self._made:
            self._made[column] = self._fill(self._placed, column)
        return self._made[column]

    def _fill(self, rows: pd.DataFrame, column: str) -> Floats:
        matrix = np.zeros((self._daily.days, len(self._names)), dtype=np.float32)
        place = self._names.get_indexer(rows[self._key])
        day = rows["day"].to_numpy(dtype=np.int64) - self._daily.first_day
        inside = (place >= 0) & (day >= 0)
        matrix[day[inside], place[inside]] = rows[column].to_numpy(dtype=float)[inside]
        return matrix
