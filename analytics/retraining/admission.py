"""Whether a model may go live: what the gate said of it, and who may overrule the gate."""

from collections.abc import Sequence
from typing import Final

from analytics.columns import EntityType
from analytics.errors import GateError
from analytics.retraining.gate import FAILED, GateResult, gate_result
from analytics.review.challengers import Challenger
from analytics.review.identity import is_lead
from analytics.review.promotions import Ruling
from analytics.review.store import Live

RETURNED: Final = "returned"
NO_RULES: Final = "none"


def ruling_on(
    entity: EntityType,
    version: str,
    live: Live,
    history: Sequence[Live],
    challengers: Sequence[Challenger],
) -> Ruling:
    """Return what the gate says of letting a model score now.

    A model that has scored before may return. Any other has to have been compared, as a
    challenger, with the model that scores now; a comparison with another one does not count.

    Args:
        entity: Entity type.
        version: The model.
        live: What is live.
        history: Everything that was ever live.
        challengers: Of this type, newest first.
    """
    was = live.models.get(entity)
    if any(past.models.get(entity) == version for past in history):
        return Ruling(entity, version, was, NO_RULES, RETURNED)
    said = [gate for one in challengers if (gate := _said(one, version, was)) is not None]
    if not said:
        why = f"It was not compared with {was}, which scores now; retrain to have it compared."
        return Ruling(entity, version, was, NO_RULES, FAILED, (why,))
    failed = tuple(result.sentence for result in said[0].failed)
    return Ruling(entity, version, was, said[0].version, said[0].outcome, failed)


def _said(one: Challenger, version: str, champion: str | None) -> GateResult | None:
    found = one.comparison or {}
    is_asked = one.model_version == version and found.get("champion") == champion
    return gate_result(found["gate"]) if is_asked and found.get("gate") else None


def check_override(ruling: Ruling, person: str, leads: str, *, override: bool) -> bool:
    """Tell whether a promotion overrules the gate.

    Raises:
        GateError: The gate failed, and it is not overruled, or not by a lead.
    """
    if ruling.outcome != FAILED:
        return False
    if not override:
        raise GateError(
            f"The gate does not let {ruling.model_version} pass: {' '.join(ruling.failed)}",
            hint="Nothing was changed. A lead may promote it all the same, with --override and a "
            "reason for the record.",
        )
    if not is_lead(person, leads):
        raise GateError(
            f"Only a lead may promote what the gate does not let pass, and {person!r} is none.",
            hint="The setting `leads` names them.",
        )
    return True
