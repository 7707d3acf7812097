"""Tables that a user brings: one CSV or parquet file, values of CSV files as text."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analytics.errors import InputError, NotFoundError

_CSV = (".csv", ".csv.gz")


def read_table(path: Path, required: Iterable[str] = ()) -> pd.DataFrame:
    """Read a file.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is no table, has no row, or lacks a required column.
    """
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    try:
        table = _read(path)
    except (ValueError, OSError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error
    if table.empty:
        raise InputError(f"{path} has no rows.")
    if missing := [column for column in required if column not in table.columns]:
        raise InputError(
            f"{path} has no column {', '.join(missing)}.",
            hint=f"Its columns are: {', '.join(map(str, table.columns))}.",
        )
    return table


def ids_of(table: pd.DataFrame, column: str, where: object) -> pd.Index:
    """Return the ids of a table's rows as text.

    Raises:
        InputError: An id is empty or occurs twice; the message names the rows.
    """
    ids = table[column].astype(object).where(table[column].notna(), "").astype(str)
    if (empty := ids.str.strip() == "").any():
        raise InputError(f"{where}, row {_row(empty)}: {column} is empty.")
    if (again := ids.duplicated()).any():
        twice = ids[again].iloc[0]
        rows = [str(k + 1) for k in range(len(ids)) if ids.iloc[k] == twice]
        raise InputError(
            f"{where}: {column} {twice!r} occurs in rows {' and '.join(rows[:2])}.",
            hint="Give each row an id of its own.",
        )
    return pd.Index(ids, name=column)


def labels_of(table: pd.DataFrame, column: str, where: object) -> pd.Series:
    """Return labels as 0.0 and 1.0.

    Raises:
        InputError: A value is neither 0 nor 1; the message names the row.
    """
    labels = pd.to_numeric(table[column], errors="coerce")
    if (wrong := ~labels.isin((0, 1))).any():
        value = table[column][wrong].iloc[0]
        raise InputError(f"{where}, row {_row(wrong)}: {column} is 0 or 1, not {value!r}.")
    return labels.astype(float)


def _read(path: Path) -> pd.DataFrame:
    name = path.name.lower()
    if name.endswith(_CSV):
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    if name.endswith(".parquet"):
        return pd.read_parquet(path)
    raise ValueError("its name ends neither in .csv, .csv.gz nor in .parquet")


def _row(mask: pd.Series) -> int:
    return int(mask.to_numpy().argmax()) + 1
