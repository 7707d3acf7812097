"""What a decision records of the page that it was made on."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analytics.columns import EntityType
from analytics.explain.suggestion import by_likelihood
from analytics.policies import Policy
from analytics.review.types import Presentation, Shown

if TYPE_CHECKING:
    from analytics.explain.case import CaseExplanation
    from analytics.review.store import Live
    from analytics.warehouse import Warehouse


def shown(
    warehouse: "Warehouse",
    live: "Live",
    case: "CaseExplanation",
    policies: Sequence[Policy],
    presentation: Presentation = "evidence_first",
) -> Shown:
    """Return scores, features, their origin and the suggested policy, as the case page showed them.

    Args:
        warehouse: Where features come from.
        live: What is shown.
        case: The explanation on the page.
        policies: Of the entity's type.
        presentation: What came first.
    """
    scores = case.scores
    suggested = by_likelihood(case, policies)
    return Shown(
        **_origin(
            warehouse, live, scores.model_version, case.identity.entity, case.identity.entity_id
        ),
        violation_probability=scores.violation_probability,
        quality_probability=scores.quality_probability,
        expected_harm=case.harm.expected,
        harm_unit=case.harm.unit,
        presentation=presentation,
        suggested_policy=suggested[0].code if suggested else None,
    )


def shown_of(warehouse: "Warehouse", live: "Live", entity: EntityType, entity_id: str) -> Shown:
    """Return the same of an entity whose scores were seen in a list, such as a ring's.

    Raises:
        NotFoundError: It has no scores in the snapshot.
    """
    found = warehouse.entity(live.snapshot_id, live.models, entity, entity_id)
    return Shown(
        **_origin(warehouse, live, str(found["model_version"]), entity, entity_id),
        violation_probability=found["violation_probability"],
        quality_probability=found["quality_probability"],
        expected_harm=found["expected_harm"],
        harm_unit=found["harm_unit"],
        presentation="score_first",
    )


def _origin(
    warehouse: "Warehouse", live: "Live", model_version: str, entity: EntityType, entity_id: str
) -> dict[str, Any]:
    """Return where scores and features come from, with the features."""
    snapshot = warehouse.reader.snapshot(live.snapshot_id)
    meta = warehouse.meta(live.snapshot_id, model_version)
    features = warehouse.feature_row(live.snapshot_id, model_version, entity, entity_id)
    return {
        "snapshot_id": live.snapshot_id,
        "dataset_id": snapshot.dataset.dataset_id,
        "as_of": snapshot.as_of,
        "model_version": model_version,
        "feature_version": str(meta["feature_version"]),
        "features": {name: _plain(value) for name, value in features.items()},
    }


def _plain(value: Any) -> Any:
    """Return a value that JSON knows; what is not finite is unknown."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (str, int, bool)) or value is None else str(value)
