"""Files uploaded in the browser, kept just long enough to be ingested."""

import re
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from analytics.errors import InputError

ENDINGS = (".csv", ".csv.gz", ".parquet")
KEEP_S = 3600
SOURCE_NAME = "upload"  # a dataset is named after its folder


class Upload(Protocol):
    """What Streamlit hands over for each file."""

    name: str
    size: int

    def getbuffer(self) -> memoryview:
        """Return its content."""


def save_uploads(files: Sequence[Upload], home: Path, limit_mb: int) -> Path:
    """Write the files into a fresh folder below `<home>/uploads` and return it.

    Raises:
        InputError: A name is no table's, a name stands twice, or they are too large together.
    """
    names = [_table_file(file.name) for file in files]
    _check(names, sum(file.size for file in files), limit_mb)
    uploads = home / "uploads"
    _sweep(uploads)
    folder = uploads / secrets.token_hex(8) / SOURCE_NAME
    folder.mkdir(parents=True)
    for name, file in zip(names, files, strict=True):
        (folder / name).write_bytes(file.getbuffer())
    return folder


def source_kind(names: Sequence[str]) -> str:
    """Say which source reads files of these names: the published Olist files, or the contract's."""
    return "olist" if any(name.startswith("olist_") for name in names) else "tables"


def _table_file(name: str) -> str:
    """The file's own name, which must be safe to write; the browser's folder is left out."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].lower()
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,80}", base.split(".", 1)[0]) or not base.endswith(
        ENDINGS
    ):
        raise InputError(
            f"{base!r} cannot be a table.",
            hint="Name each file after its table, such as merchants.csv or orders.parquet.",
        )
    return base


def _check(names: Sequence[str], size: int, limit_mb: int) -> None:
    tables = [name.split(".", 1)[0] for name in names]
    if twice := sorted({table for table in tables if tables.count(table) > 1}):
        raise InputError(f"There is more than one file for {', '.join(twice)}.")
    if size > limit_mb * 1_000_000:
        raise InputError(
            f"The files hold {size / 1e6:,.0f} MB; {limit_mb:,} MB may be uploaded at once.",
            hint="Run `portreeve ingest tables DIR` on the server, or raise `upload_limit_mb`.",
        )


def _sweep(uploads: Path) -> None:
    """Drop what earlier ingests left behind."""
    for folder in uploads.glob("*/"):
        if time.time() - folder.stat().st_mtime > KEEP_S:
            shutil.rmtree(folder, ignore_errors=True)
