"""The home folder: which datasets and snapshots there are, and where their files lie."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.snapshots.manifest import (
    MANIFEST,
    DatasetManifest,
    SnapshotManifest,
    read_manifest,
)
from analytics.snapshots.publish import is_temporary


@dataclass(frozen=True)
class Home:
    """Paths below one home folder. Nothing stored in it holds an absolute path."""

    path: Path

    @property
    def files_dir(self) -> Path:
        """Table files, named by their content and shared between datasets."""
        return self.path / "files"

    @property
    def datasets_dir(self) -> Path:
        """One folder per dataset."""
        return self.path / "datasets"

    @property
    def snapshots_dir(self) -> Path:
        """One folder per snapshot."""
        return self.path / "snapshots"

    @property
    def models_dir(self) -> Path:
        """One folder per model version."""
        return self.path / "models"

    @property
    def registry_dir(self) -> Path:
        """MLflow's own files."""
        return self.path / "registry"

    def file_path(self, file_hash: str) -> Path:
        """Where the table file of that content lies."""
        return self.files_dir / f"{file_hash}.parquet"

    def datasets(self) -> list["Dataset"]:
        """All datasets, by id."""
        return [Dataset(self, path.name) for path in _published(self.datasets_dir)]

    def dataset(self, dataset_id: str) -> "Dataset":
        """The dataset of that id; `NotFoundError` if there is none."""
        known = [path.name for path in _published(self.datasets_dir)]
        if dataset_id not in known:
            raise NotFoundError(
                f"There is no dataset {dataset_id!r} in {self.path}.",
                hint=f"There are: {', '.join(known) or 'none; run `portreeve ingest` first'}.",
            )
        return Dataset(self, dataset_id)

    def snapshot_ids(self) -> list[str]:
        """Ids of all snapshots, without reading their manifests."""
        return [path.name for path in _published(self.snapshots_dir)]

    def snapshots(self) -> list["Snapshot"]:
        """All snapshots, by as-of time, then by id."""
        found = [Snapshot(self, snapshot_id) for snapshot_id in self.snapshot_ids()]
        return sorted(found, key=lambda snapshot: (snapshot.as_of, snapshot.snapshot_id))

    def snapshot(self, snapshot_id: str | None = None) -> "Snapshot":
        """The snapshot of that id, by default the newest as-of; `NotFoundError` if none."""
        ids = self.snapshot_ids()
        if snapshot_id in ids:
            return Snapshot(self, snapshot_id)
        if snapshot_id is None and ids:
            found = self.snapshots()
            same = [snapshot for snapshot in found if snapshot.as_of == found[-1].as_of]
            return max(same, key=lambda snapshot: snapshot.manifest.created_at)
        known = ", ".join(ids)
        name = f"snapshot {snapshot_id!r}" if snapshot_id else "snapshot"
        raise NotFoundError(
            f"There is no {name} in {self.path}.",
            hint=f"There are: {known}." if known else "Run `portreeve ingest` first.",
        )


@dataclass(frozen=True)
class Dataset:
    """The tables of one ingest."""

    home: Home
    dataset_id: str

    @property
    def folder(self) -> Path:
        """Folder of the manifest and the rejects."""
        return self.home.datasets_dir / self.dataset_id

    @cached_property
    def manifest(self) -> DatasetManifest:
        """What was read, kept and rejected."""
        return read_manifest(DatasetManifest, self.folder)

    def has(self, table: str) -> bool:
        """Whether the source gave the table."""
        return table in self.manifest.tables

    def path(self, table: str) -> Path | None:
        """Parquet file of a table; None where the source did not give it."""
        entry = self.manifest.tables.get(table)
        return self.home.file_path(entry.file_hash) if entry else None

    @property
    def pictures_path(self) -> Path | None:
        """Parquet file of the products' picture hashes; None where no picture was named."""
        entry = self.manifest.pictures
        return self.home.file_path(entry.file_hash) if entry else None

    def rejects_path(self, table: str) -> Path | None:
        """Parquet file of the quarantined rows and cells of a table; None where there are none."""
        path = self.folder / "rejects" / f"{table}.parquet"
        return path if path.is_file() else None


@dataclass(frozen=True)
class Snapshot:
    """A dataset seen as of a moment, with what was computed for it."""

    home: Home
    snapshot_id: str

    @property
    def path(self) -> Path:
        """Folder of everything computed for this snapshot."""
        return self.home.snapshots_dir / self.snapshot_id

    @cached_property
    def manifest(self) -> SnapshotManifest:
        """Its dataset and as-of time."""
        return read_manifest(SnapshotManifest, self.path)

    @property
    def as_of(self) -> datetime:
        """Naive UTC."""
        return self.manifest.as_of

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset that it looks at."""
        return Dataset(self.home, self.manifest.dataset_id)

    def features_path(self, entity: EntityType, version: str) -> Path:
        """Parquet file of an entity type's features."""
        return self.path / "features" / version / f"{entity}.parquet"

    def signal_path(self, table: str, version: str) -> Path:
        """Parquet file of one table of the signals, such as `evidence`."""
        return self.path / "features" / version / "signals" / f"{table}.parquet"

    def scores_dir(self, model_version: str) -> Path:
        """Folder of what one model gave."""
        return self.path / "scores" / model_version

    def score_versions(self) -> list[str]:
        """Model versions that scored this snapshot."""
        return [path.name for path in _folders(self.path / "scores")]


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and not is_temporary(path))


def _published(parent: Path) -> list[Path]:
    return [path for path in _folders(parent) if (path / MANIFEST).is_file()]
