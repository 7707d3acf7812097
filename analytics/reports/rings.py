"""Rings with their members, a row each."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pandas as pd

from analytics.reports.cells import plain_rows, write_csv

_OF_RING: Final = (
    "ring",
    "size",
    "expected_harm",
    "harm_unit",
    "mean_risk",
    "confirmed",
    "held_by",
    "oldest_tie",
)
_OF_MEMBER: Final = (
    "entity_type",
    "entity_id",
    "name",
    "violation_probability",
    "expected_harm",
    "tie",
    "hidden_tie",
    "joined_at",
    "confirmed",
)
RING_COLUMNS: Final = (
    "place",
    *(f"ring_{name}" if name != "ring" else name for name in _OF_RING),
    *_OF_MEMBER,
)
DECIMALS: Final = {
    "expected_harm": 4, "mean_risk": 6, "violation_probability": 6, "tie": 4, "hidden_tie": 4,
}  # fmt: skip


def export_rings(
    rings: pd.DataFrame, members: Iterable[pd.DataFrame], path: Path, *, bom: bool = False
) -> int:
    """Write rings in their order, one row a member (see docs/reports.md).

    Args:
        rings: As of `RingDesk.ranked`.
        members: Of each of them, in the same order, as of `RingDesk.members`.
        path: File to write; it appears when it is complete.
        bom: Whether to begin with a byte order mark.

    Returns:
        Number of rows written.

    Raises:
        InputError: The file cannot be written.
    """
    told = rings.assign(held_by=rings["kinds"].map(", ".join))
    return write_csv(path, RING_COLUMNS, _rows(told, members), bom=bom)


def _rows(rings: pd.DataFrame, members: Iterable[pd.DataFrame]) -> Iterator[tuple[Any, ...]]:
    of_rings = plain_rows(rings, _OF_RING, DECIMALS)
    for place, (ring, frame) in enumerate(zip(of_rings, members, strict=True), 1):
        for member in plain_rows(frame, _OF_MEMBER, DECIMALS):
            yield (place, *ring, *member)
