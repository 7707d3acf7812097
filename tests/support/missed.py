"""Decisions on the tiny home about cases that its model had put below the capacity."""

from dataclasses import replace
from datetime import datetime

from analytics.columns import EntityType
from analytics.pipeline import Workbench
from analytics.review.types import Draft, Shown
from tests.support.review import CLEARED, VIOLATION


def decide(
    workbench: Workbench, entity: EntityType, entity_id: str, draft: Draft, **shown: object
) -> int:
    """Open a case by hand where there is none, and decide it; return the decision's id."""
    live = workbench.live()
    seen = Shown(live.snapshot_id, "d1", datetime(2026, 4, 1), live.models[entity], "f1")
    if workbench.store.cases.find(entity, entity_id) is None:
        workbench.store.cases.open_by_hand(entity, entity_id, "ana", "A complaint")
    token = workbench.store.cases.claim_entity(entity, entity_id, "ana").lease.token
    return workbench.store.decisions.decide(token, draft, replace(seen, **shown)).id


def decide_sixty(workbench: Workbench) -> None:
    """Decide x00 … x59, all below the capacity: those who sell least are in violation."""
    for n in range(60):
        draft = VIOLATION if n < 30 else CLEARED
        row = {"orders_90d": n + 1, "invented": n, "category": "toys"}
        decide(
            workbench, "merchant", f"x{n:02}", draft, features=row, violation_probability=0.1
        )  # fmt: skip
