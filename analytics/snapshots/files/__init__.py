"""Reading of single CSV and parquet files, as they come."""

from pathlib import Path

from analytics.errors import InputError
from analytics.snapshots.files.csv import open_csv
from analytics.snapshots.files.parquet import open_parquet
from analytics.snapshots.raw import RawTable

__all__ = ["ENDINGS", "find_files", "open_file"]

ENDINGS = (".csv", ".csv.gz", ".parquet")


def find_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Data files of a folder by name without ending, and the names of all other entries.

    Raises:
        InputError: `folder` is no folder, or two files differ only in their ending.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", hint="Name the folder that holds the files.")
    found: dict[str, Path] = {}
    others = []
    for path in sorted(folder.iterdir()):
        ending = next((e for e in ENDINGS if path.name.lower().endswith(e)), None)
        if path.name.startswith("."):
            continue
        if ending is None or not path.is_file():
            others.append(path.name)
            continue
        stem = path.name[: -len(ending)]
        if stem in found:
            raise InputError(
                f"{found[stem].name} and {path.name} both hold the table {stem}.",
                hint="Keep one of them.",
            )
        found[stem] = path
    return found, others


def open_file(path: Path, table: str) -> RawTable:
    """Open a data file as a table of the contract; reads its header only."""
    return open_parquet(path, table) if path.suffix == ".parquet" else open_csv(path, table)
