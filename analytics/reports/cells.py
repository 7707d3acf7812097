"""CSV that a spreadsheet opens without running it, written whole or not at all."""

import csv
import datetime as dt
import math
import os
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.errors import InputError

# What a spreadsheet may take for the start of a formula, in its wide forms too.
_FORMULA: Final = frozenset("=+-@＝＋－＠")
_CONTROL: Final = frozenset("\t\n")
_NAME_LENGTH: Final = 60


def cell(value: Any) -> str:
    """Return a value as the text of a cell.

    Numbers stay numbers, times are ISO 8601 in UTC, what is missing is empty. Text that a
    spreadsheet might take for a formula gets an apostrophe before it.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA or value != value:  # the latter are NaN and NaT
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        moment = value.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{moment}.{value.microsecond:06d}Z" if value.microsecond else f"{moment}Z"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    return _safe(str(value))


def _safe(text: str) -> str:
    # A lone carriage return would end the row for many readers, and Python does not quote it.
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    is_formula = text[:1] in _CONTROL or text.lstrip()[:1] in _FORMULA
    return f"'{text}" if text and is_formula else text


def uncell(text: str) -> str:
    """Return the text of a cell without the apostrophe that `cell` put before it."""
    return text[1:] if text[:1] == "'" and cell(text[1:]) == text else text


def report_name(*parts: str, ending: str = "csv") -> str:
    """Return a file name made of words that may hold anything, such as an entity's id."""
    words = [re.sub(r"[^A-Za-z0-9_]+", "-", part).strip("-")[:_NAME_LENGTH] for part in parts]
    return f"{'-'.join(word for word in words if word) or 'report'}.{ending}"


def plain_rows(
    frame: pd.DataFrame, columns: Sequence[str], decimals: Mapping[str, int] | None = None
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a frame, rounded where asked; columns that it lacks are missing."""
    kept = frame.reindex(columns=list(columns))
    kept = kept.round({c: d for c, d in (decimals or {}).items() if c in columns})
    plain = kept.astype(object).where(kept.notna(), None)
    return plain.itertuples(index=False, name=None)


def write_csv(
    path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool = False
) -> int:
    """Write rows to a CSV file as they come; return how many.

    UTF-8, comma, a quote around cells that need it, one line feed after each row. The file
    appears at `path` when it is complete.

    Raises:
        InputError: The file cannot be written there.
    """
    count = 0
    with appearing(path) as temporary:
        encoding = "utf-8-sig" if bom else "utf-8"
        with temporary.open("w", encoding=encoding, errors="replace", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([cell(name) for name in columns])
            for row in rows:
                writer.writerow([cell(value) for value in row])
                count += 1
            file.flush()
            os.fsync(file.fileno())
    return count


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """Yield a temporary file that takes the name `path` when the block ends without an error.

    Raises:
        InputError: The file cannot be written there.
    """
    if "\x00" in str(path):
        raise InputError(f"{str(path)!r} is no name for a file.")
    # Not Path.is_dir, which raises on names that the system refuses.
    is_folder = os.path.isdir(path)
    if is_folder or not os.path.isdir(path.parent):
        raise InputError(
            f"{path} cannot be written: {'it is a folder' if is_folder else 'no such folder'}.",
            hint="Name a file in a folder that exists.",
        )
    temporary = path.with_name(f".tmp-{uuid.uuid4().hex[:12]}")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.") from error
    finally:
        temporary.unlink(missing_ok=True)
