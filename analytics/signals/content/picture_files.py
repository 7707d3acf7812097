"""Hashes of the pictures that a source names, taken while it is ingested."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa

from analytics.signals.content.images import hash_picture
from analytics.snapshots.pictures import SCHEMA


def hash_pictures(root: Path, paths: Iterable[str], advance: Callable[[], None]) -> pa.Table:
    """Hash the files named by paths relative to `root`.

    A path comes from the marketplace: one that leads out of the folder, by `..`, from its root or
    through a link, is a problem of that picture, as is a file that is missing, broken, too large or
    no picture. Nothing is raised.

    Returns:
        A row for each path, in the columns of `analytics.snapshots.pictures.SCHEMA`.
    """
    rows = []
    for path in paths:
        rows.append({"image_path": path, **_hashed(root.resolve(), path)})
        advance()
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _hashed(root: Path, path: str) -> dict[str, object]:
    try:
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            return {"problem": "it lies outside of the source"}
        made, problem = hash_picture(file)
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or links in a circle
        return {"problem": "it is no path of a file"}
    return {
        "hash": made.hex if made else None,
        "quality": made.quality if made else None,
        "problem": problem,
    }
