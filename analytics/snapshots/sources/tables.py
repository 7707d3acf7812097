"""A folder of files named after the contract's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.snapshots.contract import TABLES
from analytics.snapshots.files import find_files, open_file
from analytics.snapshots.raw import RawTable


@dataclass(frozen=True)
class TablesSource:
    """CSV and parquet files whose names and columns are those of the contract."""

    name: str
    raw_tables: Mapping[str, RawTable]
    unknown_files: Sequence[str]
    kind: str = "tables"
    currency: str | None = None

    def tables(self) -> Mapping[str, RawTable]:
        """Tables by their name."""
        return self.raw_tables

    def notes(self) -> Sequence[str]:
        """Nothing beyond what the tables say of themselves."""
        return ()


def open_tables(folder: Path) -> TablesSource:
    """Open a folder of tables; reads the headers only.

    Raises:
        InputError: It is no folder, or a file in it cannot be read.
    """
    found, others = find_files(folder)
    known = {stem: path for stem, path in found.items() if stem in TABLES}
    strange = [path.name for stem, path in found.items() if stem not in TABLES]
    return TablesSource(
        folder.resolve().name,
        {stem: open_file(path, stem) for stem, path in known.items()},
        sorted([*others, *strange]),
    )
