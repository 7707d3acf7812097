"""What the build stores of content for the pages."""

from collections.abc import Mapping
from typing import Final

import pandas as pd
import pyarrow as pa

from analytics.columns import ENTITY_TYPE, ENTITY_TYPES
from analytics.features.as_of import AsOf
from analytics.signals.content.documents import scores_now
from analytics.signals.content.listings import is_told, listing_rows, listings
from analytics.signals.content.pictures import picture_hashes
from analytics.signals.content.representation import SIZE, ProductRepresentation

COPIES, PRODUCTS, MODELS = "copies", "products", "models"
MODEL_TYPES: Final = {
    ENTITY_TYPE: "str",
    "policy": "str",
    "violations": "int64",
    "others": "int64",
    "average_precision": "float64",
    "prevalence": "float64",
    "is_on": "bool",
    "note": "str",
}


def tables(view: AsOf) -> Mapping[str, pd.DataFrame]:
    """Return copies, products with their vectors, and what the text models were made of."""
    made = {MODELS: _models(view)}
    if is_told(view):
        matches = listings(view).matches.sort_values(["product_id", "similarity", "other"])
        made |= {COPIES: matches, PRODUCTS: _products(view)}
    return made


def _products(view: AsOf) -> pd.DataFrame:
    rows = listing_rows(view).assign(hash=picture_hashes(view)).sort_index()
    vectors = ProductRepresentation().fit(rows).transform(rows)
    flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), SIZE)
    return pd.DataFrame(
        {"product_id": rows.index, "vector": pd.Series(flat, dtype=pd.ArrowDtype(flat.type))}
    )


def _models(view: AsOf) -> pd.DataFrame:
    found = [(entity, scores_now(view, entity)) for entity in ENTITY_TYPES]
    reports = [each.report.assign(**{ENTITY_TYPE: entity}) for entity, each in found if each]
    empty = pd.DataFrame(columns=list(MODEL_TYPES))
    return pd.concat(reports or [empty])[list(MODEL_TYPES)].astype(MODEL_TYPES)
