"""What a source hands over: tables of the contract, in batches, as the files have them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow


@dataclass(frozen=True)
class RawBatch:
    """Some rows of one file.

    Attributes:
        table: The columns asked for, as text (CSV) or with the file's own types (parquet).
        row_numbers: Number of each row in its file; 1 is the first data row.
        amount: How far this batch brings the reading, in the unit of the table's `total`.
    """

    table: pyarrow.Table
    row_numbers: np.ndarray
    amount: float = 0


class BadRowSink(Protocol):
    """Takes rows that cannot be split into columns."""

    def __call__(self, file: str, row_number: int, value: str, reason: str) -> None:
        """Note one such row."""


BatchReader = Callable[[Sequence[str], BadRowSink], Iterator[RawBatch]]


@dataclass(frozen=True)
class RawTable:
    """One table of a source.

    Attributes:
        name: Its name in the contract.
        file: Name of the file that row numbers refer to.
        columns: Columns that the source gives.
        read: Reads batches of the columns named.
        total: Amount of reading, for progress; None when it is not known.
        types: Arrow types where the file declares them; empty for CSV, whose values are all text.
        notes: Filled while reading: what the user should know about how the file was read.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    read: BatchReader
    total: float | None = None
    types: Mapping[str, pyarrow.DataType] = field(default_factory=dict)
    notes: Callable[[], Sequence[str]] = tuple


class Source(Protocol):
    """Something that can be ingested."""

    @property
    def kind(self) -> str:
        """Kind of source, as the manifest names it."""

    @property
    def name(self) -> str:
        """Name of the folder read, without its path."""

    @property
    def currency(self) -> str | None:
        """Currency of its money; None where the settings say it."""

    @property
    def unknown_files(self) -> Sequence[str]:
        """Files that no table of the contract is named after."""

    def tables(self) -> Mapping[str, RawTable]:
        """Tables by their name in the contract."""

    def notes(self) -> Sequence[str]:
        """What to tell about the source as a whole, once its tables have been read."""
