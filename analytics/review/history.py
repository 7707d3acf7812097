"""The decisions as frames."""

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd
import sqlalchemy as sa

from analytics.review.database import Database
from analytics.review.schema import decisions_table

TIMES: Final = ("decided_at", "judged_at", "as_of", "claimed_at", "viewed_at")
NUMBERS: Final = (
    "violation_probability",
    "quality_probability",
    "expected_harm",
    "inclusion_probability",
    "control_probability",
    "seconds",
)
_decisions = decisions_table.c


def decision_frames(
    database: Database,
    conditions: Sequence[sa.ColumnElement[bool]],
    *,
    batch: int,
    with_features: bool,
) -> Iterator[pd.DataFrame]:
    """Give the rows that meet the conditions in order of their ids, `batch` at a time."""
    columns = [column for column in _decisions if with_features or column.name != "features"]
    query = sa.select(*columns).where(*conditions).order_by(_decisions.id).limit(batch)
    last, rows = 0, batch
    is_first = True
    while rows == batch or is_first:
        with database.reading() as connection:
            found = connection.execute(query.where(_decisions.id > last)).all()
        rows = len(found)
        if rows or is_first:
            yield decision_frame(found, [column.name for column in columns])
        last, is_first = (found[-1].id if found else last), False


def decision_frame(rows: Sequence[sa.Row], columns: Sequence[str]) -> pd.DataFrame:
    """Return rows of the decisions as a frame whose types do not depend on what is missing."""
    frame = pd.DataFrame(rows, columns=list(columns))
    types = dict.fromkeys(TIMES, "datetime64[us]") | dict.fromkeys(NUMBERS, "float64")
    types |= {"id": "int64", "points": "int64"}
    types |= dict.fromkeys(("case_id", "corrects", "position", "batch_id"), "Int64")
    return frame.astype({name: kind for name, kind in types.items() if name in frame})
