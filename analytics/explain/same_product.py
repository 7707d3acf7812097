"""Same product elsewhere: who sells it, since when, at what price."""

from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analytics.errors import NotFoundError
from analytics.signals.catalog import FEATURE_VERSION
from analytics.warehouse import Warehouse

LEAST_LIKENESS: Final = 0.8
_NEAREST: Final = 200  # of which those of other merchants are shown
_COPIES: Final = """
SELECT other AS product_id, string_agg(DISTINCT field, ' and ' ORDER BY field DESC) AS same
FROM read_parquet($path) WHERE product_id = $id GROUP BY other
"""
_ROWS: Final = """
SELECT product_id, merchant_id, title, description, category, price::DOUBLE AS price,
       known_at AS since
FROM products WHERE list_contains($ids::VARCHAR[], product_id)
"""
COLUMNS: Final = (
    "product_id", "merchant_id", "title", "description", "category", "price", "since", "same",
    "likeness",
)  # fmt: skip


def same_elsewhere(
    warehouse: Warehouse, snapshot_id: str, product_id: str, limit: int = 10
) -> pd.DataFrame:
    """Return listings of other merchants that may be the same product, likeliest first.

    Returns:
        product_id, merchant_id, title, description, category, price, since (listed), same (which
        texts are nearly the same, empty where only the whole is alike), likeness (cosine of the
        products' representations).

    Raises:
        NotFoundError: The snapshot stores no products to compare: its moment lies before the
            export, or it was built by another version.
    """
    copies = warehouse.reader.query(
        _COPIES, path=_path(warehouse, snapshot_id, "copies"), id=product_id
    )
    near = _likeness(_path(warehouse, snapshot_id, "products"), product_id)
    nearest = near.nlargest(_NEAREST).index
    ids = [product_id, *dict.fromkeys([*copies["product_id"], *nearest])]
    rows = warehouse.reader.on_tables(snapshot_id, _ROWS, ids=ids).set_index("product_id")
    rows["same"] = copies.set_index("product_id")["same"].reindex(rows.index).fillna("")
    rows["likeness"] = near.reindex(rows.index)
    others = rows[rows["merchant_id"] != rows["merchant_id"].get(product_id)]
    ranked = others.reset_index().assign(is_same=others["same"].ne("").to_numpy())
    ranked = ranked[ranked["is_same"] | (ranked["likeness"] >= LEAST_LIKENESS)]
    ranked = ranked.sort_values(
        ["is_same", "likeness", "product_id"], ascending=[False, False, True]
    )
    return ranked[list(COLUMNS)].head(limit).reset_index(drop=True)


def _likeness(path: str, product_id: str) -> pd.Series:
    """Return the cosine of every product with one of them; nothing where it is not among them."""
    ids, vectors = _vectors(path)
    if product_id not in ids:
        return pd.Series(dtype=float)
    own = vectors[ids.get_loc(product_id)]
    return pd.Series((vectors @ own).astype(float), index=ids)


@lru_cache(maxsize=2)
def _vectors(path: str) -> tuple[pd.Index, NDArray[np.float32]]:
    """Return ids and vectors of all products; a snapshot's file never changes."""
    table = pq.read_table(path)
    flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return pd.Index(table["product_id"].to_pylist()), flat.reshape(table.num_rows, -1)


def _path(warehouse: Warehouse, snapshot_id: str, table: str) -> str:
    path = warehouse.reader.snapshot(snapshot_id).signal_path(f"content_{table}", FEATURE_VERSION)
    if not path.is_file():
        raise NotFoundError(
            f"The snapshot {snapshot_id} stores no products to compare.",
            hint="Titles are known from the export on; a snapshot of then that was built by "
            "another version needs `portreeve build` again.",
        )
    return str(path)
