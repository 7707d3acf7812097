"""What the contract is made of: kinds of columns, references, tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import pandas as pd
import pandera.pandas as pa
import pyarrow

from analytics.columns import KNOWN_AT, EntityType
from analytics.snapshots.checks import not_earlier

# Values of `known`: with the row; only from the export on (no date); else the column that dates it.
ROW: Final = "row"
EXPORT: Final = "export"

EARLIEST: Final = pd.Timestamp("1990-01-01")
LATEST_PLAN: Final = pd.Timestamp("2100-01-01")

TEXT: Final = pyarrow.string()
TIME: Final = pyarrow.timestamp("us")
MONEY: Final = pyarrow.decimal128(18, 2)
NUMBER: Final = pyarrow.float64()
COUNT: Final = pyarrow.int64()

ID_LENGTH: Final = 200
MAX_COUNT: Final = 10**15


def _column(
    kind: pyarrow.DataType,
    doc: str,
    required: bool,
    known: str,
    checks: list[pa.Check],
    **more: Any,
) -> pa.Column:
    return pa.Column(
        pd.ArrowDtype(kind),
        checks=checks,
        nullable=not required,
        metadata={"doc": doc, "known": known, **more},
    )


def text(
    doc: str, *, required: bool = False, known: str = ROW, length: int = ID_LENGTH, **more: Any
) -> pa.Column:
    """Text of bounded length."""
    checks = [
        pa.Check.str_length(max_value=length, error=f"is longer than {length:,} characters"),
        pa.Check(lambda s: ~s.str.contains("\x00", regex=False), error="contains a NUL byte"),
    ]
    return _column(TEXT, doc, required, known, checks + more.pop("checks", []), **more)


def choice(doc: str, choices: tuple[str, ...], **more: Any) -> pa.Column:
    """One of a few words."""
    check = pa.Check.isin(choices, error=f"is not one of {', '.join(choices)}")
    return text(f"{doc}: {', '.join(choices)}", checks=[check], **more)


def time(doc: str, *, required: bool = False, known: str = ROW, is_plan: bool = False) -> pa.Column:
    """Time in UTC: a fact, or a plan that may lie ahead."""
    checks = [
        pa.Check.ge(EARLIEST, error="lies before 1990"),
        pa.Check.lt(LATEST_PLAN, error="lies after 2099"),
    ]
    return _column(TIME, doc, required, known, checks, plan=is_plan)


def money(doc: str, *, required: bool = False, known: str = ROW) -> pa.Column:
    """Amount in the currency of the dataset, not negative."""
    return _column(MONEY, doc, required, known, [pa.Check.ge(0, error="is negative")])


def count(doc: str, *, required: bool = False, known: str = ROW, least: int = 0) -> pa.Column:
    """Whole number, not less than `least`."""
    low = pa.Check.ge(least, error="is negative" if least == 0 else f"is less than {least}")
    high = pa.Check.le(MAX_COUNT, error="is absurdly large")
    return _column(COUNT, doc, required, known, [low, high])


def number(
    doc: str, *, required: bool = False, between: tuple[float, float] | None = None
) -> pa.Column:
    """Any finite number, or one in a range."""
    checks = []
    if between:
        low, high = between
        checks = [pa.Check.in_range(low, high, error=f"is not between {low:g} and {high:g}")]
    return _column(NUMBER, doc, required, ROW, checks)


@dataclass(frozen=True)
class Reference:
    """Rows of this table name a row of another one.

    Attributes:
        column: Column that holds the other's id.
        table: Table referred to; None where `entity_type` says which.
        is_strict: Whether an id without its row is an error; else it is only counted.
    """

    column: str
    table: str | None
    is_strict: bool = True


@dataclass(frozen=True)
class TableContract:
    """One table: its schema, and what a schema has no word for.

    Attributes:
        name: Name of the table and of its file without ending.
        title: What one row is.
        schema: Types, nullability, ranges; a column's metadata holds `known` and `doc`.
        key: Columns that no two rows share; empty where rows have no key.
        dated_by: Column that says from when a row is known, as the source gives it.
        sort: Order of the stored rows.
        references: Tables that its rows name.
        time_order: Pairs (later, earlier) of time columns that must stand in this order.
        entity: Entity type that its rows describe, where they describe one each.
        is_open: Whether a source may add columns of its own.
        keeps_part: Whether a row stays where only a value that may be missing is wrong.
    """

    name: str
    title: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    dated_by: str
    sort: tuple[str, ...]
    references: tuple[Reference, ...] = ()
    time_order: tuple[tuple[str, str], ...] = ()
    entity: EntityType | None = None
    is_open: bool = False
    keeps_part: bool = True
    extra: Mapping[str, pyarrow.DataType] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the declared columns, in the order in which they are stored."""
        return tuple(self.schema.columns)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Columns without which the table, or a row of it, cannot be used."""
        return tuple(name for name in self.columns if not self.schema.columns[name].nullable)

    @property
    def known_at(self) -> str:
        """Stored column that says from when a row is known; entities carry one of their own."""
        return KNOWN_AT if self.entity else self.dated_by

    def type_of(self, column: str) -> pyarrow.DataType:
        """Arrow type in which a column is stored."""
        return self.extra.get(column) or self.schema.columns[column].dtype.type.pyarrow_dtype

    def known(self, column: str) -> str:
        """From when a value of the column is known: `ROW`, `EXPORT` or the column that dates it."""
        if column in self.extra or column == KNOWN_AT:
            return ROW
        return self._metadata(column)["known"]

    def doc(self, column: str) -> str:
        """What the column holds, in words."""
        return self._metadata(column)["doc"]

    def is_plan(self, column: str) -> bool:
        """Whether a time column may lie in the future, because it holds a plan."""
        return bool(self._metadata(column).get("plan"))

    def fact_times(self) -> tuple[str, ...]:
        """Time columns that hold facts: the row's own date and the later fields'."""
        return tuple(
            name for name in self.columns if self.type_of(name) == TIME and not self.is_plan(name)
        )

    def _metadata(self, column: str) -> dict[str, Any]:
        return self.schema.columns[column].metadata or {}

    @cached_property
    def arrow_schema(self) -> pyarrow.Schema:
        """Schema of the stored file."""
        fields = [pyarrow.field(name, self.type_of(name)) for name in (*self.columns, *self.extra)]
        if self.entity:
            fields.append(pyarrow.field(KNOWN_AT, TIME))
        return pyarrow.schema(fields)


def table(
    name: str,
    title: str,
    columns: dict[str, pa.Column],
    *,
    time_order: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> TableContract:
    """A table's contract, its columns' schema included."""
    checks = [not_earlier(later, earlier) for later, earlier in time_order]
    schema = pa.DataFrameSchema(columns, checks=checks, name=name)
    return TableContract(name, title, schema, time_order=time_order, **more)
