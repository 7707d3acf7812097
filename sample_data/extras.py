"""The team's own columns: what other systems know, as of the start of each quarter."""

import numpy as np
import pyarrow as pa

from sample_data.arrow import Tables, blank, ids, named, times
from sample_data.creators import Creators
from sample_data.harm import CreatorHarm, Scheme
from sample_data.merchants import Merchants
from sample_data.plan import DAY, MONTHS, Plan

QUARTER = 91 * DAY
LEVELS = ["basic", "verified", "enhanced"]


def write_extras(plan: Plan, tables: Tables, m: Merchants, c: Creators) -> None:
    """Write response time, advertising, verification level and audience quality."""
    rng = plan.rng("extra features")
    for quarter in range(4):
        known = plan.start + (quarter + 1) * QUARTER - 12 * DAY
        _merchants(rng, tables, m, known, min(3 * quarter + 2, MONTHS - 1))
    _creators(plan, rng, tables, c)


def _merchants(
    rng: np.random.Generator, tables: Tables, m: Merchants, known: int, month: int
) -> None:
    rows = np.flatnonzero((m.registered < known - DAY) & (m.closed > known))
    hours = np.exp(1.1 + 0.3 * m.quality[rows, month] + rng.normal(0, 0.6, len(rows)))
    spend = np.exp(rng.normal(2.5, 1.2, len(rows))) * (m.volume[rows] / 80) ** 0.6
    false = m.has(Scheme.FALSE_LICENCE)[rows]
    age = (known - m.registered[rows]) / (400 * DAY)
    level = np.clip(rng.poisson(np.where(false, 0.25, 0.5 + np.minimum(age, 1.2))), 0, 2)
    tables.write(
        "extra_features",
        {
            "entity_type": named(["merchant"], np.zeros(len(rows), dtype=np.int64)),
            "entity_id": ids("m", rows),
            "known_at": times(np.full(len(rows), known)),
            "chat_response_hours": blank(pa.array(np.round(hours, 2)), rng.random(len(rows)) < 0.1),
            "ad_spend_30d": pa.array(np.round(spend, 2)),
            "verification_level": named(LEVELS, level),
            "audience_quality": pa.nulls(len(rows), pa.float64()),
        },
    )


def _creators(plan: Plan, rng: np.random.Generator, tables: Tables, c: Creators) -> None:
    known = plan.stop - 20 * DAY
    rows = np.flatnonzero(c.joined < known - DAY)
    bots = c.has(CreatorHarm.BOTS)[rows]
    audience = np.clip(rng.beta(6, 2, len(rows)) - 0.22 * bots, 0.02, 1)
    level = np.clip(rng.poisson(np.full(len(rows), 0.9)), 0, 2)
    tables.write(
        "extra_features",
        {
            "entity_type": named(["creator"], np.zeros(len(rows), dtype=np.int64)),
            "entity_id": ids("c", rows),
            "known_at": times(np.full(len(rows), known)),
            "chat_response_hours": pa.nulls(len(rows), pa.float64()),
            "ad_spend_30d": pa.nulls(len(rows), pa.float64()),
            "verification_level": named(LEVELS, level),
            "audience_quality": blank(pa.array(np.round(audience, 3)), rng.random(len(rows)) < 0.2),
        },
    )
