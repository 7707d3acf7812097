"""From staged tables to the files that a dataset keeps: cut, sorted, always the same bytes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import ibis
import pyarrow
import pyarrow.parquet as pq

from analytics.columns import KNOWN_AT
from analytics.snapshots.contract import NUMBER, TableContract
from analytics.snapshots.parsing import number_expression
from analytics.snapshots.point_in_time import mask
from analytics.snapshots.sql import count, quoted, run
from analytics.snapshots.staging import Staged

ROW_GROUP = 65_536
LONG_ROW_GROUP = 8_192
LONG_TEXTS = frozenset({"contents", "products"})
NOT_A_NUMBER = "is not a number, as most values of this column are"

# Only names of our own declarations, or quoted column names, enter the SQL below.
# ruff: noqa: S608


@dataclass(frozen=True)
class Stored:
    """A table file ready to be published."""

    staged: Staged
    contract: TableContract
    path: Path
    file_hash: str
    rows: int
    good_rows: int
    is_point_in_time: bool


def hash_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Writer:
    """Writes the tables that a `Resolver` has checked, as known at `known_until`."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        folder: Path,
        *,
        known_until: datetime,
        exported_at: datetime,
        number_share: float,
    ) -> None:
        self.con = con
        self.backend = ibis.duckdb.from_connection(con)
        self.folder = folder
        self.known_until = known_until
        self.exported_at = exported_at
        self.number_share = number_share

    def write(self, staged: Staged) -> Stored:
        """Write one table."""
        contract = self._with_kinds(staged)
        name = contract.name
        run(self.con, f"CREATE VIEW good_{name} AS {self._good_rows(staged, contract)}")
        known = mask(name, self.backend.table(f"good_{name}"), self.known_until, self.exported_at)
        sort = [ibis._[column].asc(nulls_first=False) for column in contract.sort]
        path = self.folder / f"{name}.stored.parquet"
        cursor = self.con.cursor()
        rows = _write_sorted(
            cursor.sql(self.backend.compile(known.order_by(sort))).to_arrow_reader(ROW_GROUP),
            path,
            contract.arrow_schema,
            LONG_ROW_GROUP if name in LONG_TEXTS else ROW_GROUP,
        )
        cursor.close()
        return Stored(
            replace(staged, contract=contract),
            contract,
            path,
            hash_of(path),
            rows,
            count(self.con, f"SELECT count(*) FROM good_{name}"),
            not count(self.con, f"SELECT count(*) FROM dated_{name} WHERE known IS NULL")
            if contract.is_open
            else True,
        )

    def _good_rows(self, staged: Staged, contract: TableContract) -> str:
        name = contract.name
        emptied = {
            row[0]
            for row in run(
                self.con, f"SELECT DISTINCT \"column\" FROM bad_{name} WHERE scope = 'cell'"
            )
        }
        columns = [
            self._cell(contract, column, column in emptied, staged)
            for column in (*contract.columns, *contract.extra)
        ]
        if contract.entity:
            columns.append(f"s.known AS {KNOWN_AT}")
        return (
            f"SELECT {', '.join(columns)} FROM dated_{name} s WHERE NOT EXISTS "
            f"(FROM bad_{name} b WHERE b.row_number = s.row_number AND b.scope = 'row')"
        )

    def _cell(self, contract: TableContract, column: str, is_emptied: bool, staged: Staged) -> str:
        value = f"s.{quoted(column)}"
        if column in staged.inferable and contract.type_of(column) == NUMBER:
            value = number_expression(value)
        if is_emptied:
            value = (
                f"CASE WHEN s.row_number NOT IN (SELECT b.row_number FROM bad_{contract.name} b "
                f"WHERE b.\"column\" = '{column}') THEN {value} END"
            )
        return f"{value} AS {quoted(column)}"

    def _with_kinds(self, staged: Staged) -> TableContract:
        """Decide which own columns of a CSV file are numbers, by the values known so far."""
        extra = dict(staged.contract.extra)
        for column in staged.inferable:
            given, numbers = self._counts(staged.contract.name, column)
            if numbers >= given * self.number_share:
                extra[column] = NUMBER
                if numbers < given:
                    self._log_non_numbers(staged, column)
        return replace(staged.contract, extra=extra)

    def _counts(self, name: str, column: str) -> tuple[int, int]:
        value = quoted(column)
        undated = "OR known IS NULL" if self.known_until >= self.exported_at else ""
        ((given, numbers),) = run(
            self.con,
            f"SELECT count({value}), count({number_expression(value)}) FROM dated_{name} "
            f"WHERE known <= $until {undated}",
            {"until": self.known_until},
        )
        return given, numbers

    def _log_non_numbers(self, staged: Staged, column: str) -> None:
        value = quoted(column)
        rows = run(
            self.con,
            f"SELECT row_number, {value} FROM staged_{staged.contract.name} "
            f"WHERE {value} IS NOT NULL AND {number_expression(value)} IS NULL ORDER BY row_number",
        )
        numbers, values = [row[0] for row in rows], [row[1] for row in rows]
        staged.log.add(staged.source.file, numbers, column, values, NOT_A_NUMBER, "cell")


def as_words(extra: Mapping[str, pyarrow.DataType]) -> dict[str, str]:
    """Kinds of own columns as the manifest names them."""
    return {name: "number" if kind == NUMBER else "category" for name, kind in extra.items()}


def _write_sorted(
    batches: pyarrow.RecordBatchReader, path: Path, schema: pyarrow.Schema, group: int
) -> int:
    """Write row groups of exactly `group` rows, so that equal rows give equal bytes."""
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd", write_statistics=True) as writer:
        for table in _regrouped(batches, schema, group):
            writer.write_table(table, row_group_size=group)
            rows += table.num_rows
    return rows


def _regrouped(
    batches: pyarrow.RecordBatchReader, schema: pyarrow.Schema, group: int
) -> Iterator[pyarrow.Table]:
    waiting = schema.empty_table()
    for batch in batches:
        arrived = pyarrow.Table.from_batches([batch]).cast(schema)
        waiting = pyarrow.concat_tables([waiting, arrived])
        while waiting.num_rows >= group:
            yield waiting.slice(0, group).combine_chunks()
            waiting = waiting.slice(group)
    if waiting.num_rows:
        yield waiting.combine_chunks()
