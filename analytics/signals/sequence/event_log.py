"""What happened to each of many entities, in order: three arrays, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.columns import CATEGORY, ENTITY_ID
from analytics.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KIND: Final = "kind"
AT: Final = "at"
OTHER: Final = "other"
DAY: Final = 86_400
MOST_KINDS: Final = 64


@dataclass(frozen=True, eq=False)
class EventLog:
    """Events of entities, sorted by entity, time and kind.

    Events of one moment have no order among themselves: they stand by the number of their kind, so
    that the rows' order in a file changes nothing, and no step between them is taken as one.

    Attributes:
        ids: Entities; the code of each is its place.
        categories: Category of each entity.
        kinds: Names of the kinds; the number of each is its place.
        code: Entity of each event.
        at: Moment of each event, days since 1970 UTC, to the second.
        kind: Number of the kind of each event.
    """

    ids: pd.Index
    categories: npt.NDArray[Any]
    kinds: tuple[str, ...]
    code: Ints
    at: Floats
    kind: Ints

    @classmethod
    def from_frame(cls, events: pd.DataFrame, entities: pd.DataFrame | None = None) -> Self:
        """Make a log from rows in any order.

        Args:
            events: `entity_id`, `at` (naive UTC) and `kind`; rows that lack one of them, and
                those of nobody in `entities`, are left out.
            entities: `entity_id` and optionally `category`; by default whoever has an event.

        Raises:
            InputError: A column is missing.
        """
        if missing := {ENTITY_ID, AT, KIND} - set(events.columns):
            raise InputError(
                f"The events lack the column {min(missing)!r}.",
                hint=f"An event needs {ENTITY_ID}, {AT} and {KIND}.",
            )
        events = events.dropna(subset=[ENTITY_ID, AT, KIND])
        if entities is None:
            entities = pd.DataFrame({ENTITY_ID: events[ENTITY_ID].unique()})
        entities = entities.sort_values(ENTITY_ID)
        ids = pd.Index(entities[ENTITY_ID], name=ENTITY_ID)
        code = ids.get_indexer(pd.Index(events[ENTITY_ID]))
        kinds = most_frequent(events.loc[code >= 0, KIND].value_counts())
        kind = pd.Index(kinds).get_indexer(pd.Index(events[KIND]))
        kind = np.where(kind < 0, len(kinds) - 1, kind)
        seconds = events[AT].astype("datetime64[s]").astype("int64").to_numpy()
        category = entities[CATEGORY] if CATEGORY in entities else pd.Series("", entities.index)
        rows = code >= 0
        return cls.from_codes(
            ids, category.to_numpy(), kinds, code[rows], seconds[rows], kind[rows]
        )

    @classmethod
    def from_codes(
        cls,
        ids: pd.Index,
        categories: npt.NDArray[Any],
        kinds: Sequence[str],
        code: Ints,
        seconds: Ints,
        kind: Ints,
    ) -> Self:
        """Make a log from entity code, seconds since 1970 and number of the kind, in any order."""
        order = np.lexsort((kind, seconds, code))
        return cls(ids, categories, tuple(kinds), code[order], seconds[order] / DAY, kind[order])

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.code)

    @property
    def size(self) -> int:
        """Number of entities."""
        return len(self.ids)

    @cached_property
    def bounds(self) -> Ints:
        """Where the events of each entity begin, and behind the last one's where they end."""
        return np.searchsorted(self.code, np.arange(self.size + 1))

    @cached_property
    def gap(self) -> Floats:
        """Days since the entity's event before, NaN at its first."""
        gap = np.diff(self.at, prepend=np.nan)
        gap[self.first] = np.nan
        return gap

    @cached_property
    def first(self) -> npt.NDArray[np.bool_]:
        """Whether an event is the first of its entity."""
        return np.diff(self.code, prepend=-1) != 0

    @cached_property
    def is_step(self) -> npt.NDArray[np.bool_]:
        """Whether an event comes after one of an earlier moment, and not at the same one."""
        return self.gap > 0

    def is_any(self, kinds: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Return whether each event is of one of some kinds."""
        return np.isin(self.kinds, kinds)[self.kind]

    def before(self, moments: Floats) -> "EventLog":
        """Return what had happened to each entity by its own moment (days since 1970)."""
        return self.where(self.at <= moments[self.code])

    def where(self, kept: npt.NDArray[np.bool_]) -> "EventLog":
        """Return the log with some events left out."""
        return replace(self, code=self.code[kept], at=self.at[kept], kind=self.kind[kept])

    def of(self, codes: Ints) -> "EventLog":
        """Return the log of some entities, which get the codes 0, 1, … in the order given.

        One that is given several times is several entities.
        """
        length = np.diff(self.bounds)[codes]
        begin = np.cumsum(length) - length
        place = np.arange(length.sum()) + np.repeat(self.bounds[codes] - begin, length)
        return replace(
            self,
            ids=self.ids[codes],
            categories=self.categories[codes],
            code=np.repeat(np.arange(len(codes)), length),
            at=self.at[place],
            kind=self.kind[place],
        )


def most_frequent(counts: pd.Series) -> tuple[str, ...]:
    """Return the kinds that get a number, by name, `OTHER` last: the most frequent `MOST_KINDS`."""
    ranked = (
        counts.rename_axis(KIND)
        .reset_index(name="n")
        .sort_values(["n", KIND], ascending=[False, True])
    )
    kept = sorted(set(ranked[KIND].head(MOST_KINDS)) - {OTHER})
    return (*kept, OTHER)


def moment_of(day: npt.ArrayLike) -> "pd.Series[Any]":
    """Return days since 1970 as moments, to the second."""
    seconds = np.round(np.asarray(day, dtype=float) * DAY)
    return pd.Series(pd.to_datetime(seconds, unit="s"))


def days(moment: pd.Timestamp) -> float:
    """Return a moment as days since 1970."""
    return float(pd.Timestamp(moment).timestamp() / DAY)
