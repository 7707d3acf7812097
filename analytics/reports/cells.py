"""CSV that a spreadsheet opens without running it, written whole or not at all."""

import csv
import datetime as dt
import math
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from analytics.errors import InputError

# What a spreadsheet may take for the start of a formula, in its wide forms too.
_FORMULA: Final = frozenset("=+-@＝＋－＠")
_CONTROL: Final = frozenset("\t\n")
Cell = str | int | float | bool | dt.datetime | None


def cell(value: Any) -> str:
    """Return a value as the text of a cell.

    Numbers stay numbers, times are ISO 8601 in UTC, what is missing is empty. Text that a
    spreadsheet might take for a formula gets an apostrophe before it.
    """
    if value is None or value != value:  # None, NaN and NaT
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, int | float):
        return f"{value:.10g}" if math.isfinite(value) else ""
    # A lone carriage return would end the row for many readers, and Python does not quote it.
    text = str(value).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    is_formula = text[:1] in _CONTROL or text.lstrip()[:1] in _FORMULA
    return f"'{text}" if text and is_formula else text


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
            writer.writerow(columns)
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
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(
            f"{path} cannot be written: {'it is a folder' if path.is_dir() else 'no such folder'}.",
            hint="Name a file in a folder that exists.",
        )
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.") from error
    finally:
        temporary.unlink(missing_ok=True)
