"""Content as a family of signals: copies, words in disguise, likeness to confirmed violations."""

from collections.abc import Mapping

import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf, has
from analytics.signals.content.specs import FAMILY, SPECS
from analytics.snapshots.home import Dataset

NEEDS = ("products.title", "products.image_path", "contents.transcript")


class ContentFamily:
    """What listings, reviews and transcripts say, seen from a build; see `SignalFamily`."""

    name = FAMILY
    specs = SPECS

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what is missing where there are no titles, pictures and transcripts."""
        return None if any(has(dataset, need) for need in NEEDS) else " or ".join(NEEDS)

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return the features of an entity type."""
        from analytics.signals.content.features import features

        return features(view, entity)

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return who has the same, since when and at what price, and the words matched."""
        from analytics.signals.content.evidence import evidence

        return evidence(view)

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return copies, representation and what the text models were made of."""
        from analytics.signals.content.stored import tables

        return tables(view)
