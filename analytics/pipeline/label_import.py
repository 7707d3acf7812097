"""From a file of labels to decisions of source `import`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics import formats
from analytics.columns import ENTITY_KEY, ENTITY_TABLE, EntityType
from analytics.policies import load_taxonomy
from analytics.review.importing import ImportedDecision
from analytics.review.label_files import Known, LabelsFile, read_labels
from analytics.review.store import Store
from analytics.settings import Settings
from analytics.snapshots.home import Dataset

SHOWN_REJECTS: Final = 10


@dataclass(frozen=True)
class LabelsImport:
    """What an import of labels did, or would do.

    Attributes:
        file: The file as read, with its rejects.
        added: Decisions stored; of a dry run, those that would be.
        already_there: Good rows that were stored before, or stand in the file twice.
        expired: Good rows that were decided too long ago to be labels.
        is_dry_run: Whether nothing was stored.
        rejects_file: Where the rejects were written; None if nowhere.
    """

    file: LabelsFile
    added: int
    already_there: int
    expired: int
    is_dry_run: bool
    rejects_file: Path | None = None

    @property
    def rejected(self) -> int:
        """Rows kept out."""
        return self.file.read - len(self.file.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return counts and the first rejects, ready for JSON."""
        first = self.file.rejects.head(SHOWN_REJECTS).astype(object)
        return {
            "file": self.file.name,
            "rows": self.file.read,
            "added": self.added,
            "already_there": self.already_there,
            "rejected": self.rejected,
            "expired": self.expired,
            "dry_run": self.is_dry_run,
            "rejects_file": None if self.rejects_file is None else str(self.rejects_file),
            "first_rejects": first.where(first.notna(), None).to_dict("records"),
            "notes": list(self.file.notes),
        }

    def summary(self) -> str:
        """Return the same as text."""
        would = "would be added (dry run: nothing was stored)" if self.is_dry_run else "added"
        lines = [
            f"{self.file.name}: {formats.plural(self.file.read, 'row')}, {self.added:,} {would}, "
            f"{self.already_there:,} already there, {self.rejected:,} rejected.",
            *self.file.notes,
        ]
        if self.expired:
            lines.append(
                "Decided too long ago to count as labels (PORTREEVE_LABEL_VALIDITY_DAYS): "
                f"{self.expired:,}."
            )
        for reject in self.file.rejects.head(SHOWN_REJECTS).to_dict("records"):
            value = "" if reject["value"] != reject["value"] else f" {str(reject['value'])[:60]!r}"
            column = reject["column"] or "the row"
            lines.append(f"  row {reject['row_number']:,}: {column}{value} {reject['reason']}")
        if (more := len(self.file.rejects) - SHOWN_REJECTS) > 0:
            lines.append(f"  and {more:,} more")
        if self.rejects_file is not None:
            lines.append(f"Rejects are in {self.rejects_file}.")
        elif self.rejected:
            lines.append("--rejects FILE writes all of them to a CSV file.")
        return "\n".join(lines)


def import_labels(
    store: Store,
    settings: Settings,
    path: Path,
    dataset: Dataset | None,
    *,
    dry_run: bool = False,
    rejects: Path | None = None,
) -> LabelsImport:
    """Store the good rows of a file of labels (see `Exporting.import_labels`).

    Args:
        store: Takes them.
        settings: Who imports, and where the policies are.
        path: The file.
        dataset: Whose entities there are; None lets any pass.
        dry_run: Do everything except storing.
        rejects: CSV file for the rows kept out.
    """
    from analytics.reports import export_rejects

    exist = None if dataset is None else _existing(dataset)
    taxonomy = load_taxonomy(settings.policies_file)
    now = store.database.now()
    file = read_labels(path, taxonomy, now, exist)
    if rejects is not None:
        export_rejects(file.rejects, rejects)
    rows = _decisions(file)
    new = [row for row, known in zip(rows, store.decisions.known(rows), strict=True) if not known]
    added = len(new)
    if new and not dry_run:
        added = store.decisions.add_imported(new, settings.reviewer).added
    oldest = now - timedelta(days=settings.label_validity_days)
    expired = sum(row.decided_at <= oldest for row in rows)
    return LabelsImport(file, added, len(rows) - added, expired, dry_run, rejects)


def _decisions(file: LabelsFile) -> list[ImportedDecision]:
    """Return the good rows; only a violation keeps its policy."""
    plain = file.rows.astype(object).where(file.rows.notna(), None)
    return [
        ImportedDecision(
            entity_type=row["entity_type"],
            entity_id=row["entity_id"],
            outcome=row["outcome"],
            decided_at=row["decided_at"].to_pydatetime(),
            policy=row["policy"] if row["outcome"] == "violation" else None,
            reviewer=row["reviewer"].strip(),
            note=row["note"] or "",
        )
        for row in plain.to_dict("records")
    ]


def _existing(dataset: Dataset) -> Known:
    def existing(entity: EntityType, ids: Collection[str]) -> Collection[str]:
        path = dataset.path(ENTITY_TABLE[entity])
        if path is None:
            return ()
        key = ENTITY_KEY[entity]
        stored = pq.read_table(path, columns=[key])[key].cast(pyarrow.string())
        wanted = pyarrow.array(sorted(ids), pyarrow.string())
        found: list[str] = wanted.filter(pc.is_in(wanted, stored.combine_chunks())).to_pylist()
        return found

    return existing
