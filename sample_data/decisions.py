"""Past decisions: what a small team had decided before the end."""

from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from sample_data.arrow import Tables
from sample_data.plan import DAY, Plan
from sample_data.reviewer import SimulatedReviewer

PER_ENTITY = {"merchant": 110, "product": 90, "creator": 60}
HISTORY_DAYS = 270
UNSURE_SHARE = 0.04
SUSPECT_SHARE = 0.4  # of the cases, for a team finds them by complaints and instinct


def write_decisions(
    plan: Plan,
    tables: Tables,
    truth: pd.DataFrame,
    look_alikes: pd.DataFrame,
    dated: dict[str, pd.Series],
) -> None:
    """Write the decisions; `dated` holds since when each entity exists, by its id."""
    rng = plan.rng("decisions")
    population = {entity: len(ids) for entity, ids in dated.items()}
    reviewer = SimulatedReviewer(truth, look_alikes, plan.seed, population=population)
    rows = [
        row
        for entity in PER_ENTITY
        for row in _decide(plan, rng, entity, truth, look_alikes, dated[entity], reviewer)
    ]
    frame = pd.DataFrame(
        rows, columns=["entity_type", "entity_id", "policy", "outcome", "decided_at"]
    ).sort_values(["decided_at", "entity_id"])
    columns = {
        name: pa.array(frame[name], pa.timestamp("us") if name == "decided_at" else pa.string())
        for name in frame.columns
    }
    tables.write("past_decisions", columns)


def _decide(
    plan: Plan,
    rng: np.random.Generator,
    entity: str,
    truth: pd.DataFrame,
    look_alikes: pd.DataFrame,
    opened: pd.Series,
    reviewer: SimulatedReviewer,
) -> list[tuple[str, str, str | None, str, datetime]]:
    rows = []
    for name in _cases(plan, rng, entity, truth, look_alikes, opened):
        first = max((opened[name] - pd.Timestamp(plan.end)).days + 30, -HISTORY_DAYS)
        day = rng.uniform(first, -3)
        at = (pd.Timestamp(plan.end) + pd.Timedelta(days=day)).floor("s").to_pydatetime()
        verdict = reviewer.decide(entity, name, at)  # type: ignore[arg-type]
        unsure = rng.random() < UNSURE_SHARE
        policy, outcome = (None, "cannot_tell") if unsure else (verdict.policy, verdict.outcome)
        rows.append((entity, name, policy, outcome, at))
    return rows


def _cases(
    plan: Plan,
    rng: np.random.Generator,
    entity: str,
    truth: pd.DataFrame,
    look_alikes: pd.DataFrame,
    opened: pd.Series,
) -> list[str]:
    """Suspects, look-alikes and chance finds among entities at least 40 days old."""
    old = opened[opened < pd.Timestamp(plan.end) - pd.Timedelta(seconds=40 * DAY)].index
    wanted = min(PER_ENTITY[entity], len(old) // 4)
    early = truth["since"] < pd.Timestamp(plan.end) - pd.Timedelta(days=60)
    bad = truth.loc[(truth["entity_type"] == entity) & early, "entity_id"]
    odd = look_alikes.loc[look_alikes["entity_type"] == entity, "entity_id"]
    chosen: list[str] = []
    for pool, share in ((bad, SUSPECT_SHARE), (odd, 0.25), (old, 1.0)):
        able = old.intersection(pd.Index(pool)).difference(chosen)
        count = min(round(share * wanted), wanted - len(chosen), len(able))
        chosen += list(able[rng.choice(len(able), count, replace=False)])
    return chosen
