"""Nodes as a file gives them: ids, numeric features, labels, and which labels are held out."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import InputError
from analytics.signals.graph.files import Columns, is_number, is_text, read_columns
from analytics.signals.graph.sealed import SealedLabels

NODE_ID = "node_id"
TRAIN, VALID, TEST = "train", "valid", "test"
SPLITS = (TRAIN, VALID, TEST)


@dataclass(frozen=True)
class Nodes:
    """Nodes in the order of their file.

    Attributes:
        features: Numeric features by node id; missing values are NaN.
        label: 0 or 1 by node id; NaN where there is none and, always, where the split is test.
        split: train, valid or test by node id; missing where the file says none.
        sealed: The labels of the test nodes, which can only be measured against.
        notes: What was left out of the file, in words.
    """

    features: pd.DataFrame
    label: pd.Series
    split: pd.Series
    sealed: SealedLabels
    notes: tuple[str, ...]

    @property
    def ids(self) -> pd.Index:
        """Ids of the nodes, as text."""
        return self.features.index

    def is_in(self, part: str) -> NDArray[np.bool_]:
        """Return which nodes stand in a part and have a visible label."""
        found: NDArray[np.bool_] = ((self.split == part) & self.label.notna()).to_numpy()
        return found


def read_nodes(
    path: Path, *, label: str, split: str | None = None, ignore: Collection[str] = ()
) -> Nodes:
    """Read nodes from CSV or parquet: `node_id`, a label column, perhaps a split, and features.

    Every other numeric column is a feature. Columns of text, dates or lists, and empty ones, are
    left out and noted.

    Args:
        path: The file.
        label: Column of labels: 0, 1 or empty.
        split: Column of train, valid, test or empty.
        ignore: Columns that are no features.

    Raises:
        InputError: A column is missing, an id is empty or comes twice, a label or split is none
            of its values, or a number cannot be read.
    """
    needed = list(dict.fromkeys([NODE_ID, label, *([split] if split else []), *ignore]))
    given = read_columns(path, "nodes", needed, None)
    if not len(given.rows):
        raise InputError(f"{given.file} has no rows.", hint="Give it one row per node.")
    ids = pd.Index(_ids(given), name=NODE_ID)
    labels = pd.Series(_labels(given, label), index=ids, name=label)
    parts = pd.Series(_splits(given, split), index=ids)
    is_test = parts == TEST
    names = [n for n in given.table.column_names if n not in needed]
    features, left_out = _features(given, names)
    return Nodes(
        features=features.set_index(ids),
        label=labels.mask(is_test),
        split=parts,
        sealed=SealedLabels(labels[is_test]),
        notes=(*given.notes, *_left_out(given.file, left_out)),
    )


def _ids(given: Columns) -> pd.Series:
    ids = given.ids(NODE_ID)
    if ids.isna().any():
        at = int(np.argmax(ids.isna()))
        raise given.refuse(at, NODE_ID, "so the node has no name", "Give every node an id.")
    if ids.duplicated().any():
        at = int(np.argmax(ids.duplicated()))
        first = int(given.rows[int(np.argmax(ids == ids[at]))])
        problem = f"which row {first:,} has too"
        raise given.refuse(at, NODE_ID, problem, "Keep one row per node.")
    return ids


def _labels(given: Columns, column: str) -> NDArray[np.float64]:
    kind = given.table.schema.field(column).type
    if not is_number(kind) and not is_text(kind):
        raise InputError(
            f"{given.file}, column {column}: {kind} is no label.",
            hint="Write 1 for what is looked for, 0 for what is not, nothing where unknown.",
        )
    numbers, wrong = given.numbers(column)
    wrong = wrong | (numbers.notna() & ~numbers.isin([0.0, 1.0]))
    if wrong.any():
        raise given.refuse(
            int(np.argmax(wrong)),
            column,
            "neither 0 nor 1",
            "Write 1 for what is looked for, 0 for what is not, nothing where unknown.",
        )
    return numbers.to_numpy()


def _splits(given: Columns, column: str | None) -> Any:
    if column is None:
        return np.full(len(given.rows), None, dtype=object)
    parts = given.ids(column).str.strip()
    wrong = parts.notna() & ~parts.isin(SPLITS)
    if wrong.any():
        raise given.refuse(
            int(np.argmax(wrong)),
            column,
            "none of train, valid and test",
            "Name one of them, or leave it empty for a node that is neither learned nor measured.",
        )
    return parts.to_numpy(dtype=object)


def _features(given: Columns, names: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return the numeric columns, and the names of all others."""
    features: dict[str, pd.Series] = {}
    left_out = []
    for name in names:
        kind = given.table.schema.field(name).type
        is_csv = given.file.lower().endswith((".csv", ".csv.gz"))
        numbers = None
        if is_number(kind) or (is_csv and is_text(kind)):
            numbers = _feature(given, name)
        if numbers is None:
            left_out.append(name)
        else:
            features[name] = numbers
    return pd.DataFrame(features, index=pd.RangeIndex(len(given.rows))), left_out


def _feature(given: Columns, name: str) -> pd.Series | None:
    numbers, wrong = given.numbers(name)
    if np.isinf(numbers).any():
        at = int(np.argmax(np.isinf(numbers)))
        raise given.refuse(at, name, "which is infinite", "Leave it empty where it is not known.")
    if wrong.sum() > numbers.notna().sum():
        return None  # text, with perhaps a number here and there
    if wrong.any():
        raise given.refuse(
            int(np.argmax(wrong)),
            name,
            "not a number as in most rows",
            "Write a number with a decimal point, or leave it empty where it is not known.",
        )
    return numbers if numbers.notna().any() else None


def _left_out(file: str, names: list[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
    return [f"{file}: no features, as they hold no numbers: {shown}."]
