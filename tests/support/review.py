"""Cases and decisions to test with."""

from datetime import datetime

import pandas as pd

from analytics.columns import EntityType
from analytics.review.store import Store
from analytics.review.types import Draft, Shown

SHOWN = Shown(
    snapshot_id="s1",
    dataset_id="d1",
    as_of=datetime(2026, 5, 1),
    model_version="merchant-1",
    feature_version="f1",
    features={"late_dispatch_90d": 0.25, "orders_90d": 40},
    violation_probability=0.4,
    quality_probability=0.1,
    expected_harm=120.5,
    harm_unit="money",
)
VIOLATION = Draft("violation", policy="M3", action="suspend", reason="Empty parcels")
CLEARED = Draft("no_violation", reason="All parcels arrived")
UNSURE = Draft("cannot_tell", reason="No access to the tracking")


def open_cases(store: Store, *priorities: float, entity: EntityType = "merchant") -> list[int]:
    """Open a case for m1, m2 … with these priorities; return their ids."""
    return [
        store.cases.open_by_hand(entity, f"m{n}", "ana", "asked for", priority=priority).id
        for n, priority in enumerate(priorities, 1)
    ]


def scores(*rows: tuple[str, float], unit: str = "money", policy: str = "M2") -> pd.DataFrame:
    """Scores of entities with this id and expected harm, ranked as a build ranks them."""
    frame = pd.DataFrame(rows, columns=["entity_id", "expected_harm"])
    frame = frame.sort_values("expected_harm", ascending=False, kind="stable")
    return frame.assign(
        rank=range(1, len(frame) + 1),
        harm_unit=unit,
        violation_probability=0.5,
        quality_probability=float("nan"),
        gmv_at_risk=1000.0,
        top_policy=policy,
    ).sort_values("entity_id")


def many_scores(entities: int) -> pd.DataFrame:
    """Scores of m000, m001 …: the smaller the number, the more harm."""
    return scores(*((f"m{n:03}", float(entities - n)) for n in range(entities)))
