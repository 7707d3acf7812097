"""Pairs of products that may be the same: two tables of records, and rows into them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import InputError

Rows = NDArray[np.int64]

LEFT, RIGHT = "left_", "right_"
_NUMERIC_SHARE = 0.9


@dataclass(frozen=True)
class Attributes:
    """What the two tables have in common.

    `title` is the text that names a product, `others` further texts (brand, manufacturer,
    description), `numbers` numeric columns (price).
    """

    title: str
    others: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Candidates:
    """Pairs: row k says that `left.iloc[left_row[k]]` may be `right.iloc[right_row[k]]`."""

    left: pd.DataFrame
    right: pd.DataFrame
    left_row: Rows
    right_row: Rows

    def __len__(self) -> int:
        return len(self.left_row)

    def at(self, rows: Rows) -> "Candidates":
        """Return some of the pairs, over the same records."""
        return Candidates(self.left, self.right, self.left_row[rows], self.right_row[rows])


def from_pairs(pairs: pd.DataFrame) -> Candidates:
    """Read pairs that carry both products in `left_*` and `right_*` columns.

    Rows with equal values are one record: nothing else says who is who.

    Raises:
        InputError: No column occurs on both sides, or there is no row.
    """
    names = [c.removeprefix(LEFT) for c in pairs.columns if c.startswith(LEFT)]
    names = [name for name in names if RIGHT + name in pairs.columns]
    if not names:
        raise InputError(
            f"No column is there for both products of a pair: {', '.join(pairs.columns)}.",
            hint="Name them left_title and right_title, left_price and right_price, …",
        )
    if pairs.empty:
        raise InputError("There is no pair.")
    sides = [_distinct(pairs[[side + n for n in names]], names) for side in (LEFT, RIGHT)]
    return Candidates(sides[0][0], sides[1][0], sides[0][1], sides[1][1])


def attributes_of(candidates: Candidates, title: str | None = None) -> Attributes:
    """Tell texts from numbers, and which text names the product.

    That is the column `title` or `name`, else the text that is longest on average.

    Raises:
        InputError: The tables have no text in common, or not the one named.
    """
    common = [c for c in candidates.left.columns if c in candidates.right.columns]
    if title is not None and title not in common:
        raise InputError(f"The two tables have no column {title!r} in common.")
    both = pd.concat([candidates.left[common], candidates.right[common]])
    numbers = [c for c in common if c != title and _is_numeric(both[c])]
    lengths = {c: as_text(both[c]).str.len().mean() for c in common if c not in numbers}
    lengths = {c: length for c, length in lengths.items() if length > 0}
    if not lengths:
        raise InputError("The two tables have no text in common by which to compare products.")
    named = [c for c in (title, "title", "name") if c in lengths]
    first = named[0] if named else max(lengths, key=lambda c: lengths[c])
    return Attributes(first, tuple(c for c in lengths if c != first), tuple(numbers))


def as_text(values: pd.Series) -> pd.Series:
    """Return values as texts, empty where there is none."""
    return values.astype(object).where(values.notna(), "").astype(str)


def as_number(values: pd.Series) -> NDArray[np.float64]:
    """Return values as numbers; not a number where there is none, or one that is not above 0."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64)
    return np.where(np.isfinite(numbers) & (numbers > 0), numbers, np.nan)


def _is_numeric(values: pd.Series) -> bool:
    filled = as_text(values).str.strip()
    filled = filled[filled != ""]
    if filled.empty:
        return False
    return bool(pd.to_numeric(filled, errors="coerce").notna().mean() >= _NUMERIC_SHARE)


def _distinct(side: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, Rows]:
    records = side.set_axis(list(names), axis=1)
    keys = pd.MultiIndex.from_frame(records.apply(as_text))
    codes, _ = pd.factorize(keys)
    first = pd.Series(np.arange(len(codes))).groupby(codes).first().to_numpy()
    return records.iloc[first].reset_index(drop=True), codes.astype(np.int64)
