"""Where the explanation of one entity is read from."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.columns import EntityType
from analytics.errors import NotFoundError
from analytics.explain.declared import Declarations, declarations
from analytics.policies import Taxonomy
from analytics.settings import Settings
from analytics.warehouse import Warehouse


@dataclass(frozen=True)
class CaseSources:
    """Where an explanation is read from.

    Attributes:
        warehouse: Reads the snapshot.
        taxonomy: Names and severities of policies.
        settings: Horizon of quality and the like.
        snapshot_id: Snapshot that is live.
        models: Model version per entity type whose scores are shown.
    """

    warehouse: Warehouse
    taxonomy: Taxonomy
    settings: Settings
    snapshot_id: str
    models: Mapping[str, str]

    def model_of(self, entity: EntityType) -> str:
        """Return the model version of an entity type; `NotFoundError` if it has none."""
        if entity not in self.models:
            raise NotFoundError(
                f"There are no scores of {entity}s in snapshot {self.snapshot_id}.",
                hint="Run `portreeve build`, or see the Data page for what the source lacks.",
            )
        return self.models[entity]

    def declarations(self, entity: EntityType) -> Declarations:
        """Return the declarations of an entity type's features."""
        snapshot = self.warehouse.reader.snapshot(self.snapshot_id)
        return declarations(snapshot, self.model_of(entity), entity)

    @property
    def currency(self) -> str:
        """Currency of the snapshot's dataset."""
        snapshot = self.warehouse.reader.snapshot(self.snapshot_id)
        return snapshot.dataset.manifest.currency
