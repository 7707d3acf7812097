"""Features at a moment before the marketplace began: training looks back further than it is old."""

from datetime import datetime
from pathlib import Path

from analytics.engines import open_engine
from analytics.features.as_of import AsOf
from analytics.features.build import feature_frame
from tests.support.sources import MERCHANTS, ORDERS, PRODUCTS, ingest_files

FILES = {"merchants.csv": MERCHANTS, "products.csv": PRODUCTS, "orders.csv": ORDERS}


def test_before_the_first_merchant_there_are_no_rows(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, FILES).dataset
    engine = open_engine()
    sizes = []
    for moment in (datetime(2023, 1, 1), datetime(2024, 1, 3), datetime(2024, 3, 1)):
        with AsOf(engine, dataset, moment) as view:
            sizes.append(len(feature_frame(view, "merchant")))
    engine.close()
    assert sizes == [0, 1, 2]  # registered on 1 and 5 January 2024
