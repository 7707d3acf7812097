"""Rings as a family of signals."""

from collections.abc import Mapping

import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf, has
from analytics.features.spec import FeatureSpec
from analytics.signals.communities.specs import FAMILY, RING_SPECS
from analytics.snapshots.home import Dataset

Tables = Mapping[str, pd.DataFrame]
MEMBERS = "members"
_ENOUGH = (("links",), ("orders.buyer_id",), ("orders.creator_id",),
           ("content_products", "contents", "products"))  # fmt: skip


class Rings:
    """Who belongs together by what they share, and what that says of each.

    Its libraries are loaded where they are used: pages read the declarations alone.
    """

    name = FAMILY
    specs: tuple[FeatureSpec, ...] = RING_SPECS
    continues = (MEMBERS,)

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what is missing where no table says who has something in common."""
        if any(all(has(dataset, need) for need in needs) for needs in _ENOUGH):
            return None
        return "links"

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return the features by entity id (see `SignalFamily`)."""
        from analytics.signals.communities.features import ring_features

        return ring_features(view, entity)

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the ties and the confirmed others behind the features."""
        from analytics.signals.communities.found import find_rings
        from analytics.signals.communities.ring_evidence import ring_evidence

        return ring_evidence(find_rings(view))

    def tables(self, view: AsOf) -> Tables:
        """Return what the pages read (see `ring_tables`)."""
        from analytics.signals.communities.found import find_rings
        from analytics.signals.communities.ring_tables import ring_tables

        return ring_tables(find_rings(view))

    def continued(self, tables: Tables, earlier: Tables) -> Tables:
        """Let rings keep the names that they had in the snapshot before."""
        from analytics.signals.communities.ring_tables import renamed

        return renamed(tables, earlier[MEMBERS]) if MEMBERS in earlier else tables
