"""What there is: snapshots, datasets, their tables and rejects, and models."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.columns import Target
from analytics.errors import NotFoundError
from analytics.snapshots.home import Dataset, Home
from analytics.warehouse.measured import Measured, read_measured
from analytics.warehouse.reader import Models, Reader

_REJECTS: Final = "SELECT * FROM read_parquet($path) ORDER BY 1 LIMIT $limit OFFSET $offset"
_PICTURES: Final = """
SELECT image_path, problem FROM read_parquet($path) WHERE problem IS NOT NULL
ORDER BY problem, image_path LIMIT $limit
"""
_IMPORTANCE: Final = """
WITH long AS (
    UNPIVOT (SELECT COLUMNS(* EXCLUDE (entity_id))::DOUBLE FROM read_parquet($path))
    ON COLUMNS(*) INTO NAME feature VALUE contribution)
SELECT feature, avg(abs(contribution)) AS mean_abs,
       mean_abs / nullif(sum(mean_abs) OVER (), 0) AS share
FROM long GROUP BY feature ORDER BY mean_abs DESC, feature
"""


@dataclass(frozen=True)
class DataReport:
    """One dataset, as its manifest says.

    Attributes:
        tables: One row per table given: table, rows, read, bad_rows, rejected_rows,
            emptied_cells, not_yet_known, missing_columns, unknown_columns, source_file,
            is_point_in_time, notes.
        reasons: One row per table and reason of rejection: table, reason, count.
        missing_tables: Tables of the contract that the source did not give.
        pictures: How many pictures its products name, and how many can be compared; None where
            they name none.
    """

    dataset_id: str
    source: str
    source_name: str
    currency: str
    exported_at: pd.Timestamp
    known_until: pd.Timestamp
    ingested_at: pd.Timestamp
    tables: pd.DataFrame
    reasons: pd.DataFrame
    missing_tables: tuple[str, ...]
    unknown_files: tuple[str, ...]
    notes: tuple[str, ...]
    pictures: tuple[int, int] | None = None


@dataclass(frozen=True)
class ModelReport:
    """What is stored about one model.

    Attributes:
        card: Model card (card.json).
        metrics: By target, the evaluation made when it was trained (metrics.json).
        text: The card as Markdown.
    """

    model_version: str
    card: dict[str, Any]
    metrics: dict[str, Any] = field(default_factory=dict)
    text: str = ""

    def measured(self, target: Target) -> Measured | None:
        """How well a prediction did when this was trained; None where it was not measured."""
        return read_measured(self.metrics.get(target))


def snapshots(home: Home) -> pd.DataFrame:
    """All snapshots, newest as-of first."""
    rows = [
        {
            "snapshot_id": snapshot.snapshot_id,
            "as_of": snapshot.as_of,
            "dataset_id": snapshot.manifest.dataset_id,
            "source": snapshot.dataset.manifest.source,
            "source_name": snapshot.dataset.manifest.source_name,
            "created_at": snapshot.manifest.created_at,
            "models": ", ".join(snapshot.score_versions()),
            "is_built": bool(snapshot.score_versions()),
        }
        for snapshot in reversed(home.snapshots())
    ]
    columns = ["snapshot_id", "as_of", "dataset_id", "source", "source_name"]
    return pd.DataFrame(rows, columns=[*columns, "created_at", "models", "is_built"])


def data_report(dataset: Dataset) -> DataReport:
    """Read a dataset's manifest."""
    manifest = dataset.manifest
    tables = [
        {
            "table": name,
            "rows": entry.rows,
            "read": entry.read,
            "bad_rows": entry.bad_rows,
            "rejected_rows": entry.rejected_rows,
            "emptied_cells": entry.emptied_cells,
            "not_yet_known": entry.not_yet_known,
            "missing_columns": ", ".join(entry.missing_columns),
            "unknown_columns": ", ".join(entry.unknown_columns),
            "source_file": entry.source_file,
            "is_point_in_time": entry.is_point_in_time,
            "notes": " ".join(entry.notes),
        }
        for name, entry in manifest.tables.items()
    ]
    reasons = [
        {"table": name, "reason": reason, "count": count}
        for name, entry in manifest.tables.items()
        for reason, count in entry.reasons.items()
    ]
    return DataReport(
        dataset.dataset_id,
        manifest.source,
        manifest.source_name,
        manifest.currency,
        pd.Timestamp(manifest.exported_at),
        pd.Timestamp(manifest.known_until),
        pd.Timestamp(manifest.ingested_at),
        pd.DataFrame(tables),
        pd.DataFrame(reasons, columns=["table", "reason", "count"]),
        manifest.missing_tables,
        manifest.unknown_files,
        manifest.notes,
        (manifest.pictures.files, manifest.pictures.usable) if manifest.pictures else None,
    )


def rejects(reader: Reader, dataset: Dataset, table: str, limit: int, offset: int) -> pd.DataFrame:
    """Quarantined rows and cells of a table; empty where there are none."""
    path = dataset.rejects_path(table)
    if path is None:
        return pd.DataFrame(columns=["row_number", "column", "value", "reason", "scope"])
    return reader.query(_REJECTS, path=str(path), limit=limit, offset=offset)


def picture_problems(reader: Reader, dataset: Dataset, limit: int) -> pd.DataFrame:
    """Pictures that cannot be compared, and why; empty where there are none."""
    path = dataset.pictures_path
    if path is None:
        return pd.DataFrame(columns=["image_path", "problem"])
    return reader.query(_PICTURES, path=str(path), limit=limit)


def model_report(home: Home, model_version: str) -> ModelReport:
    """Read what a model says about itself; `NotFoundError` if there is no such model."""
    known = {path.name: path for path in home.models_dir.glob("*") if path.is_dir()}
    if model_version not in known:
        raise NotFoundError(
            f"There is no model {model_version!r} in {home.path}.",
            hint="Scores may be kept without the model that gave them; "
            "`portreeve build` of their snapshot trains it again.",
        )
    folder = known[model_version]
    text = folder / "card.md"
    return ModelReport(
        model_version,
        _json(folder / "card.json") or {},
        _json(folder / "metrics.json") or {},
        text.read_text(encoding="utf-8") if text.is_file() else "",
    )


def importance(reader: Reader, snapshot_id: str, model_version: str, target: str) -> pd.DataFrame:
    """Mean absolute contribution of each feature over all entities scored; empty if none."""
    folder = reader.snapshot(snapshot_id).scores_dir(model_version)
    path = folder / f"contributions_{target}.parquet"
    if not path.is_file():
        return pd.DataFrame(columns=["feature", "mean_abs", "share"])
    return reader.query(_IMPORTANCE, path=str(path))


def freshness(reader: Reader, snapshot_id: str, models: Models) -> dict[str, Any]:
    """How old data and models are: the moments that matter, naive UTC."""
    snapshot = reader.snapshot(snapshot_id)
    earlier = reader.lineage(snapshot_id)[:-1]
    return {
        "as_of": snapshot.as_of,
        "exported_at": snapshot.dataset.manifest.exported_at,
        "ingested_at": snapshot.dataset.manifest.ingested_at,
        "source": snapshot.dataset.manifest.source,
        "source_name": snapshot.dataset.manifest.source_name,
        "currency": snapshot.dataset.manifest.currency,
        "previous_as_of": earlier[-1].as_of if earlier else None,
        "trained_as_of": {
            entity: _time(reader.meta(snapshot_id, version).get("trained_as_of"))
            for entity, version in models.items()
        },
    }


def _time(value: object) -> pd.Timestamp | None:
    return pd.Timestamp(str(value)) if value else None


def _json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
