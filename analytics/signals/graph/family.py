"""The graph as a family of signals: neighbours, place and nearness to confirmed violations."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analytics.columns import EntityType
from analytics.features.as_of import AsOf, has
from analytics.signals.graph import specs
from analytics.snapshots.home import Dataset


class GraphFamily:
    """Features of merchants, products and creators from whom they are tied to.

    Decisions count from the moment they were made, and only those that came with the data: what
    reviewers decide here reaches the graph with the next ingest, so that features follow from the
    dataset and the moment alone. An entity's own decision is in none of its features.

    Its libraries are loaded where they are used: pages read the declarations alone.
    """

    name = specs.NAME
    specs = specs.SPECS

    def why_off(self, dataset: Dataset) -> str | None:
        """Return what the dataset lacks: there must be one relation at least."""
        if any(all(has(dataset, need) for need in needs) for needs in specs.NEEDS.values()):
            return None
        return "links, orders, products or contents"

    def features(self, view: AsOf, entity: EntityType) -> pd.DataFrame:
        """Return the features of all entities of a type."""
        from analytics.signals.graph.features import features

        names = [spec.name for spec in self.specs if spec.entity == entity]
        return features(view, entity, names)

    def evidence(self, view: AsOf) -> pd.DataFrame:
        """Return the confirmed neighbours behind every count of them."""
        from analytics.signals.graph.confirmed import evidence_rows
        from analytics.signals.graph.features import read

        return evidence_rows(read(view).pairs)

    def tables(self, view: AsOf) -> Mapping[str, pd.DataFrame]:
        """Return nothing: what is stored is too large for frames, see `write_files`."""
        return {}

    def write_files(self, view: AsOf, folder: Path) -> None:
        """Write the graph store of a view."""
        from analytics.signals.graph.store import write_store
        from analytics.signals.graph.ties import open_edges

        with open_edges(view) as con:
            write_store(con, folder, f"{self.name}_")
