"""What a decision records of the page that it was made on."""

import math
from typing import TYPE_CHECKING, Any

from analytics.review.types import Presentation, Shown

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.review.store import Live
    from analytics.warehouse import Warehouse


def shown(
    warehouse: "Warehouse",
    live: "Live",
    case: "CaseExplanation",
    presentation: Presentation = "evidence_first",
) -> Shown:
    """Return scores, features and their origin as a reviewer saw them on the case page."""
    snapshot = warehouse.reader.snapshot(live.snapshot_id)
    entity, scores = case.identity.entity, case.scores
    meta = warehouse.meta(live.snapshot_id, scores.model_version)
    features = warehouse.feature_row(
        live.snapshot_id, scores.model_version, entity, case.identity.entity_id
    )
    return Shown(
        snapshot_id=live.snapshot_id,
        dataset_id=snapshot.dataset.dataset_id,
        as_of=snapshot.as_of,
        model_version=scores.model_version,
        feature_version=str(meta["feature_version"]),
        features={name: _plain(value) for name, value in features.items()},
        violation_probability=scores.violation_probability,
        quality_probability=scores.quality_probability,
        expected_harm=case.harm.expected,
        harm_unit=case.harm.unit,
        presentation=presentation,
    )


def _plain(value: Any) -> Any:
    """Return a value that JSON knows; what is not finite is unknown."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)
