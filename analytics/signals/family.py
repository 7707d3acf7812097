"""What a family of signals gives to the build: features, evidence and tables for its page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import pandas as pd

from analytics.columns import ENTITY_ID, ENTITY_TYPE, EntityType
from analytics.features.as_of import AsOf
from analytics.features.spec import FeatureSpec
from analytics.snapshots.home import Dataset

FEATURE: Final = "feature"
EVIDENCE_COLUMNS: Final = (
    ENTITY_TYPE, ENTITY_ID, FEATURE, "at", "what", "other_type", "other_id", "detail",
)  # fmt: skip


class SignalFamily(Protocol):
    """One family, such as rings or event sequences.

    What it gives for a view must follow from the view alone, that is from what was known at its
    moment: `History` asks for the same features at past moments. Work that features, evidence and
    tables share is done once by `view.remember`.

    Attributes:
        name: Lower case, one word; the family of its features and the prefix of its tables.
        specs: Declarations of its features, all entity types. Their `needs` switch single features
            off, their `family` is `name`. One with rows to show has `evidence` set to
            `<entity>.<feature>`.
    """

    name: str
    specs: tuple[FeatureSpec, ...]

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what the dataset lacks for the whole family, in words; None where it can run."""
        ...

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return float64 features by `entity_id`; who is missing gets NaN, columns as declared."""
        ...

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the rows behind its features, in `EVIDENCE_COLUMNS`.

        `at` is naive UTC or null, `what` a sentence or a value, `other_type` and `other_id` the
        entity (if any) that the row leads to, `detail` more about it; all but the first three may
        be null.
        """
        ...

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return what its pages read, by name; stored as `signals/<family>_<name>.parquet`."""
        ...


@runtime_checkable
class WritesFiles(Protocol):
    """A family some of whose tables are too large for frames; it writes them itself."""

    def write_files(self, view: AsOf, folder: Path) -> None:
        """Write them into `folder`, as `<family>_<name>.parquet`."""
        ...


@runtime_checkable
class Continuing(Protocol):
    """What a family has besides whose tables go on from those of the snapshot before.

    Its features and evidence may not depend on them: they are asked for at moments of which no
    snapshot was ever built.

    Attributes:
        continues: Names of the tables that it takes up.
    """

    continues: tuple[str, ...]

    def continued(
        self, tables: Mapping[str, pd.DataFrame], earlier: Mapping[str, pd.DataFrame]
    ) -> Mapping[str, pd.DataFrame]:
        """Return `tables` taken up from `earlier`, which holds those of `continues` that exist."""
        ...


def empty_evidence() -> pd.DataFrame:
    """Return evidence without rows."""
    return pd.DataFrame({column: [] for column in EVIDENCE_COLUMNS})


def evidence_rows(entity: EntityType, feature: str, ids: object, **columns: object) -> pd.DataFrame:
    """Return evidence of one feature: a row for each of `ids`, with the columns that it has."""
    frame = pd.DataFrame({ENTITY_ID: ids, **columns})
    frame = frame.assign(**{ENTITY_TYPE: entity, FEATURE: feature})
    return frame.reindex(columns=list(EVIDENCE_COLUMNS))
