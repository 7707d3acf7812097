"""Whether everything in a home folder is whole."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow
import pyarrow.parquet as pq

from analytics.errors import PortreeveError
from analytics.snapshots.home import Dataset, Home, Snapshot
from analytics.snapshots.publish import is_temporary
from analytics.snapshots.store import hash_of


def verify_home(
    home: Home, live_snapshot: str | None = None, live_models: Mapping[str, str] | None = None
) -> list[str]:
    """What is wrong, one sentence each; empty when all is whole.

    Args:
        home: The home folder.
        live_snapshot: Snapshot that the live row names.
        live_models: Model version per entity type that the live row names.
    """
    return [
        *(problem for dataset in home.datasets() for problem in _dataset(dataset)),
        *(problem for snapshot in home.snapshots() for problem in _snapshot(snapshot)),
        *_live(home, live_snapshot, live_models or {}),
    ]


def _dataset(dataset: Dataset) -> Iterator[str]:
    name = f"dataset {dataset.dataset_id}"
    try:
        tables = dataset.manifest.tables
    except PortreeveError as error:
        yield f"{name}: {error.message}"
        return
    if pictures := dataset.manifest.pictures:
        yield from _stored_file(f"{name}, pictures", dataset, pictures.file_hash, pictures.files)
    for table, entry in tables.items():
        yield from _stored_file(f"{name}, table {table}", dataset, entry.file_hash, entry.rows)
        rejects = dataset.rejects_path(table)
        if entry.reasons and rejects is None:
            yield f"{name}: the rejects of {table} are gone."
        elif rejects is not None:
            yield from _parquet(f"{name}, rejects of {table}", rejects)


def _stored_file(name: str, dataset: Dataset, file_hash: str, expected: int) -> Iterator[str]:
    path = dataset.home.file_path(file_hash)
    if not path.is_file():
        yield f"{name}: {path.name} is gone."
        return
    if hash_of(path) != file_hash:
        yield f"{name}: {path.name} is damaged, its content has another hash."
        return
    rows = pq.read_metadata(path).num_rows
    if rows != expected:
        yield f"{name}: {path.name} has {rows:,} rows, not {expected:,}."


def _snapshot(snapshot: Snapshot) -> Iterator[str]:
    name = f"snapshot {snapshot.snapshot_id}"
    try:
        dataset_id = snapshot.manifest.dataset_id
    except PortreeveError as error:
        yield f"{name}: {error.message}"
        return
    if dataset_id not in {dataset.dataset_id for dataset in snapshot.home.datasets()}:
        yield f"{name}: its dataset {dataset_id} is gone."
    for path in sorted(snapshot.path.rglob("*")):
        inside = path.relative_to(snapshot.path)
        if path.is_file() and not any(is_temporary(parent) for parent in inside.parents):
            yield from _file(f"{name}, {inside}", path)


def _file(name: str, path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        yield from _parquet(name, path)
    elif path.suffix == ".json":
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            yield f"{name} is damaged: {error}."


def _parquet(name: str, path: Path) -> Iterator[str]:
    try:
        pq.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        yield f"{name} is damaged: {error}."


def _live(home: Home, snapshot_id: str | None, models: Mapping[str, str]) -> Iterator[str]:
    if snapshot_id is None:
        return
    snapshot = next((s for s in home.snapshots() if s.snapshot_id == snapshot_id), None)
    if snapshot is None:
        yield f"The live snapshot {snapshot_id} is gone."
        return
    for entity, version in models.items():
        folder = snapshot.scores_dir(version)
        for file in ("scores.parquet", "meta.json"):
            if not (folder / file).is_file():
                yield f"The live scores of {entity}, model {version}, lack {file}."
        if not (home.models_dir / version).is_dir():
            yield f"The live model {version} is gone."
