"""Rings in the tiny home, from ties made up here: who is in which can be worked out by hand.

    m1 ═ device ═ m4 ═ licence ═ p5      m1 ═ phone ═ m2       a buyer on the device, too
    c1 ═ account ═ m3                     p2 ═ licence ═ p3

So the rings are {m1, m2, m4, p5} with the buyer b1, {c1, m3} and {p2, p3}. m1 was confirmed and m2
cleared by past decisions.
"""

from datetime import datetime

import pandas as pd

from analytics.signals.catalog import FEATURE_VERSION
from analytics.signals.communities.edges import EDGE_COLUMNS, EntityGraph
from analytics.signals.communities.finder import RingFinder
from analytics.signals.communities.found import FoundRings
from analytics.signals.communities.ring_tables import ring_tables
from tests.support.tiny_home import APRIL, BANK, DEVICE, TinyHome, table

PHONE, PAPER, PERMIT = "a" * 64, "c" * 64, "e" * 64
_TIES = (
    ("merchant m1", "merchant m4", "device", DEVICE, 0.9, "2025-06-01"),
    ("buyer b1", "merchant m1", "device", DEVICE, 0.5, "2026-03-15"),
    ("merchant m4", "product p5", "licence", PAPER, 0.6, "2026-01-02"),
    ("merchant m1", "merchant m2", "phone", PHONE, 0.6, "2026-03-20"),
    ("creator c1", "merchant m3", "bank_account", BANK, 0.9, "2026-03-11"),
    ("product p2", "product p3", "licence", PERMIT, 0.6, "2025-10-01"),
)


def found_rings() -> FoundRings:
    """Return the rings of these ties."""
    rows = [
        (*src.split(), *dst.split(), kind, value, 2, 1.0, weight, since, None)
        for src, dst, kind, value, weight, since in _TIES
    ]
    edges = pd.DataFrame(rows, columns=list(EDGE_COLUMNS))
    edges = edges.astype({"first_seen": "datetime64[us]", "last_seen": "datetime64[us]"})
    common = pd.DataFrame({"kind": ["address"], "value_hash": ["f" * 64], "sharers": [187]})
    finder = RingFinder().fit(edges)
    decisions = table(
        "entity_type entity_id policy outcome decided_at",
        ("merchant", "m1", "M2", "violation", datetime(2025, 12, 1)),
        ("merchant", "m2", "M4", "no_violation", datetime(2026, 1, 15)),
    )
    return FoundRings(
        EntityGraph(edges, common, {}, APRIL),
        finder.members_,
        finder.edges_,
        decisions,
        pd.Series({"p2": "m1", "p3": "m2", "p5": "m4"}),
    )


def write_rings(tiny: TinyHome) -> dict[str, str]:
    """Store the rings with the April snapshot; return the ring of each member by id."""
    tables = ring_tables(found_rings())
    snapshot = tiny.home.snapshot(tiny.april)
    for name, frame in tables.items():
        path = snapshot.signal_path(f"rings_{name}", FEATURE_VERSION)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)
    members = tables["members"]
    return dict(zip(members["entity_id"], members["ring"], strict=True))
