"""The truth and the look-alikes, written where no feature can read them."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
import pyarrow as pa

from sample_data.arrow import ids, named, times
from sample_data.creators import Creators
from sample_data.harm import CREATOR_POLICY, MERCHANT_POLICY, PRODUCT_POLICY, LookAlike
from sample_data.merchants import Merchants
from sample_data.plan import NONE
from sample_data.products import Products

TRUTH_SCHEMA = pa.schema(
    [
        ("entity_type", pa.string()),
        ("entity_id", pa.string()),
        ("policy", pa.string()),
        ("group", pa.string()),
        ("since", pa.timestamp("us")),
    ]
)
LOOK_ALIKE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("entity_type", "entity_id", "kind", "group")]
)


def truth_table(m: Merchants, p: Products, c: Creators) -> pa.Table:
    """Who harms, by which policy, together with whom, since when."""
    return pa.concat_tables(
        [
            _truth("merchant", m.scheme, MERCHANT_POLICY, m.group, m.since),
            _truth("product", p.harm, PRODUCT_POLICY, _merchant_group(m)[p.merchant], p.since),
            _truth("creator", c.harm, CREATOR_POLICY, c.group, c.since),
        ]
    )


def _truth(
    entity: str,
    code: np.ndarray,
    policies: Mapping[IntEnum, str],
    group: np.ndarray,
    since: np.ndarray,
) -> pa.Table:
    rows = np.flatnonzero(code > 0)
    names = [""] + [policies[key] for key in sorted(policies)]
    columns = [
        named([entity], np.zeros(len(rows), dtype=np.int64)),
        ids(entity[0], rows),
        named(names, code[rows]),
        ids("g", group[rows]),
        times(since[rows]),
    ]
    return pa.table(columns, schema=TRUTH_SCHEMA)


def _merchant_group(m: Merchants) -> np.ndarray:
    """Group of each merchant; one of its own, far from the others, where it has none."""
    return np.where(m.group == NONE, np.arange(len(m)) + 50_000_000, m.group)


def look_alike_table(m: Merchants, p: Products, c: Creators) -> pa.Table:
    """Who only looks harmful, how, and together with whom."""
    warehouse = m.look_alike == LookAlike.SHARED_WAREHOUSE
    group = np.where(warehouse, m.warehouse + 80_000_000, m.group)
    return pa.concat_tables(
        [
            _look_alikes("merchant", m.look_alike, group),
            _look_alikes("product", p.look_alike, _merchant_group(m)[p.merchant]),
            _look_alikes("creator", c.look_alike, c.group),
        ]
    )


def _look_alikes(entity: str, code: np.ndarray, group: np.ndarray) -> pa.Table:
    rows = np.flatnonzero(code > 0)
    names = [kind.name.lower() for kind in LookAlike]
    columns = [
        named([entity], np.zeros(len(rows), dtype=np.int64)),
        ids(entity[0], rows),
        named(names, code[rows]),
        ids("g", group[rows]),
    ]
    return pa.table(columns, schema=LOOK_ALIKE_SCHEMA)
