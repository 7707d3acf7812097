"""Everything planted that changes how a shop behaves, with its start and end, harmful or not."""

from typing import Final

import numpy as np
import pyarrow as pa

from sample_data.arrow import ids, named, times
from sample_data.bursts import Bursts, Kind
from sample_data.harm import Scheme
from sample_data.merchants import Merchants
from sample_data.plan import Plan

SCHEMA: Final = pa.schema(
    [
        ("entity_type", pa.string()),
        ("entity_id", pa.string()),
        ("kind", pa.string()),
        ("started_at", pa.timestamp("us")),
        ("ended_at", pa.timestamp("us")),
        ("lines", pa.float64()),
    ]
)


def changes_table(plan: Plan, m: Merchants, bursts: Bursts) -> pa.Table:
    """Windows of additional orders, schemes that begin, shops that close or are suspended.

    Shocks have a file of their own. `lines` is how many order lines a window was to bring, null
    where it brings none.
    """
    everyone = np.arange(len(m))
    begun = everyone[(m.scheme > 0) & (m.since >= plan.start) & (m.since < plan.stop)]
    closed = everyone[m.closed < plan.stop]
    away = everyone[m.suspended < plan.stop]
    back = np.minimum(m.reinstated[away], plan.stop)
    burst_kinds = [kind.name.lower() for kind in Kind]
    scheme_kinds = [scheme.name.lower() for scheme in Scheme]
    parts = [
        _part(bursts.merchant, burst_kinds, bursts.kind, bursts.start, bursts.stop, bursts.lines),
        _part(begun, scheme_kinds, m.scheme[begun], m.since[begun], 0 * begun + plan.stop),
        _part(closed, ["closed"], 0 * closed, m.closed[closed], 0 * closed + plan.stop),
        _part(away, ["suspended"], 0 * away, m.suspended[away], back),
    ]
    return pa.concat_tables(parts)


def _part(
    merchant: np.ndarray,
    kinds: list[str],
    kind: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
    lines: np.ndarray | None = None,
) -> pa.Table:
    columns = [
        named(["merchant"], np.zeros(len(merchant), dtype=np.int64)),
        ids("m", merchant),
        named(kinds, np.asarray(kind, dtype=np.int64)),
        times(start),
        times(stop),
        pa.nulls(len(merchant), pa.float64()) if lines is None else pa.array(lines, pa.float64()),
    ]
    return pa.table(columns, schema=SCHEMA)
