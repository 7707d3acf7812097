"""Features and outcomes of one entity type at past moments, each computed once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from analytics.columns import CONTEXT_COLUMNS, VOLUME, EntityType
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.features.outcomes import outcomes_at
from analytics.features.spec import FeatureSpec
from analytics.model.past import PastFeatures, default_specs
from analytics.model.quality import QualitySet
from analytics.settings import Settings
from analytics.signals.catalog import wanted
from analytics.signals.frame import entity_frame
from analytics.snapshots.home import Dataset


class History:
    """Looks back in a dataset, never past the moment it is told to look from.

    Args:
        engine: Computes.
        dataset: What is looked at.
        entity: Entity type.
        settings: Tell horizons, moments and families of signals.
        past: Computes features with those of other entity types; else they are computed alone.
    """

    def __init__(
        self,
        engine: Engine,
        dataset: Dataset,
        entity: EntityType,
        settings: Settings,
        past: PastFeatures | None = None,
    ) -> None:
        self.engine = engine
        self.dataset = dataset
        self.entity = entity
        self.settings = settings
        self.specs: list[FeatureSpec] = default_specs(entity, dataset, settings)
        self._past = past
        self._frames: dict[datetime, pd.DataFrame] = {}
        self._whole: History | None = None

    def with_signals(self, signal_families: str) -> "History":
        """Return the same past with other families of signals, of those that this one has."""
        settings = self.settings.model_copy(update={"signal_families": signal_families})
        other = History(self.engine, self.dataset, self.entity, settings)
        other._whole = self
        return other

    @property
    def families(self) -> dict[str, list[str]]:
        """Features of each family of signals."""
        found: dict[str, list[str]] = {f.name: [] for f in wanted(self.settings.signal_families)}
        for spec in self.specs:
            if spec.family in found:
                found[spec.family].append(spec.name)
        return {family: names for family, names in found.items() if names}

    def put(self, as_of: datetime, stored: pd.DataFrame) -> None:
        """Take the features at `as_of` from where they were stored instead of computing them."""
        self._frames[as_of] = stored[[*CONTEXT_COLUMNS, *(spec.name for spec in self.specs)]]

    @property
    def gap(self) -> timedelta:
        """From an as-of until its quality label is known."""
        days = self.settings.quality_horizon_days + self.settings.quality_maturing_days
        return timedelta(days=days)

    @property
    def monotone(self) -> dict[str, int]:
        """Direction per feature."""
        return {spec.name: spec.monotone for spec in self.specs}

    def frame(self, as_of: datetime) -> pd.DataFrame:
        """Return context and features of all entities known at `as_of`, by entity id."""
        if as_of not in self._frames:
            names = [*CONTEXT_COLUMNS, *(spec.name for spec in self.specs)]
            self._frames[as_of] = self._computed(as_of, names)
        return self._frames[as_of]

    def _computed(self, as_of: datetime, names: list[str]) -> pd.DataFrame:
        if self._whole is not None:
            return self._whole.frame(as_of)[names]
        if self._past is not None:
            return self._past.frame(self.entity, as_of)[names]
        with AsOf(self.engine, self.dataset, as_of) as view:
            return entity_frame(view, self.entity, names)

    def features(self, as_of: datetime) -> pd.DataFrame:
        """Return the features alone."""
        return self.frame(as_of).drop(columns=list(CONTEXT_COLUMNS))

    def past_features(self, as_of: datetime) -> pd.DataFrame:
        """Return the features whose values at past moments are known."""
        names = [spec.name for spec in self.specs if spec.is_point_in_time]
        return self.frame(as_of)[names]

    def outcomes(self, as_ofs: Sequence[datetime], known_by: datetime) -> list[pd.DataFrame]:
        """Return what came after each of `as_ofs`, by what was known at `known_by`."""
        with AsOf(self.engine, self.dataset, known_by) as known:
            return [outcomes_at(known, self.entity, at, self.settings) for at in as_ofs]

    def quality_sets(self, as_of: datetime) -> list[QualitySet]:
        """Return what can teach quality at `as_of`: past moments whose outcomes are known then."""
        if not self.dataset.has("orders"):
            return []
        moments = [at for at in self.training_moments(as_of) if len(self.frame(at))]
        outcomes = self.outcomes(moments, as_of)
        return [
            QualitySet(at, self.past_features(at), outcome, self._is_active(at))
            for at, outcome in zip(moments, outcomes, strict=True)
        ]

    def active_features(self, as_of: datetime) -> pd.DataFrame:
        """Return the past features of the entities with enough volume at `as_of`."""
        return self.past_features(as_of)[self._is_active(as_of)]

    def _is_active(self, as_of: datetime) -> pd.Series:
        return self.frame(as_of)[VOLUME].fillna(0) >= self.settings.quality_min_lines

    def training_moments(self, as_of: datetime) -> list[datetime]:
        """Return the past moments that are pooled to train at `as_of`, oldest first."""
        step = timedelta(days=self.settings.training_step_days)
        newest = as_of - self.gap
        return [newest - k * step for k in reversed(range(self.settings.training_as_ofs))]
