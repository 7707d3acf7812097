"""Row by row: what the contract's schemas say about a batch, and who is to blame.

A wrong required value takes its row away, a wrong optional one is emptied. Either way the blame
falls on what was known last, so that a later fact can never reject an earlier one.
"""

from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.compute as pc

from analytics.columns import ROW_NUMBER
from analytics.snapshots.contract import ROW, TableContract
from analytics.snapshots.parsing import WRONG_TYPE, parse
from analytics.snapshots.raw import RawBatch
from analytics.snapshots.rejects import RejectLog, Scope

MISSING = "is missing"
IS_GOOD = "is_good"
IN_FUTURE = "lies in the future"
LOCAL_TIME: Final = timedelta(days=1)  # exports are often in local time


@dataclass(frozen=True)
class Failure:
    """A column that is wrong in some rows of a batch."""

    column: str
    positions: np.ndarray
    reason: str


class Validator:
    """Checks batches of one table against its contract."""

    def __init__(
        self,
        contract: TableContract,
        given: Collection[str],
        log: RejectLog,
        file: str,
        now: datetime,
        ahead: timedelta = LOCAL_TIME,
    ) -> None:
        self.contract = contract
        self.log = log
        self.file = file
        self.wanted = staged_schema(contract)
        self.schema = _schema_of(contract, given, now + ahead)
        self.read = 0
        self.bad = 0

    def check(self, con: duckdb.DuckDBPyConnection, batch: RawBatch) -> pyarrow.Table:
        """The rows of a batch, typed, wrong values emptied, with row number and whether good."""
        parsed = parse(con, batch.table, self.wanted)
        unreadable = [
            Failure(column, np.flatnonzero(bad), WRONG_TYPE[self.contract.type_of(column)])
            for column, bad in parsed.unreadable.items()
        ]
        failures = [*unreadable, *_without(self._violations(parsed.table), unreadable)]
        failures += self._undated(parsed.table, failures)
        self.read += batch.table.num_rows
        if failures:
            self._log(batch, failures)
        return self._marked(parsed.table, batch.row_numbers, failures)

    def _violations(self, table: pyarrow.Table) -> Iterator[Failure]:
        frame = table.to_pandas(types_mapper=pd.ArrowDtype)
        try:
            self.schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            for error in errors.schema_errors:
                yield self._failure(error, table)

    def _failure(self, error: pa.errors.SchemaError, table: pyarrow.Table) -> Failure:
        if error.reason_code is pa.errors.SchemaErrorReason.SERIES_CONTAINS_NULLS:
            missing = pc.is_null(table[error.schema.name]).to_numpy()
            return Failure(error.schema.name, np.flatnonzero(missing), MISSING)
        passed = error.check_output
        positions = passed.index[~passed.to_numpy(dtype=bool)].to_numpy()
        if error.schema.name in self.contract.columns:
            return Failure(error.schema.name, positions, error.check.error)
        later, earlier = error.check.name.split(">=")
        if self.contract.known(earlier) == ROW:
            return Failure(later, positions, f"is before {earlier}")
        return Failure(earlier, positions, f"is after {later}")

    def _undated(self, table: pyarrow.Table, failures: list[Failure]) -> list[Failure]:
        """Values whose date is wrong: nobody can say from when they were known."""
        undated = []
        for failure in failures:
            for column in self.contract.columns:
                if column != failure.column == self.contract.known(column):
                    given = table[column].take(pyarrow.array(failure.positions)).is_valid()
                    positions = failure.positions[given.to_numpy()]
                    if len(positions):
                        undated.append(Failure(column, positions, f"has a wrong {failure.column}"))
        return undated

    def _takes_row(self, failure: Failure) -> bool:
        """Whether the row goes, or only the value.

        An entity without a valid date still exists from its first dated row, unless its date
        says that it is not there yet.
        """
        if not self.contract.keeps_part:
            return True
        if failure.column == self.contract.dated_by:
            return self.contract.entity is None or failure.reason == IN_FUTURE
        return failure.column in self.contract.required

    def _log(self, batch: RawBatch, failures: list[Failure]) -> None:
        for failure in failures:
            values = _as_given(batch.table, failure.column, failure.positions)
            scope: Scope = "row" if self._takes_row(failure) else "cell"
            numbers = batch.row_numbers[failure.positions].tolist()
            self.log.add(self.file, numbers, failure.column, values, failure.reason, scope)
        self.bad += len(np.unique(np.concatenate([f.positions for f in failures])))

    def _marked(
        self, table: pyarrow.Table, numbers: np.ndarray, failures: list[Failure]
    ) -> pyarrow.Table:
        """Bad rows stay, marked: they too tell from when the entities they name existed."""
        good = np.ones(table.num_rows, dtype=bool)
        for failure in failures:
            good[failure.positions] &= not self._takes_row(failure)
            table = _emptied(table, failure.column, failure.positions)
        table = table.append_column(ROW_NUMBER, pyarrow.array(numbers, pyarrow.int64()))
        return table.append_column(IS_GOOD, pyarrow.array(good))


def staged_schema(contract: TableContract) -> pyarrow.Schema:
    """Columns of a table between reading and storing, without the row number."""
    names = (*contract.columns, *contract.extra)
    return pyarrow.schema([pyarrow.field(name, contract.type_of(name)) for name in names])


def _schema_of(
    contract: TableContract, given: Collection[str], latest: datetime
) -> pa.DataFrameSchema:
    """The contract's schema of the columns given, and that no fact is dated later."""
    not_later = pa.Check.le(pd.Timestamp(latest), error=IN_FUTURE)
    facts = contract.fact_times()
    columns = {name: copy(contract.schema.columns[name]) for name in given}
    for name, column in columns.items():
        if name in facts:
            column.checks = [*column.checks, not_later]
    checks = [
        check
        for check, pair in zip(contract.schema.checks, contract.time_order, strict=True)
        if columns.keys() >= set(pair)
    ]
    return pa.DataFrameSchema(columns, checks=checks, name=contract.name)


def _without(found: Iterator[Failure], known: list[Failure]) -> Iterator[Failure]:
    """Leave out that a value is missing where it only could not be read."""
    unreadable = {failure.column: failure.positions for failure in known}
    for failure in found:
        positions = failure.positions
        if failure.reason == MISSING and failure.column in unreadable:
            positions = np.setdiff1d(positions, unreadable[failure.column])
        if len(positions):
            yield Failure(failure.column, positions, failure.reason)


def _as_given(raw: pyarrow.Table, column: str, positions: np.ndarray) -> list[object]:
    if column not in raw.column_names:
        return [None] * len(positions)
    return raw[column].take(pyarrow.array(positions)).to_pylist()


def _emptied(table: pyarrow.Table, column: str, positions: np.ndarray) -> pyarrow.Table:
    bad = np.zeros(table.num_rows, dtype=bool)
    bad[positions] = True
    kind = table.schema.field(column).type
    values = pc.if_else(pyarrow.array(bad), pyarrow.scalar(None, kind), table[column])
    return table.set_column(table.schema.get_field_index(column), column, values)
