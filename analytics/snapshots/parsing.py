"""From what a file holds to the contract's types, without guessing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow
from pyarrow import types

from analytics.errors import InputError
from analytics.snapshots.contract import COUNT, MONEY, NUMBER, TEXT, TIME
from analytics.snapshots.sql import quoted

# ISO 8601, with a blank or a T, with or without an offset from UTC.
TIME_PATTERN: Final = (
    r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?"
)
NUMBER_PATTERN: Final = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?"
COUNT_PATTERN: Final = r"[+-]?[0-9]+([.]0*)?"

WRONG_TYPE: Final = {
    TIME: "is not a date and time such as 2024-05-31 13:45:00",
    MONEY: "is not an amount such as 12.50",
    NUMBER: "is not a number such as 12.5",
    COUNT: "is not a whole number",
    TEXT: "is not text",
}
SQL_TYPE: Final = {TIME: "TIMESTAMP", MONEY: "DECIMAL(18,2)", NUMBER: "DOUBLE", COUNT: "BIGINT"}


@dataclass(frozen=True)
class Parsed:
    """Typed columns, and which of their values could not be read (they are null)."""

    table: pyarrow.Table
    unreadable: Mapping[str, np.ndarray]


def check_types(file: str, given: Mapping[str, pyarrow.DataType], wanted: pyarrow.Schema) -> None:
    """Refuse a typed file whose columns cannot hold what the contract asks for.

    Raises:
        InputError: Naming file, column and both types.
    """
    for field in wanted:
        kind = given.get(field.name)
        if kind is not None and not _is_readable(kind, field.type):
            raise InputError(
                f"{file}, column {field.name}: {kind} cannot be read as {_words(field.type)}.",
                hint="Write the column with another type, or as text.",
            )


def parse(con: duckdb.DuckDBPyConnection, raw: pyarrow.Table, wanted: pyarrow.Schema) -> Parsed:
    """Read the columns of a batch as the types wanted; columns that it lacks are null.

    `con` must have its time zone set to UTC.
    """
    values, flags, names = [], [], []
    for field in wanted:
        if field.name not in raw.column_names:
            continue
        source = raw.schema.field(field.name).type
        column = quoted(field.name)
        value = _expression(column, source, field.type)
        values.append(f"{value} AS {column}")
        if field.type != TEXT:
            names.append(field.name)
            flags.append(f"{column} IS NOT NULL AND {value} IS NULL AS {quoted('?' + field.name)}")
    cursor = con.cursor()
    try:
        cursor.execute("SET TimeZone = 'UTC'").fetchall()
        cursor.register("batch", raw)
        result = cursor.sql(f"SELECT {', '.join(values + flags)} FROM batch").to_arrow_table()  # noqa: S608
    finally:
        cursor.close()
    unreadable = {name: result["?" + name].to_numpy() for name in names}
    return Parsed(
        _completed(result, wanted), {n: bad for n, bad in unreadable.items() if bad.any()}
    )


def number_expression(column: str) -> str:
    """SQL that reads a text column as a finite number, null where it is none."""
    text = f"trim({column})"
    matches = f"regexp_full_match({text}, '{NUMBER_PATTERN}')"
    number = f"TRY_CAST({text} AS DOUBLE)"
    return f"CASE WHEN {matches} AND isfinite({number}) THEN {number} END"


def _completed(result: pyarrow.Table, wanted: pyarrow.Schema) -> pyarrow.Table:
    rows = result.num_rows
    columns = [
        result[field.name].cast(field.type)
        if field.name in result.column_names
        else pyarrow.nulls(rows, field.type)
        for field in wanted
    ]
    return pyarrow.table(columns, schema=wanted)


def _expression(column: str, source: pyarrow.DataType, kind: pyarrow.DataType) -> str:
    """SQL that reads one column; null where its value is not of that kind."""
    if types.is_null(source):
        return f"CAST(NULL AS {SQL_TYPE.get(kind, 'VARCHAR')})"
    if kind == TEXT:
        return column if types.is_string(source) else f"CAST({column} AS VARCHAR)"
    if types.is_string(source):
        return _from_text(column, kind)
    if kind == TIME:
        return f"TRY_CAST({column} AS TIMESTAMP)"
    if kind == COUNT and not types.is_integer(source):
        count = f"TRY_CAST({column} AS BIGINT)"
        return f"CASE WHEN {count} = {column} THEN {count} END"
    if kind == NUMBER:
        return f"CASE WHEN isfinite({column}::DOUBLE) THEN {column}::DOUBLE END"
    return f"TRY_CAST({column} AS {SQL_TYPE[kind]})"


def _from_text(column: str, kind: pyarrow.DataType) -> str:
    text = f"trim({column})"
    if kind == NUMBER:
        return number_expression(column)
    if kind == TIME:
        # A cast to TIMESTAMP would drop the offset; this one applies it.
        value, pattern = f"TRY_CAST({text} AS TIMESTAMPTZ)::TIMESTAMP", TIME_PATTERN
    elif kind == MONEY:
        value, pattern = f"TRY_CAST({text} AS DECIMAL(18,2))", NUMBER_PATTERN
    else:
        value, pattern = f"TRY_CAST({text} AS BIGINT)", COUNT_PATTERN
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {value} END"


def _is_readable(source: pyarrow.DataType, kind: pyarrow.DataType) -> bool:
    if types.is_string(source) or types.is_null(source):
        return True
    if kind == TIME:
        return types.is_timestamp(source) or types.is_date(source)
    is_number = types.is_integer(source) or types.is_floating(source) or types.is_decimal(source)
    if kind == TEXT:
        return is_number or types.is_boolean(source)
    return is_number


def _words(kind: pyarrow.DataType) -> str:
    return {
        TIME: "a date and time",
        MONEY: "an amount",
        NUMBER: "a number",
        COUNT: "a whole number",
    }.get(kind, "text")
