"""Parquet files: read in batches of bounded size, with the types that they declare."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet as pq
from pyarrow import types

from analytics.errors import InputError
from analytics.snapshots.files.csv import decode
from analytics.snapshots.raw import BadRowSink, RawBatch, RawTable

BATCH_BYTES = 32 * 2**20
BATCH_ROWS = 131_072


def open_parquet(path: Path, table: str) -> RawTable:
    """Read the schema of a parquet file.

    Raises:
        InputError: The file is empty or no parquet file.
    """
    if not path.stat().st_size:
        raise InputError(f"{path.name} is empty.", hint="Write it again, or take the file away.")
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"{path.name} is not a parquet file, or it is damaged.", hint="Write it again."
        ) from error
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise InputError(
            f"{path.name} names the column {twice[0]!r} more than once.", hint="Rename or drop one."
        )
    declared = {field.name: _plain(field.type) for field in schema}
    reader = _ParquetReader(path, declared)
    return RawTable(
        table,
        path.name,
        tuple(schema.names),
        reader.batches,
        total=rows,
        types=declared,
        notes=reader.notes,
    )


def _plain(kind: pyarrow.DataType) -> pyarrow.DataType:
    """The type of the values, whatever their encoding, unit or time zone."""
    if types.is_dictionary(kind):
        return _plain(kind.value_type)
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pyarrow.string()
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return pyarrow.string()
    if types.is_timestamp(kind):
        return pyarrow.timestamp("us")  # those with a time zone become UTC
    return kind


class _ParquetReader:
    """Batches of one file."""

    def __init__(self, path: Path, declared: dict[str, pyarrow.DataType]) -> None:
        self.path = path
        self.declared = declared
        self.foreign_cells = 0

    def notes(self) -> Sequence[str]:
        if not self.foreign_cells:
            return ()
        return (
            f"{self.path.name}: {self.foreign_cells:,} values are not UTF-8 "
            "and were read as Windows-1252.",
        )

    def batches(self, columns: Sequence[str], bad_rows: BadRowSink) -> Iterator[RawBatch]:
        """Batches of some columns; nothing goes to `bad_rows`."""
        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for batch in file.iter_batches(_batch_rows(file), columns=list(columns)):
                    table = self._plain_table(pyarrow.Table.from_batches([batch]))
                    numbers = np.arange(first, first + len(batch), dtype=np.int64)
                    first += len(batch)
                    yield RawBatch(table, numbers, len(batch))
        except (pyarrow.ArrowException, OSError) as error:
            raise InputError(
                f"{self.path.name} is damaged after row {first - 1:,}: {error}.",
                hint="Write it again.",
            ) from error

    def _plain_table(self, table: pyarrow.Table) -> pyarrow.Table:
        for position, name in enumerate(table.column_names):
            values = table[name]
            if types.is_dictionary(values.type):
                values = values.cast(values.type.value_type)
            if types.is_large_binary(values.type) or types.is_binary(values.type):
                values, foreign = decode(values.cast(pyarrow.binary()))
                self.foreign_cells += foreign
            elif values.type != self.declared[name]:
                values = values.cast(self.declared[name], safe=False)
            table = table.set_column(position, name, values)
        return table


def _batch_rows(file: pq.ParquetFile) -> int:
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    size = max((group.total_byte_size / max(group.num_rows, 1) for group in groups), default=1)
    return int(min(BATCH_ROWS, max(1_000, BATCH_BYTES // max(size, 1))))
