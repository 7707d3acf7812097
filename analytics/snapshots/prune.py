"""Dropping what nothing refers to."""

import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from analytics.snapshots.home import Dataset, Home
from analytics.snapshots.publish import TEMPORARY, home_lock, is_abandoned, remove_folder

STALE_AFTER_S = 60.0


@dataclass(frozen=True)
class Pruned:
    """What was dropped."""

    snapshots: tuple[str, ...]
    datasets: tuple[str, ...]
    files: int
    temporary_folders: int
    freed_bytes: int


def prune(
    home: Home,
    keep_dataset_ids: Collection[str],
    keep_snapshot_ids: Collection[str],
    *,
    stale_after_s: float = STALE_AFTER_S,
) -> Pruned:
    """Drop all snapshots, datasets and table files but those named and those they need.

    Waits until no other process writes. A crash in between leaves whole what is kept: what refers
    goes before what is referred to. Also drops what crashed runs left behind.

    Args:
        home: The home folder.
        keep_dataset_ids: Datasets to keep, such as those that a decision refers to.
        keep_snapshot_ids: Snapshots to keep, with their datasets.
        stale_after_s: Age in seconds from which an unused temporary folder counts as left behind.
    """
    with home_lock(home.path, exclusive=True):
        before = _size(home.path)
        kept = [s for s in home.snapshots() if s.snapshot_id in keep_snapshot_ids]
        snapshots = [s for s in home.snapshots() if s.snapshot_id not in keep_snapshot_ids]
        for snapshot in snapshots:
            remove_folder(snapshot.path)
        needed = {*keep_dataset_ids, *(s.manifest.dataset_id for s in kept)}
        datasets = [d for d in home.datasets() if d.dataset_id not in needed]
        for dataset in datasets:
            remove_folder(dataset.folder)
        files = _prune_files(home, [d for d in home.datasets() if d.dataset_id in needed])
        temporary = _sweep(home, stale_after_s)
        return Pruned(
            tuple(s.snapshot_id for s in snapshots),
            tuple(d.dataset_id for d in datasets),
            files,
            temporary,
            before - _size(home.path),
        )


def _prune_files(home: Home, kept: list[Dataset]) -> int:
    needed = {table.file_hash for d in kept for table in d.manifest.tables.values()}
    loose = [path for path in home.files_dir.glob("*.parquet") if path.stem not in needed]
    for path in loose:
        path.unlink()
    return len(loose)


def _sweep(home: Home, stale_after_s: float) -> int:
    """Remove the temporary folders that no living process uses."""
    limit = time.time() - stale_after_s
    found = [path for path in home.path.rglob(f"{TEMPORARY}*") if path.is_dir()]
    stale = [path for path in found if path.stat().st_mtime <= limit and is_abandoned(path)]
    for path in stale:
        shutil.rmtree(path)
    return len(stale)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
