"""The quarantine: which rows and cells were kept out, where they stood, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow
import pyarrow.parquet as pq

from analytics.columns import (
    REJECT_COLUMN,
    REJECT_REASON,
    REJECT_SCOPE,
    REJECT_VALUE,
    ROW_NUMBER,
)
from analytics.snapshots.sql import count

Scope = Literal["row", "cell"]
REJECT_FILE = "file"
VALUE_LENGTH = 200
HIDDEN = "(not stored)"
WHOLE_ROW = ""
FLUSH_AT = 50_000
EXAMPLES = 5

SCHEMA = pyarrow.schema(
    [
        (REJECT_FILE, pyarrow.string()),
        (ROW_NUMBER, pyarrow.int64()),
        (REJECT_COLUMN, pyarrow.string()),
        (REJECT_VALUE, pyarrow.string()),
        (REJECT_REASON, pyarrow.string()),
        (REJECT_SCOPE, pyarrow.string()),
    ]
)
# Tables whose values must not be kept in clear, not even where they are wrong.
SECRET_TABLES = frozenset({"links"})


@dataclass
class RejectLog:
    """Rejects of one table, written to a parquet file as they come.

    Attributes:
        table: Table of the contract.
        path: File to write; it appears with the first reject.
        reasons: Number of rejects by column and reason.
        first: Row number and value of the first of each.
        ragged: Rows that did not split into columns.
        cells: Values that were emptied.
    """

    table: str
    path: Path
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    ragged: int = 0
    cells: int = 0
    _rows: list[tuple[Any, ...]] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None

    def add(
        self,
        file: str,
        numbers: Sequence[int],
        column: str,
        values: Iterable[Any],
        reason: str,
        scope: Scope,
    ) -> None:
        """Note that a column's values are wrong in some rows, all for the same reason."""
        for number, value in zip(numbers, values, strict=True):
            text = self._shown(value)
            self.reasons[column, reason] += 1
            self.cells += scope == "cell"
            example = self.first.setdefault((column, reason), (number, text))
            if number < example[0]:
                self.first[column, reason] = (number, text)
            self._rows.append((file, number, column, text, reason, scope))
        if len(self._rows) >= FLUSH_AT:
            self._flush()

    def add_row(self, file: str, row_number: int, value: str, reason: str) -> None:
        """Note a row that does not split into columns."""
        self.ragged += 1
        self.add(file, [row_number], WHOLE_ROW, [value], reason, "row")

    def close(self) -> None:
        """Write what is left."""
        self._flush()
        if self._writer:
            self._writer.close()

    def count_rows(self, con: duckdb.DuckDBPyConnection) -> int:
        """Rows with at least one reject, once the log is closed."""
        if not self.reasons:
            return 0
        return count(
            con,
            f"SELECT count(DISTINCT (file, {ROW_NUMBER})) FROM read_parquet($path)",  # noqa: S608
            {"path": str(self.path)},
        )

    def _shown(self, value: Any) -> str | None:
        if value is None:
            return None
        if self.table in SECRET_TABLES:
            return HIDDEN
        text = str(value)
        return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 1] + "…"

    def _flush(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, SCHEMA, compression="zstd")
        columns = list(zip(*self._rows, strict=True))
        self._writer.write_table(
            pyarrow.table(
                [pyarrow.array(c, t) for c, t in zip(columns, SCHEMA.types, strict=True)],
                schema=SCHEMA,
            )
        )
        self._rows.clear()


def sort_rejects(con: duckdb.DuckDBPyConnection, log: RejectLog, final: Path) -> None:
    """Write the rejects of a closed log in the order of the file; nothing where there are none."""
    if not log.reasons:
        return
    cursor = con.cursor()
    rows = cursor.sql("FROM read_parquet($path) ORDER BY ALL", params={"path": str(log.path)})
    with pq.ParquetWriter(final, SCHEMA, compression="zstd") as writer:
        for batch in rows.to_arrow_reader():
            writer.write_table(pyarrow.Table.from_batches([batch]).cast(SCHEMA))
    cursor.close()


def describe(log: RejectLog, read: int, bad: int, limit: float) -> str:
    """Why a table stops the ingest: its share, its reasons and the first example of each."""
    lines = [
        f"{log.table}: {bad:,} of {read:,} rows ({bad / max(read, 1):.1%}) are bad, "
        f"more than the {limit:.1%} allowed."
    ]
    common = sorted(log.reasons.items(), key=lambda item: (-item[1], log.first[item[0]][0]))
    for (column, reason), times in common[:EXAMPLES]:
        number, value = log.first[column, reason]
        shown = "" if value is None else f" {value[:60]!r}"
        lines.append(f"  {times:,} × {column or 'row'} {reason}, first in row {number:,}{shown}")
    if len(common) > EXAMPLES:
        lines.append(f"  and {len(common) - EXAMPLES} more reasons")
    return "\n".join(lines)
