"""CSV files of any origin: read in blocks, with row numbers, and nothing taken on trust.

Values come as text and empty ones as missing. Rows with too few or too many fields go to the sink.
Bytes that are not UTF-8 are read as Windows-1252, cell by cell, and counted.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from analytics.errors import InputError
from analytics.snapshots.raw import BadRowSink, RawBatch, RawTable

BLOCK = 16 * 2**20
HEADER = 2**20
OTHER_DELIMITERS = (";", "\t", "|")
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
BROKEN_FILE = (OSError, EOFError, zlib.error)


def open_csv(path: Path, table: str) -> RawTable:
    """Read the header of a CSV file, plain or gzipped.

    Raises:
        InputError: The file is empty, damaged, not text, or its header cannot be used.
    """
    header, lines = _read_header(path)
    reader = _CsvReader(path, header, lines)
    return RawTable(
        table,
        path.name,
        tuple(header),
        reader.batches,
        total=path.stat().st_size,
        notes=reader.notes,
    )


def _open(path: Path) -> BinaryIO:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _read_header(path: Path) -> tuple[list[str], int]:
    """Names of the columns, and how many lines they take."""
    try:
        with _open(path) as stream:
            start = stream.read(HEADER)
    except BROKEN_FILE as error:
        raise InputError(f"{path.name} is damaged: {error}.", hint="Copy it again.") from error
    if not start.removeprefix(BOM).strip():
        raise InputError(
            f"{path.name} is empty.", hint="Give it a header line, or take the file away."
        )
    if start.startswith(UTF16):
        raise InputError(f"{path.name} is UTF-16 text.", hint="Save it as CSV in UTF-8.")
    text = start.removeprefix(BOM).decode("utf-8", errors="replace")
    rows = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(row for row in rows if row)]
    except csv.Error as error:
        raise InputError(f"{path.name}: its header cannot be read: {error}.") from error
    _check_header(path.name, header)
    return header, rows.line_num


def _check_header(file: str, header: list[str]) -> None:
    if any("\x00" in name for name in header):
        raise InputError(f"{file} is not text.", hint="Save it as CSV in UTF-8.")
    other = next((d for d in OTHER_DELIMITERS if len(header) == 1 and d in header[0]), None)
    if other:
        name = "tabs" if other == "\t" else f"'{other}'"
        raise InputError(
            f"{file} separates its columns by {name}.",
            hint="Save it with commas, and with decimal points.",
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(
            f"{file} names the column {twice[0]!r} more than once.", hint="Rename or drop one."
        )


class _Counting(io.RawIOBase):
    """A stream that knows how far it was read, and how many quotes it has given."""

    def __init__(self, path: Path) -> None:
        self.stream = _open(path)
        self.raw = getattr(self.stream, "fileobj", None) or self.stream
        self.quotes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.quotes += data.count(b'"')
        return data

    def close(self) -> None:
        self.stream.close()
        super().close()


class _CsvReader:
    """Batches of one file."""

    def __init__(self, path: Path, header: list[str], header_lines: int) -> None:
        self.path = path
        self.header = header
        self.header_lines = header_lines
        self.foreign_cells = 0

    def notes(self) -> Sequence[str]:
        if not self.foreign_cells:
            return ()
        return (
            f"{self.path.name}: {self.foreign_cells:,} values are not UTF-8 "
            "and were read as Windows-1252.",
        )

    def batches(self, columns: Sequence[str], bad_rows: BadRowSink) -> Iterator[RawBatch]:
        """Batches of some columns; rows that do not split into columns go to `bad_rows`."""
        stream = _Counting(self.path)
        skipped = _Skipped(self.path.name, self.header_lines, bad_rows)
        row = position = 0
        try:
            for batch in self._blocks(stream, columns, skipped):
                numbers = skipped.number(row, len(batch))
                row = int(numbers[-1]) if len(numbers) else row
                skipped.hand_over()
                before, position = position, stream.raw.tell()
                table = self._decoded(pyarrow.Table.from_batches([batch]))
                yield RawBatch(table, numbers, position - before)
            skipped.hand_over()
        except pyarrow.ArrowInvalid as error:
            if "Could not skip" not in str(error):  # a header without an end of line
                raise self._explained(error, row) from error
        except BROKEN_FILE as error:
            raise InputError(
                f"{self.path.name} is damaged after row {row:,}: {error}.", hint="Copy it again."
            ) from error
        finally:
            stream.close()
        if stream.quotes % 2:
            self._refuse_open_quote()

    def _blocks(
        self, stream: "_Counting", columns: Sequence[str], skipped: "_Skipped"
    ) -> Iterator[pyarrow.RecordBatch]:
        return arrow_csv.open_csv(
            pyarrow.PythonFile(stream, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=BLOCK,
                column_names=self.header,
                skip_rows=self.header_lines,
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=skipped
            ),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types={name: pyarrow.binary() for name in self.header},
                include_columns=list(columns),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _decoded(self, table: pyarrow.Table) -> pyarrow.Table:
        for position, name in enumerate(table.column_names):
            texts, foreign = decode(table[name])
            self.foreign_cells += foreign
            table = table.set_column(position, name, texts)
        return table

    def _explained(self, error: Exception, row: int) -> InputError:
        if "straddling" in str(error):
            return self._open_quote(row + 1)
        return InputError(f"{self.path.name} cannot be read after row {row:,}: {error}.")

    def _refuse_open_quote(self) -> None:
        """Look for a quote that swallowed the rest of the file; only then a row ends at its end."""
        csv.field_size_limit(BLOCK)
        row = -1
        with _open(self.path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
            try:
                for row, _ in enumerate(csv.reader(text, strict=True)):  # noqa: B007
                    pass
            except csv.Error as error:
                if "unexpected end" in str(error) or "field larger" in str(error):
                    raise self._open_quote(row + 1) from error

    def _open_quote(self, row: int) -> InputError:
        return InputError(
            f"{self.path.name}, row {row:,}: a quote is opened and never closed.",
            hint='Write a quote inside a quoted value twice: "".',
        )


class _Skipped:
    """Rows with too few or too many fields, handed over as the reading goes on."""

    def __init__(self, file: str, header_lines: int, bad_rows: BadRowSink) -> None:
        self.file = file
        self.header_lines = header_lines
        self.bad_rows = bad_rows
        self.waiting: list[Any] = []
        self.numbers: set[int] = set()

    def __call__(self, row: Any) -> str:
        self.waiting.append(row)
        self.numbers.add(row.number - self.header_lines)
        return "skip"

    def number(self, before: int, count: int) -> np.ndarray:
        """Numbers of the next `count` good rows after row `before`."""
        self.numbers = {number for number in self.numbers if number > before}
        numbers = np.arange(before + 1, before + 1 + count + len(self.numbers), dtype=np.int64)
        skipped = np.array(sorted(self.numbers), dtype=np.int64)
        return np.setdiff1d(numbers, skipped, assume_unique=True)[:count]

    def hand_over(self) -> None:
        """Pass on what was skipped since the last call."""
        for row in self.waiting:
            self.bad_rows(
                self.file,
                row.number - self.header_lines,
                row.text,
                f"has {row.actual_columns} fields where the header has {row.expected_columns}",
            )
        self.waiting.clear()


def decode(values: pyarrow.ChunkedArray) -> tuple[pyarrow.ChunkedArray, int]:
    """Text of bytes: UTF-8, and cells that are not, Windows-1252; with the number of those."""
    try:
        return pc.cast(values, pyarrow.string()), 0
    except pyarrow.ArrowInvalid:
        pass
    texts, foreign = [], 0
    for cell in values.to_pylist():
        try:
            texts.append(None if cell is None else cell.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(cell.decode("cp1252", errors="replace"))
            foreign += 1
    return pyarrow.chunked_array([pyarrow.array(texts, pyarrow.string())]), foreign
