"""From a source's table to a file of typed rows that pass the contract one by one."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet as pq
from pyarrow import types

from analytics.columns import ROW_NUMBER
from analytics.errors import InputError
from analytics.progress import Progress
from analytics.snapshots.contract import ENTITY_TABLES, NUMBER, TABLES, TEXT, TableContract
from analytics.snapshots.links import CLEAR_VALUE, hash_values
from analytics.snapshots.parsing import check_types
from analytics.snapshots.raw import RawBatch, RawTable
from analytics.snapshots.rejects import RejectLog, describe
from analytics.snapshots.validation import IS_GOOD, Validator, staged_schema

OWN_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
HOPELESS_ROWS = 500_000


@dataclass(frozen=True)
class Staged:
    """One table, checked row by row.

    Attributes:
        contract: Its contract; an open table's own columns are in `extra`.
        source: The table as the source gave it.
        path: Parquet file of all rows, with row number and whether good.
        log: Its rejects so far.
        read: Rows read, good and bad.
        inferable: Own columns whose kind the file does not declare; staged as text.
    """

    contract: TableContract
    source: RawTable
    path: Path
    log: RejectLog
    read: int
    inferable: tuple[str, ...] = ()

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """Declared columns that the source does not give."""
        given = set(known_columns(self.contract, self.source))
        return tuple(name for name in self.contract.columns if name not in given)

    @property
    def unknown_columns(self) -> tuple[str, ...]:
        """Columns that were kept out."""
        taken = {*self.contract.columns, *self.contract.extra, *_clear(self.contract)}
        return tuple(name for name in self.source.columns if name not in taken)


def check_source(tables: Mapping[str, RawTable]) -> None:
    """Refuse a source that lacks what nothing can do without.

    Raises:
        InputError: No entity table, a missing required column or a column of the wrong type.
    """
    if not set(tables) & set(ENTITY_TABLES.values()):
        found = f"It has: {', '.join(sorted(tables))}. " if tables else ""
        raise InputError(
            "The source has none of the tables merchants, products, creators.",
            hint=f"{found}Name the files after the tables, such as merchants.csv.",
        )
    for name, table in tables.items():
        check_columns(TABLES[name], table)


def check_columns(contract: TableContract, table: RawTable) -> None:
    """Refuse a table that lacks a required column, or has one of the wrong type.

    Raises:
        InputError: Naming file and column.
    """
    given = known_columns(contract, table)
    for column in contract.required:
        if column not in given:
            near = difflib.get_close_matches(column, table.columns, n=1)
            guess = f"Is it the one called {near[0]!r}? " if near else ""
            raise InputError(
                f"{table.file} lacks the column {column}, which every {contract.name} table needs.",
                hint=f"{guess}It has: {', '.join(table.columns)}.",
            )
    check_types(table.file, table.types, staged_schema(contract))


def known_columns(contract: TableContract, table: RawTable) -> list[str]:
    """Declared columns that the source gives, a clear link value counting as its hash."""
    given = set(table.columns)
    if _clear(contract) and CLEAR_VALUE in given:
        given.add("value_hash")
    return [name for name in contract.columns if name in given]


def stage(
    table: RawTable,
    folder: Path,
    con: duckdb.DuckDBPyConnection,
    *,
    now: datetime,
    link_key: str | None,
    reject_limit: float,
    progress: Progress,
) -> Staged:
    """Read one table, check it row by row and write it, typed."""
    contract, inferable = _with_own_columns(TABLES[table.name], table)
    path = folder / f"{table.name}.parquet"
    log = RejectLog(table.name, folder / f"{table.name}.rejects.parquet")
    validator = Validator(contract, known_columns(contract, table), log, table.file, now)
    with (
        progress.step(f"Reading {table.file}", table.total) as step,
        pq.ParquetWriter(path, with_marks(validator.wanted), compression="lz4") as writer,
    ):
        for batch in _batches(table, contract, log, link_key):
            writer.write_table(validator.check(con, batch))
            _stop_if_hopeless(validator, log, reject_limit)
            step.advance(batch.amount)
    return Staged(contract, table, path, log, validator.read + log.ragged, inferable)


def _batches(
    table: RawTable, contract: TableContract, log: RejectLog, link_key: str | None
) -> Iterator[RawBatch]:
    has_clear = bool(_clear(contract)) and CLEAR_VALUE in table.columns
    columns = [name for name in (*contract.columns, *contract.extra) if name in table.columns]
    wanted = [*columns, CLEAR_VALUE] if has_clear else columns
    for batch in table.read(wanted, log.add_row):
        if has_clear:
            batch = replace(batch, table=hash_values(batch.table, link_key, table.file))
        yield batch


def _stop_if_hopeless(validator: Validator, log: RejectLog, limit: float) -> None:
    """Do not read on through millions of rows when most are bad."""
    read, bad = validator.read + log.ragged, validator.bad + log.ragged
    if read >= HOPELESS_ROWS and bad > max(limit, 0.5) * read:
        raise InputError(
            describe(log, read, bad, limit), hint="Nothing was stored; reading stopped."
        )


def _with_own_columns(
    contract: TableContract, table: RawTable
) -> tuple[TableContract, tuple[str, ...]]:
    """An open table's contract with the columns that this source adds."""
    if not contract.is_open:
        return contract, ()
    extra, inferable = {}, []
    for name in table.columns:
        if name in contract.columns or not OWN_COLUMN.fullmatch(name):
            continue
        kind = _own_kind(table.types.get(name))
        if kind is not None:
            extra[name] = kind
            if not table.types:
                inferable.append(name)
    return replace(contract, extra=extra), tuple(inferable)


def _own_kind(declared: pyarrow.DataType | None) -> pyarrow.DataType | None:
    """How an own column is staged; None for types that are neither number nor text."""
    if declared is None or types.is_string(declared):
        return TEXT
    is_number = types.is_integer(declared) or types.is_floating(declared)
    return NUMBER if is_number or types.is_decimal(declared) or types.is_boolean(declared) else None


def _clear(contract: TableContract) -> Sequence[str]:
    return (CLEAR_VALUE,) if "value_hash" in contract.columns else ()


def with_marks(schema: pyarrow.Schema) -> pyarrow.Schema:
    """Columns of staged rows: with row number and whether good."""
    schema = schema.append(pyarrow.field(ROW_NUMBER, pyarrow.int64()))
    return schema.append(pyarrow.field(IS_GOOD, pyarrow.bool_()))
