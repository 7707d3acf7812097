"""Dropping what nothing refers to."""

import shutil
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analytics.snapshots.home import Dataset, Home
from analytics.snapshots.publish import (
    TEMPORARY,
    is_abandoned,
    is_temporary,
    remove_folder,
)

STALE_AFTER_S = 60.0


@dataclass(frozen=True)
class Pruned:
    """What was dropped, or would be."""

    snapshots: tuple[str, ...]
    datasets: tuple[str, ...]
    models: tuple[str, ...]
    files: int
    temporary_folders: int
    freed_bytes: int
    is_dry_run: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    def summary(self) -> str:
        """Lines for a person to read."""
        verb = "Would drop" if self.is_dry_run else "Dropped"
        named = [
            f"{verb} {kind} {', '.join(names)}."
            for kind, names in (
                ("snapshots", self.snapshots),
                ("datasets", self.datasets),
                ("models", self.models),
            )
            if names
        ]
        rest = (
            f"{verb} {self.files} table files and {self.temporary_folders} unfinished folders: "
            f"{self.freed_bytes / 1e6:,.1f} MB in all."
        )
        return "\n".join([*named, rest])


def prune(
    home: Home,
    keep_dataset_ids: Collection[str],
    keep_snapshot_ids: Collection[str],
    *,
    keep_model_versions: Collection[str] = (),
    dry_run: bool = False,
    stale_after_s: float = STALE_AFTER_S,
) -> Pruned:
    """Drop what is neither named here nor needed by what is named.

    Call it under an exclusive `home_lock`, and decide under it what to keep: then no ingest or
    build runs that would need, or add, something else. A crash in between leaves whole what is
    kept: what refers goes before what is referred to. Also drops what crashed runs left behind.

    Args:
        home: The home folder, locked.
        keep_dataset_ids: Datasets to keep, such as those that a decision refers to.
        keep_snapshot_ids: Snapshots to keep, with their datasets and the models that scored them.
        keep_model_versions: Further models to keep.
        dry_run: Only tell what would go.
        stale_after_s: Age in seconds from which an unused temporary folder counts as left behind.
    """
    kept = [s for s in home.snapshots() if s.snapshot_id in keep_snapshot_ids]
    snapshots = [s for s in home.snapshots() if s.snapshot_id not in keep_snapshot_ids]
    needed = {*keep_dataset_ids, *(s.manifest.dataset_id for s in kept)}
    datasets = [d for d in home.datasets() if d.dataset_id not in needed]
    used = {*keep_model_versions, *(v for s in kept for v in s.score_versions())}
    models = [path for path in _folders(home.models_dir) if path.name not in used]
    files = _loose_files(home, [d for d in home.datasets() if d.dataset_id in needed])
    stale = _stale(home, stale_after_s)
    folders = [*(s.path for s in snapshots), *(d.folder for d in datasets), *models]
    freed = sum(_size(path) for path in (*folders, *files, *stale))
    if not dry_run:
        _remove(folders, files, stale)
    return Pruned(
        tuple(s.snapshot_id for s in snapshots),
        tuple(d.dataset_id for d in datasets),
        tuple(path.name for path in models),
        len(files),
        len(stale),
        freed,
        dry_run,
    )


def _remove(folders: Sequence[Path], files: Sequence[Path], stale: Sequence[Path]) -> None:
    for folder in folders:
        remove_folder(folder)
    for file in files:
        file.unlink()
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)


def _loose_files(home: Home, kept: Sequence[Dataset]) -> list[Path]:
    needed = {table.file_hash for d in kept for table in d.manifest.tables.values()}
    needed |= {d.manifest.pictures.file_hash for d in kept if d.manifest.pictures}
    return [path for path in home.files_dir.glob("*.parquet") if path.stem not in needed]


def _stale(home: Home, stale_after_s: float) -> list[Path]:
    """Temporary folders that no living process uses, outside of each other."""
    limit = time.time() - stale_after_s
    found = [path for path in home.path.rglob(f"{TEMPORARY}*") if path.is_dir()]
    outer = [path for path in found if not any(is_temporary(p) for p in path.parents)]
    return [path for path in outer if path.stat().st_mtime <= limit and is_abandoned(path)]


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and not is_temporary(path))


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(inner.stat().st_size for inner in path.rglob("*") if inner.is_file())
