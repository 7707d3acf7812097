"""One engine compiles a step once, for the export as for the moments before it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from analytics.engines import Engine, open_engine
from analytics.features.as_of import AsOf
from analytics.snapshots.home import Dataset
from tests.support.sources import ingest_files

EXPORT = datetime(2024, 3, 1)  # the last order; prices have no date and are known from then
BEFORE = datetime(2024, 2, 1)
AFTER = datetime(2024, 3, 2)
FILES = {
    "merchants.csv": "merchant_id,registered_at\nm1,2024-01-01\n",
    "products.csv": "product_id,merchant_id,listed_at,price\np1,m1,2024-01-02,9.99\np2,m1,,5\n",
    "orders.csv": "order_id,line_no,merchant_id,product_id,placed_at,price\n"
    "o1,1,m1,p1,2024-01-05,9.99\no2,1,m1,p1,2024-03-01,9.99\n",
}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return ingest_files(tmp_path, FILES).dataset


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = open_engine()
    yield engine
    engine.close()


def prices(engine: Engine, dataset: Dataset, moment: datetime) -> dict[str, float | None]:
    with AsOf(engine, dataset, moment) as view:
        table = view.once("prices", lambda view: view.table("products"))
        rows = engine.frame(lambda: table.select("product_id", price=table.price.cast("float64")))
    known = rows["price"].astype(object).where(rows["price"].notna(), None)
    return dict(zip(rows["product_id"], known, strict=True))


ALL = {"p1": 9.99, "p2": 5.0}
KNOWN = {EXPORT: ALL, AFTER: ALL, BEFORE: {"p1": None}}


@pytest.mark.parametrize("moments", [(EXPORT, BEFORE, AFTER), (BEFORE, EXPORT), (AFTER, BEFORE)])
def test_the_sql_of_one_moment_serves_another(
    engine: Engine, dataset: Dataset, moments: tuple[datetime, ...]
) -> None:
    assert dataset.manifest.exported_at == EXPORT
    for moment in moments:
        assert prices(engine, dataset, moment) == KNOWN[moment]
