"""Reading a column of a CSV or parquet file, with messages that name file, row and column."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
from numpy.typing import NDArray
from pyarrow import types

from analytics.errors import InputError
from analytics.snapshots.files import ENDINGS, open_file


@dataclass(frozen=True)
class Columns:
    """Some columns of a file.

    Attributes:
        file: Name of the file.
        table: The columns, text (CSV) or of the file's own types (parquet).
        rows: Number of each row in the file; 1 is the first data row.
        notes: What the user should know about how the file was read.
    """

    file: str
    table: pyarrow.Table
    rows: NDArray[np.int64]
    notes: tuple[str, ...]

    def ids(self, column: str) -> pd.Series:
        """Return a column of ids as text, missing where empty; 7 and 7.0 are both "7"."""
        values = self.table[column]
        if types.is_floating(values.type):
            numbers = values.to_numpy()
            known = numbers[np.isfinite(numbers)]
            if (known == np.round(known)).all() and (np.abs(known) < 2**53).all():
                values = pyarrow.array(numbers, from_pandas=True).cast(pyarrow.int64())
        text = values.cast(pyarrow.string()).to_pandas().astype("str")
        return text.mask(text.str.strip() == "")

    def numbers(self, column: str) -> tuple[pd.Series, pd.Series]:
        """Return a column as numbers, and where it holds something that is none."""
        given = self.table[column]
        if is_text(given.type):
            text = given.to_pandas().astype("str")
            numbers = pd.to_numeric(text, errors="coerce").astype(float)
            words = text.str.strip().str.lower()
            numbers = numbers.mask(words == "true", 1.0).mask(words == "false", 0.0)
            wrong = numbers.isna() & text.notna() & ~words.isin(["", "nan", "null", "none", "na"])
            return numbers, wrong
        numbers = given.cast(pyarrow.float64(), safe=False).to_pandas().astype(float)
        return numbers, pd.Series(False, index=numbers.index)

    def refuse(self, position: int, column: str, problem: str, hint: str) -> InputError:
        """Return the error that says what is wrong with one value."""
        value = self.table[column][int(position)].as_py()
        shown = "empty" if value is None else repr(str(value)[:60])
        row = int(self.rows[position])
        return InputError(f"{self.file}, row {row:,}: {column} is {shown}, {problem}.", hint=hint)


def is_text(kind: pyarrow.DataType) -> bool:
    """Return whether a column holds text."""
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_null(kind)
    )


def is_number(kind: pyarrow.DataType) -> bool:
    """Return whether a column holds numbers, or true and false."""
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
    )


def read_columns(
    path: Path, what: str, needed: Sequence[str], others: Sequence[str] | None = ()
) -> Columns:
    """Read columns of a file.

    Args:
        path: CSV (also gzipped) or parquet.
        what: What the file holds, for messages: nodes or edges.
        needed: Columns that must be there.
        others: Columns read where they are there; None for all.

    Raises:
        InputError: The file is absent, of another kind or damaged, a column is missing, or a row
            has too few or too many fields.
    """
    if not path.is_file() or not path.name.lower().endswith(ENDINGS):
        problem = "is not there" if not path.is_file() else "is neither CSV nor parquet"
        raise InputError(
            f"The file of {what}, {path.name}, {problem}.", hint="Name a .csv or .parquet file."
        )
    raw = open_file(path, what)
    missing = [name for name in needed if name not in raw.columns]
    if missing:
        raise InputError(
            f"{path.name} has no column {missing[0]!r}.",
            hint=f"Its columns are {', '.join(raw.columns[:20])}.",
        )
    wanted = [n for n in raw.columns if others is None or n in needed or n in others]
    batches = list(raw.read(wanted, _refuse_row))
    if not sum(len(batch.row_numbers) for batch in batches):
        table = pyarrow.table({n: pyarrow.array([], pyarrow.string()) for n in wanted})
        return Columns(path.name, table, np.array([], dtype=np.int64), tuple(raw.notes()))
    table = pyarrow.concat_tables([b.table for b in batches], promote_options="permissive")
    rows = np.concatenate([batch.row_numbers for batch in batches]).astype(np.int64)
    return Columns(path.name, table.select(wanted), rows, tuple(raw.notes()))


def _refuse_row(file: str, row_number: int, value: str, reason: str) -> None:
    raise InputError(
        f"{file}, row {row_number:,}: {reason}.", hint="Give every row a field for each column."
    )
