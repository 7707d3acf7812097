"""What the stages report, as data and as a few lines of text."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analytics.review.store import Live
from analytics.snapshots.home import Dataset, Snapshot

if TYPE_CHECKING:
    from analytics.review.opening import OpeningReport
    from analytics.snapshots.ingest import IngestResult


@dataclass(frozen=True)
class IngestReport:
    """A dataset that was just read, and its snapshots."""

    result: "IngestResult"

    def to_dict(self) -> dict[str, Any]:
        """Return ids, row counts and rejects, ready for JSON."""
        manifest = self.result.dataset.manifest
        return {
            "dataset_id": manifest.dataset_id,
            "snapshots": [
                {"snapshot_id": s.snapshot_id, "as_of": s.as_of.isoformat()}
                for s in self.result.snapshots
            ],
            "exported_at": manifest.exported_at.isoformat(),
            "tables": {
                name: {
                    "rows": table.rows,
                    "read": table.read,
                    "rejected_rows": table.rejected_rows,
                    "emptied_cells": table.emptied_cells,
                    "not_yet_known": table.not_yet_known,
                    "reasons": table.reasons,
                    "unknown_columns": list(table.unknown_columns),
                    "notes": list(table.notes),
                }
                for name, table in manifest.tables.items()
            },
            "pictures": manifest.pictures and manifest.pictures.model_dump(exclude={"file_hash"}),
            "missing_tables": list(manifest.missing_tables),
            "unknown_files": list(manifest.unknown_files),
            "notes": list(manifest.notes),
        }

    def summary(self) -> str:
        """Return the same as text."""
        manifest = self.result.dataset.manifest
        lines = [f"Dataset {manifest.dataset_id} from {manifest.source_name}:"]
        for name, table in manifest.tables.items():
            bad = f", {table.rejected_rows:,} rejected" if table.rejected_rows else ""
            cells = f", {table.emptied_cells:,} cells emptied" if table.emptied_cells else ""
            lines.append(f"  {name}: {table.rows:,} rows{bad}{cells}")
            lines += [f"    {count:,} × {reason}" for reason, count in table.reasons.items()]
            if table.unknown_columns:
                lines.append(f"    columns not used: {', '.join(table.unknown_columns)}")
            lines += [f"    {note}" for note in table.notes]
        if (pictures := manifest.pictures) is not None:
            lines.append(f"  pictures: {pictures.usable:,} of {pictures.files:,} can be used")
        if manifest.missing_tables:
            lines.append(f"  absent, so off: {', '.join(manifest.missing_tables)}")
        if manifest.unknown_files:
            lines.append(f"  files not used: {', '.join(manifest.unknown_files)}")
        lines += [
            f"Snapshot {s.snapshot_id} as of {s.as_of:%Y-%m-%d %H:%M}." for s in self.snapshots
        ]
        return "\n".join([*lines, "Next: portreeve build"])

    @property
    def snapshots(self) -> list[Snapshot]:
        """The snapshots made."""
        return self.result.snapshots


@dataclass(frozen=True)
class BuiltEntity:
    """One entity type of a snapshot, scored.

    `is_kept` says that the promoted model scored it; `note` why that was not possible.
    """

    entity: str
    model_version: str
    entities: int
    quality: bool
    violation_source: str
    seconds: float
    is_kept: bool = False
    note: str | None = None


@dataclass(frozen=True)
class BuildResult:
    """The snapshots that were built, what is live now, and the cases that were opened."""

    built: Mapping[str, Sequence[BuiltEntity]]
    live: Live
    cases: "OpeningReport"
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return snapshots, models, counts and seconds, ready for JSON."""
        return {
            "snapshots": {
                snapshot_id: [asdict(entity) for entity in entities]
                for snapshot_id, entities in self.built.items()
            },
            "live": live_dict(self.live),
            "cases": self.cases.to_dict(),
            "seconds": round(self.seconds, 1),
        }

    def summary(self) -> str:
        """Return the same as text."""
        lines = []
        for snapshot_id, entities in self.built.items():
            lines.append(f"Snapshot {snapshot_id}:")
            for e in entities:
                quality = "quality" if e.quality else "no quality model (too few outcomes)"
                promoted = "the promoted " if e.is_kept else ""
                lines.append(
                    f"  {e.entities:,} {e.entity}s scored and explained by {promoted}"
                    f"{e.model_version} ({quality}, violation: {e.violation_source}) "
                    f"in {e.seconds:.1f} s"
                )
                if e.note:
                    lines.append(f"    {e.note} Trained anew.")
        lines.append(self.cases.summary())
        lines.append(f"Live: {self.live.snapshot_id}. Next: portreeve serve")
        return "\n".join(lines)


@dataclass(frozen=True)
class StatusReport:
    """What the home folder holds.

    `signals` says which families of signals the live models take, as `signal_status` does.
    """

    home: str
    datasets: Sequence[Dataset]
    snapshots: Sequence[Snapshot]
    live: Live | None
    signals: Sequence[Mapping[str, Any]] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return datasets, snapshots and what is live, ready for JSON."""
        return {
            "home": self.home,
            "datasets": [
                {
                    "dataset_id": d.dataset_id,
                    "source": d.manifest.source,
                    "source_name": d.manifest.source_name,
                    "rows": {name: table.rows for name, table in d.manifest.tables.items()},
                }
                for d in self.datasets
            ],
            "snapshots": [
                {
                    "snapshot_id": s.snapshot_id,
                    "dataset_id": s.manifest.dataset_id,
                    "as_of": s.as_of.isoformat(),
                    "models": s.score_versions(),
                }
                for s in self.snapshots
            ],
            "live": None if self.live is None else live_dict(self.live),
            "signals": list(self.signals),
        }

    def summary(self) -> str:
        """Return the same as text."""
        lines = [f"Home {self.home}: {len(self.datasets)} datasets."]
        for snapshot in self.snapshots:
            is_live = self.live is not None and self.live.snapshot_id == snapshot.snapshot_id
            models = ", ".join(snapshot.score_versions()) or "not built"
            lines.append(f"  {snapshot.snapshot_id}{' (live)' if is_live else ''}: {models}")
        lines += [
            f"  signals, {row['family']}, {row['entity']} {row['target']}: {row['status']}"
            for row in self.signals
        ]
        if not self.snapshots:
            lines.append("  Nothing ingested yet: portreeve ingest tables DIR")
        return "\n".join(lines)


def live_dict(live: Live) -> dict[str, Any]:
    """Return the live row, ready for JSON."""
    return {**asdict(live), "models": dict(live.models), "at": live.at.isoformat()}
