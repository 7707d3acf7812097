"""Files of decisions that were taken elsewhere, checked row by row before any is stored.

A wrong value takes its whole row away: half of a decision is none.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow
import pyarrow.parquet as pq

from analytics.columns import (
    ENTITY_ID,
    ENTITY_TYPE,
    ENTITY_TYPES,
    REJECT_COLUMN,
    REJECT_REASON,
    REJECT_VALUE,
    ROW_NUMBER,
    EntityType,
)
from analytics.errors import InputError, NotFoundError
from analytics.policies import Taxonomy
from analytics.reports.cells import uncell
from analytics.snapshots.contract import OUTCOMES, TEXT
from analytics.snapshots.files import ENDINGS, open_file
from analytics.snapshots.raw import RawBatch, RawTable
from analytics.snapshots.rejects import REJECT_FILE, RejectLog
from analytics.snapshots.schema import choice, table, text, time
from analytics.snapshots.staging import check_columns, known_columns, with_marks
from analytics.snapshots.validation import IS_GOOD, Validator, staged_schema

Known = Callable[[EntityType, Collection[str]], Collection[str]]

NOTE_LENGTH: Final = 2_000
_FILLED: Final = pa.Check(lambda s: s.str.strip() != "", error="is blank")

LABELS_FILE: Final = table(
    "labels",
    "one decision taken elsewhere",
    {
        "entity_type": choice("Kind of entity", ENTITY_TYPES, required=True),
        "entity_id": text("Its id", required=True, checks=[_FILLED]),
        "outcome": choice("What was decided", OUTCOMES, required=True),
        "policy": text("Code of the violation taxonomy; required for a violation", length=64),
        "reviewer": text("Who decided", required=True, checks=[_FILLED]),
        "decided_at": time("When, in UTC unless it has an offset", required=True),
        "note": text("Why, in the reviewer's words", length=NOTE_LENGTH),
    },
    key=(),
    dated_by="decided_at",
    sort=(),
    keeps_part=False,
)
_NOTHING: Final = with_marks(staged_schema(LABELS_FILE)).empty_table()
REJECTED: Final = (REJECT_FILE, ROW_NUMBER, REJECT_COLUMN, REJECT_VALUE, REJECT_REASON)


@dataclass(frozen=True)
class LabelsFile:
    """What a file of labels holds.

    Attributes:
        name: Name of the file.
        read: Rows in it, good and bad.
        rows: Good rows: the columns of `LABELS_FILE` and row_number, in the file's order.
        rejects: One row per wrong value (`REJECTED`): the number of its row (1 is the first after
            the header), column, value, reason; in the file's order.
        notes: What the user should know about how the file was read.
    """

    name: str
    read: int
    rows: pd.DataFrame
    rejects: pd.DataFrame
    notes: tuple[str, ...]


def read_labels(
    path: Path, taxonomy: Taxonomy, now: datetime, known: Known | None = None
) -> LabelsFile:
    """Read a CSV or parquet file of labels and check every row.

    Args:
        path: The file; its columns are those of `LABELS_FILE`, others are not used.
        taxonomy: Policies that a row may name.
        now: Decisions dated later are rejected; naive UTC.
        known: Which of some ids of an entity type exist; None lets any id pass.

    Raises:
        NotFoundError: There is no such file.
        InputError: It cannot be read, or lacks a required column.
    """
    source = _open(path)
    check_columns(LABELS_FILE, source)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        log = RejectLog(LABELS_FILE.name, Path(folder) / "rejects.parquet")
        given = known_columns(LABELS_FILE, source)
        validator = Validator(LABELS_FILE, given, log, source.file, now, ahead=timedelta(0))
        batches = [validator.check(con, batch) for batch in _batches(source, given, log)]
        rows = pyarrow.concat_tables([_NOTHING, *batches]).to_pandas()
        rows = _good(rows, taxonomy, known, log, source.file)
        log.close()
        rejects = pq.read_table(log.path).to_pandas() if log.reasons else pd.DataFrame()
        return LabelsFile(
            source.file,
            validator.read + log.ragged,
            rows,
            _in_order(rejects),
            tuple(source.notes()),
        )


def _open(path: Path) -> RawTable:
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.", hint="Name a CSV or parquet file.")
    if not path.name.lower().endswith(ENDINGS):
        raise InputError(
            f"{path.name} is neither CSV nor parquet.",
            hint=f"Its name must end in {', '.join(ENDINGS)}.",
        )
    return open_file(path, LABELS_FILE.name)


def _batches(source: RawTable, given: list[str], log: RejectLog) -> Iterator[RawBatch]:
    """Yield the file's rows; from CSV without the apostrophes that make an export safe."""
    for batch in source.read(given, log.add_row):
        yield batch if source.types else replace(batch, table=_unquoted(batch.table))


def _unquoted(rows: pyarrow.Table) -> pyarrow.Table:
    columns = [
        pyarrow.array(
            [None if value is None else uncell(value) for value in column.to_pylist()], TEXT
        )
        for column in rows.columns
    ]
    return pyarrow.table(columns, names=rows.column_names)


def _good(
    rows: pd.DataFrame, taxonomy: Taxonomy, known: Known | None, log: RejectLog, file: str
) -> pd.DataFrame:
    """Return the good rows, after the checks that need to know policies and entities."""
    found = [*_wrong_policies(rows, taxonomy)]
    if known is not None:
        found += _strangers(rows, known)
    is_good = rows[IS_GOOD].to_numpy(dtype=bool)
    for column, wrong, reason in found:
        numbers = rows.loc[wrong, ROW_NUMBER].tolist()
        values = [None if pd.isna(v) else v for v in rows.loc[wrong, column]]
        log.add(file, numbers, column, values, reason, "row")
        is_good = is_good & ~wrong
    return rows[is_good].drop(columns=IS_GOOD).reset_index(drop=True)


Wrong = tuple[str, np.ndarray, str]


def _wrong_policies(rows: pd.DataFrame, taxonomy: Taxonomy) -> Iterator[Wrong]:
    entity_of = {policy.code: policy.entity for policy in taxonomy.policies}
    policy = rows["policy"]
    entity = policy.map(entity_of)
    named = policy.notna()
    # Of a row that is bad already, a policy may be missing because it was wrong.
    missing = (rows["outcome"] == "violation") & ~named & rows[IS_GOOD]
    unknown = named & entity.isna()
    unfit = named & entity.notna() & (entity != rows[ENTITY_TYPE])
    yield "policy", missing.to_numpy(dtype=bool), "is missing, and a violation needs one"
    reason = f"is no policy of taxonomy {taxonomy.version}"
    yield "policy", unknown.to_numpy(dtype=bool), reason
    for other in ENTITY_TYPES:
        wrong = (unfit & (rows[ENTITY_TYPE] == other)).to_numpy(dtype=bool)
        yield "policy", wrong, f"is not a policy for {other}s"


def _strangers(rows: pd.DataFrame, known: Known) -> Iterator[Wrong]:
    for entity in ENTITY_TYPES:
        mine = (rows[ENTITY_TYPE] == entity).to_numpy(dtype=bool)
        ids = set(rows.loc[mine, ENTITY_ID].dropna())
        strange = ids - set(known(entity, ids)) if ids else set()
        wrong = mine & rows[ENTITY_ID].isin(strange).to_numpy(dtype=bool)
        yield ENTITY_ID, wrong, f"is no {entity} of the live dataset"


def _in_order(rejects: pd.DataFrame) -> pd.DataFrame:
    if rejects.empty:
        return pd.DataFrame(columns=list(REJECTED))
    ordered = rejects.sort_values([ROW_NUMBER, REJECT_COLUMN, REJECT_REASON], kind="stable")
    return ordered[list(REJECTED)].reset_index(drop=True)
