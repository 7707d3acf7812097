"""What a violation model was trained on, kept beside it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID
from analytics.features.labels import PROVENANCE

PROVENANCE_FILE = "training_set.parquet"
FEATURES_FILE = "training_features.parquet"


@dataclass(frozen=True)
class TrainingSet:
    """Decided entities, indexed by entity id.

    Attributes:
        labels: `label`, `policy`, `decided_at`, `source` (past, review or import), `decision_id`
            (missing for past ones), and the `dataset_id` and `as_of` of the features.
        X: The features, same index.
    """

    labels: pd.DataFrame
    X: pd.DataFrame

    def fingerprint(self) -> str:
        """Return a hash of who was decided how, when and where, and of all features."""
        digest = hashlib.sha256(",".join(map(str, self.X.columns)).encode())
        labels = self._provenance()
        digest.update(labels.to_csv(date_format="%Y-%m-%dT%H:%M:%S.%f").encode())
        values = self.X.loc[labels.index].to_numpy(dtype=float)
        digest.update(np.where(np.isnan(values), np.nan, values).tobytes())
        return digest.hexdigest()[:16]

    def _provenance(self) -> pd.DataFrame:
        labels = self.labels.reindex(columns=list(PROVENANCE)).rename_axis(ENTITY_ID)
        return labels.astype({"decision_id": "Int64"})

    def write(self, folder: Path) -> None:
        """Write both parts into a model's folder."""
        for frame, name in ((self._provenance(), PROVENANCE_FILE), (self.X, FEATURES_FILE)):
            flat = frame.rename_axis(ENTITY_ID).reset_index()
            flat.to_parquet(folder / name, index=False, compression="zstd")


def has_training_set(folder: Path) -> bool:
    """Whether a stored model learned from decisions."""
    return (folder / PROVENANCE_FILE).is_file()


def read_training_set(folder: Path) -> TrainingSet | None:
    """Return what a stored model was trained on, None where that is no decision."""
    if not has_training_set(folder):
        return None
    labels, X = (
        pd.read_parquet(folder / name).set_index(ENTITY_ID)
        for name in (PROVENANCE_FILE, FEATURES_FILE)
    )
    return TrainingSet(labels, X)
