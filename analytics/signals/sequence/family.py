"""Event sequences as a family of signals."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf
from analytics.features.spec import FeatureSpec
from analytics.signals.sequence.specs import FAMILY, SPECS
from analytics.snapshots.home import Dataset

_EVENTFUL: Final = ("orders", "events", "reviews", "contents")
STRETCHES: Final = "stretches"


class SequenceFamily:
    """What the order of events says, and the score of whole sequences.

    The libraries behind it are loaded where they are used: pages read its declarations alone.
    """

    name = FAMILY
    specs: tuple[FeatureSpec, ...] = SPECS

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what the dataset lacks: any table with dated events."""
        return None if any(dataset.has(table) for table in _EVENTFUL) else "orders"

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return the features; the score is NaN where decisions are too few to learn from."""
        from analytics.signals.sequence.as_of import described

        return described(view, entity)[[s.name for s in self.specs if s.entity == entity]]

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the stretches behind the features and the most surprising steps in them."""
        from analytics.signals.sequence.as_of import shown

        return shown(view)

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return `stretches`: what the timeline of a case marks."""
        from analytics.signals.sequence.as_of import stretches

        return {STRETCHES: stretches(view)}
