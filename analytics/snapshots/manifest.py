"""What a dataset and a snapshot say about themselves."""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from analytics.errors import PortreeveError

T = TypeVar("T", bound=BaseModel)

MANIFEST = "manifest.json"


class _Manifest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableManifest(_Manifest):
    """One table of a dataset."""

    rows: int = Field(description="Rows kept.")
    read: int = Field(description="Rows in the source, good and bad.")
    not_yet_known: int = Field(0, description="Good rows known only after the dataset's as-of.")
    bad_rows: int = Field(0, description="Rows with a reject: quarantined, or with emptied cells.")
    rejected_rows: int = Field(0, description="Rows quarantined.")
    emptied_cells: int = Field(0, description="Cells emptied because their value was wrong.")
    reasons: dict[str, int] = Field(default_factory=dict, description="Rejects by reason.")
    file_hash: str = Field(description="SHA-256 of the stored parquet file.")
    source_file: str = Field(description="File that row numbers refer to.")
    columns: tuple[str, ...] = Field(description="Columns that the source gave.")
    missing_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    extra_columns: dict[str, str] = Field(
        default_factory=dict, description="Own columns of an open table: number or category."
    )
    is_point_in_time: bool = True
    notes: tuple[str, ...] = ()


class PicturesManifest(_Manifest):
    """Hashes of the pictures that the products of a dataset name."""

    file_hash: str = Field(description="SHA-256 of the stored parquet file.")
    files: int = Field(description="Different paths.")
    usable: int = Field(description="Those without a problem.")


class DatasetManifest(_Manifest):
    """One ingest."""

    dataset_id: str
    source: str = Field(description="Kind of source: olist or tables.")
    source_name: str = Field(description="Name of the folder read, without its path.")
    currency: str
    exported_at: datetime = Field(description="Last moment known in the source.")
    known_until: datetime = Field(description="Latest as-of: nothing known later is stored.")
    ingested_at: datetime
    tables: dict[str, TableManifest]
    pictures: PicturesManifest | None = None
    missing_tables: tuple[str, ...] = ()
    unknown_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    program_version: str
    contract_version: str


class SnapshotManifest(_Manifest):
    """A dataset seen as of a moment."""

    snapshot_id: str
    dataset_id: str
    as_of: datetime
    created_at: datetime
    program_version: str


def write_manifest(manifest: BaseModel, folder: Path) -> None:
    """Write a manifest as JSON with sorted keys."""
    content = json.dumps(manifest.model_dump(mode="json"), indent=2, sort_keys=True)
    (folder / MANIFEST).write_text(content + "\n", encoding="utf-8")


def read_manifest(kind: type[T], folder: Path) -> T:
    """Read a manifest; raise `PortreeveError` naming the file if it is damaged."""
    path = folder / MANIFEST
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise PortreeveError(
            f"{path} cannot be read: {error}.",
            hint="Ingest the source again; the damaged folder can be deleted.",
        ) from error


def content_id(content: Any) -> str:
    """First 16 hex digits of the SHA-256 of a value's canonical JSON."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
