"""Features of all entity types at past moments: each moment is looked at once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from analytics.columns import CONTEXT_COLUMNS, ENTITY_ID, EntityType
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.features.catalog import specs as plain_specs
from analytics.features.spec import FeatureSpec
from analytics.settings import Settings
from analytics.signals.catalog import signal_specs, wanted
from analytics.signals.frame import entity_frame
from analytics.snapshots.home import Dataset


def default_specs(entity: EntityType, dataset: Dataset, settings: Settings) -> list[FeatureSpec]:
    """Return the features that models take, with the families of signals that are wanted."""
    signals = signal_specs(entity, dataset, wanted(settings.signal_families))
    return [s for s in (*plain_specs(entity, dataset), *signals) if s.is_default]


@dataclass(frozen=True)
class PastFeatures:
    """Computes the features of several entity types at a moment together, and keeps them in files.

    Most of what a moment costs (graph, rings, logs of events) is the same for all entity types, and
    training asks for the same moments for each of them, one entity type after the other.

    Attributes:
        engine: Computes.
        dataset: What is looked at.
        entities: The entity types that will be asked for.
        settings: Tell the families of signals.
        folder: Where features are kept; other snapshots of the dataset find them there.
    """

    engine: Engine
    dataset: Dataset
    entities: Sequence[EntityType]
    settings: Settings
    folder: Path

    def frame(self, entity: EntityType, as_of: datetime) -> pd.DataFrame:
        """Return context and default features of all entities known at `as_of`, by entity id."""
        path = self._path(entity, as_of)
        if not path.is_file():
            self._compute(as_of)
        return pd.read_feather(path).set_index(ENTITY_ID)

    def _compute(self, as_of: datetime) -> None:
        with AsOf(self.engine, self.dataset, as_of) as view:
            for entity in self.entities:
                path = self._path(entity, as_of)
                if not path.is_file():
                    declared = default_specs(entity, self.dataset, self.settings)
                    names = [*CONTEXT_COLUMNS, *(spec.name for spec in declared)]
                    frame = entity_frame(view, entity, names)
                    frame.rename_axis(ENTITY_ID).reset_index().to_feather(path, compression="lz4")

    def _path(self, entity: EntityType, as_of: datetime) -> Path:
        return self.folder / f"{self.dataset.dataset_id}_{as_of:%Y%m%dT%H%M%S%f}_{entity}.arrow"
