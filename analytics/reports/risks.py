"""Probabilities of nodes, as a CSV or parquet file."""

from pathlib import Path

import pandas as pd

from analytics.errors import InputError
from analytics.reports.cells import appearing, write_csv

ENDINGS = (".csv", ".parquet")
COLUMNS = ("node_id", "probability")


def check_output(path: Path) -> None:
    """Refuse a file that could not be written, before the work that would be lost.

    Raises:
        InputError: Its ending is not known, it is a folder, or its folder does not exist.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            f"{path} cannot be written: its ending is not known.",
            hint="Name a .csv or .parquet file.",
        )
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(
            f"{path} cannot be written: {'it is a folder' if path.is_dir() else 'no such folder'}.",
            hint="Name a file in a folder that exists.",
        )


def write_risks(path: Path, risks: pd.Series) -> int:
    """Write `node_id` and `probability`; return how many rows.

    Args:
        path: File ending in .csv or .parquet; it appears when it is complete.
        risks: Probabilities by node id.

    Raises:
        InputError: The file cannot be written there.
    """
    check_output(path)
    if path.suffix.lower() == ".csv":
        return write_csv(path, COLUMNS, zip(risks.index, risks.to_numpy().tolist(), strict=True))
    frame = pd.DataFrame({COLUMNS[0]: risks.index, COLUMNS[1]: risks.to_numpy()})
    with appearing(path) as temporary:
        frame.to_parquet(temporary, index=False)
    return len(frame)
