import gzip
import shutil
import threading
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from analytics.errors import NotFoundError
from analytics.settings import Settings
from analytics.snapshots.home import Home
from analytics.snapshots.ingest import IngestResult, ingest
from analytics.snapshots.prune import prune
from analytics.snapshots.sources.olist import open_olist
from analytics.snapshots.sources.tables import open_tables
from analytics.snapshots.verify import verify_home
from tests.support.cut import cut_olist
from tests.support.sources import (
    MERCHANTS,
    NOW,
    ORDERS,
    PRODUCTS,
    ingest_files,
    ingest_source,
    read,
    rejects,
    rows,
    write_source,
)

FILES: dict[str, str | bytes] = {
    "merchants.csv": MERCHANTS,
    "products.csv": PRODUCTS,
    "orders.csv": ORDERS,
}
LATER = "o3,1,m1,p1,2024-03-01,5.00\n"


def content(result: IngestResult) -> dict[str, str]:
    return {name: table.file_hash for name, table in result.dataset.manifest.tables.items()}


def test_the_last_moment_known_is_the_default_as_of(tmp_path: Path) -> None:
    result = ingest_files(tmp_path, FILES)
    assert [snapshot.as_of for snapshot in result.snapshots] == [datetime(2024, 2, 2, 11)]
    assert result.snapshots[0].snapshot_id == f"20240202T110000-{result.dataset.dataset_id[:8]}"
    assert rows(result, "orders", "merchant_id, order_id, price") == [
        ("m1", "o1", Decimal("10.00")),
        ("m2", "o2", Decimal("20.50")),
    ]
    assert rows(result, "merchants", "merchant_id, known_at") == [
        ("m1", datetime(2024, 1, 1)),
        ("m2", datetime(2024, 1, 5)),
    ]


def test_same_input_and_as_of_give_same_hashes_in_any_home_and_packing(tmp_path: Path) -> None:
    packed = {f"{name}.gz": gzip.compress(str(text).encode()) for name, text in FILES.items()}
    one = ingest_files(tmp_path / "1", FILES)
    two = ingest_files(tmp_path / "2", packed, threads=1)
    assert content(one) == content(two)
    assert one.dataset.dataset_id == two.dataset.dataset_id
    assert one.snapshots[0].snapshot_id == two.snapshots[0].snapshot_id


def test_the_order_of_rows_and_columns_does_not_matter(tmp_path: Path) -> None:
    lines = ORDERS.splitlines()
    turned = [",".join(reversed(line.split(","))) for line in [lines[0], *reversed(lines[1:])]]
    one = ingest_files(tmp_path / "1", FILES)
    two = ingest_files(tmp_path / "2", {**FILES, "orders.csv": "\n".join(turned)})
    assert content(one) == content(two)


def test_ingesting_again_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    ingest_files(tmp_path / "1", FILES, home=home)
    before = {path: path.stat().st_mtime_ns for path in home.path.rglob("*") if path.is_file()}
    ingest_files(tmp_path / "2", FILES, home=home)
    after = {path: path.stat().st_mtime_ns for path in home.path.rglob("*") if path.is_file()}
    assert before == after


def test_datasets_share_the_files_that_did_not_change(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    ingest_files(tmp_path / "1", FILES, home=home)
    ingest_files(tmp_path / "2", {**FILES, "orders.csv": ORDERS + LATER}, home=home)
    assert len(home.datasets()) == 2
    assert len(list(home.files_dir.iterdir())) == 4


def test_several_moments_share_one_dataset_cut_at_the_latest(tmp_path: Path) -> None:
    moments = [datetime(2024, 2, 1, 12), datetime(2024, 1, 10)]
    result = ingest_files(tmp_path, FILES, *moments)
    assert [snapshot.as_of for snapshot in result.snapshots] == sorted(moments)
    assert rows(result, "orders", "order_id") == [("o1",)]
    manifest = result.dataset.manifest
    assert (manifest.known_until, manifest.exported_at) == (moments[0], datetime(2024, 2, 2, 11))
    assert manifest.tables["orders"].not_yet_known == 1


def test_an_entity_without_date_exists_from_its_first_dated_row(tmp_path: Path) -> None:
    files = {
        "merchants.csv": "merchant_id\nm1\nm2\nm3\n",
        "products.csv": "product_id,merchant_id\np1,m1\np2,m2\n",
        "orders.csv": ORDERS,
    }
    result = ingest_files(tmp_path, files)
    assert rows(result, "merchants", "merchant_id, known_at") == [
        ("m1", datetime(2024, 2, 1, 10)),
        ("m2", datetime(2024, 2, 2, 11)),
        ("m3", None),
    ]
    early = ingest_files(tmp_path / "early", files, datetime(2024, 2, 2))
    assert rows(early, "merchants", "merchant_id") == [("m1",)]
    assert rows(early, "products", "product_id") == [("p1",)]


def test_a_product_is_not_known_before_its_merchant(tmp_path: Path) -> None:
    products = "product_id,merchant_id,listed_at\np1,m2,2024-01-02\n"
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "products.csv": products})
    assert rows(result, "products", "product_id, known_at") == [("p1", datetime(2024, 1, 5))]
    assert rejects(result, "products") == []


def test_merchants_alone_with_own_columns_and_decisions(tmp_path: Path) -> None:
    files = {
        "merchants.csv": "merchant_id\nm1\nm2\n",
        "extra_features.csv": "entity_type,entity_id,calls\nmerchant,m1,3\nmerchant,m2,5\n",
        "past_decisions.csv": (
            "entity_type,entity_id,policy,outcome,decided_at\nmerchant,m1,M4,violation,2024-03-01\n"
        ),
    }
    result = ingest_files(tmp_path, files)
    assert rows(result, "merchants", "merchant_id, known_at") == [
        ("m1", datetime(2024, 3, 1)),
        ("m2", None),
    ]
    assert rows(result, "extra_features", "entity_id, calls") == [("m1", 3.0), ("m2", 5.0)]


def test_reviews_of_orders_without_lines_are_kept_and_counted(tmp_path: Path) -> None:
    reviews = "review_id,order_id,rating,created_at\nr1,o1,5,2024-02-05\nr2,o9,1,2024-02-06\n"
    result = ingest_files(tmp_path, {**FILES, "reviews.csv": reviews})
    assert rows(result, "reviews", "review_id, order_id") == [("r1", "o1"), ("r2", "o9")]
    assert result.dataset.manifest.tables["reviews"].notes == (
        "1 reviews name an order without lines; they are kept.",
    )


def test_a_home_can_be_moved(tmp_path: Path) -> None:
    result = ingest_files(tmp_path, FILES)
    shutil.move(tmp_path / "home", tmp_path / "elsewhere")
    home = Home(tmp_path / "elsewhere")
    assert verify_home(home) == []
    assert home.snapshot().snapshot_id == result.snapshots[0].snapshot_id
    assert home.dataset(result.dataset.dataset_id).path("orders").is_file()
    text = b"".join(path.read_bytes() for path in home.path.rglob("*.json"))
    assert str(tmp_path).encode() not in text


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with pytest.raises(NotFoundError, match=r"There is no snapshot in .* Run `portreeve ingest`"):
        home.snapshot()
    result = ingest_files(tmp_path, FILES)
    with pytest.raises(NotFoundError) as caught:
        home.snapshot("x")
    assert str(caught.value) == (
        f"There is no snapshot 'x' in {home.path}. There are: {result.snapshots[0].snapshot_id}."
    )


def test_two_ingests_at_once(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", FILES)
    home = Home(tmp_path / "home")
    results: list[IngestResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(ingest_source(open_tables(source), home)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({result.dataset.dataset_id for result in results}) == 1
    assert len(results) == 3
    assert verify_home(home) == []
    assert not list(home.path.rglob(".tmp-*"))


def test_verify_finds_what_is_damaged(tmp_path: Path) -> None:
    result = ingest_files(tmp_path, FILES)
    home, dataset = result.dataset.home, result.dataset
    assert verify_home(home, result.snapshots[0].snapshot_id) == []
    orders, products = dataset.path("orders"), dataset.path("products")
    orders.write_bytes(orders.read_bytes()[:-1])
    products.unlink()
    assert verify_home(home, "gone") == [
        f"dataset {dataset.dataset_id}, table orders: {orders.name} is damaged, "
        "its content has another hash.",
        f"dataset {dataset.dataset_id}, table products: {products.name} is gone.",
        "The live snapshot gone is gone.",
    ]


def test_prune_keeps_what_is_named_and_what_it_needs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    old = ingest_files(tmp_path / "1", FILES, home=home)
    new = ingest_files(tmp_path / "2", {**FILES, "orders.csv": ORDERS + LATER}, home=home)
    (home.path / ".tmp-left").mkdir()
    (home.models_dir / "merchant-0").mkdir(parents=True)
    keep = {new.snapshots[0].snapshot_id}
    plan = prune(home, (), keep, dry_run=True, stale_after_s=0)
    assert len(home.snapshots()) == 2
    done = prune(home, (), keep, stale_after_s=0)
    assert (plan.snapshots, plan.datasets, plan.files) == (
        done.snapshots,
        done.datasets,
        done.files,
    )
    assert done.snapshots == (old.snapshots[0].snapshot_id,)
    assert done.datasets == (old.dataset.dataset_id,)
    assert (done.models, done.files, done.temporary_folders) == (("merchant-0",), 1, 1)
    assert done.freed_bytes > 0
    assert [s.snapshot_id for s in home.snapshots()] == [new.snapshots[0].snapshot_id]
    assert verify_home(home) == []
    assert len(list(home.files_dir.iterdir())) == 3


def test_prune_keeps_datasets_that_decisions_refer_to(tmp_path: Path) -> None:
    result = ingest_files(tmp_path, FILES)
    home = result.dataset.home
    done = prune(home, [result.dataset.dataset_id], ())
    assert (len(done.snapshots), done.datasets, done.files) == (1, (), 0)
    assert verify_home(home) == []


def test_olist_rules_on_a_few_rows(tmp_path: Path) -> None:
    result = ingest_source(
        open_olist(write_source(tmp_path / "olist", OLIST)), Home(tmp_path / "h")
    )
    assert rows(result, "merchants", "merchant_id, country, region, known_at") == [
        ("s1", "BR", "SP", datetime(2018, 1, 1, 10)),
        ("s2", "BR", "RJ", datetime(2018, 1, 2)),
    ]
    assert rows(result, "products", "product_id, merchant_id, category") == [
        ("p1", "s1", "perfumery"),
        ("p2", "s2", "artes"),
    ]
    columns = "order_id, line_no, buyer_id, merchant_id, cancelled_at, cancelled_by, quantity"
    assert rows(result, "orders", columns) == [
        ("o1", 1, "person1", "s1", None, None, 1),
        ("o2", 1, "person1", "s1", datetime(2018, 1, 20), "seller", 1),
        ("o2", 2, "person1", "s2", datetime(2018, 1, 20), "seller", 1),
        ("o3", 1, "person2", "s2", datetime(2018, 1, 21), "unknown", 1),
    ]
    columns = "review_id, order_id, merchant_id, product_id, rating, created_at"
    assert sorted(rows(result, "reviews", columns)) == [
        ("r1", "o1", "s1", "p1", 5.0, datetime(2018, 1, 12, 9)),
        ("r1", "o2", None, None, 1.0, datetime(2018, 1, 12, 9)),
        ("r3", "o4", None, None, 2.0, datetime(2018, 1, 13)),
    ]
    assert rejects(result, "reviews") == [(4, "created_at", None, "is missing", "row")]
    manifest = result.dataset.manifest
    assert (manifest.currency, manifest.source) == ("BRL", "olist")
    assert manifest.notes == ("1 orders have no lines and are left out.",)
    assert manifest.tables["reviews"].notes == (
        "1 reviews name an order without lines; they are kept.",
    )


OLIST: dict[str, str | bytes] = {
    "olist_sellers_dataset.csv": "seller_id,seller_state\ns1,SP\ns2,RJ\n",
    "olist_products_dataset.csv": "product_id,product_category_name\np1,perfumaria\np2,artes\n",
    "olist_customers_dataset.csv": (
        "customer_id,customer_unique_id\nc1,person1\nc2,person1\nc3,person2\nc4,person2\n"
    ),
    "olist_orders_dataset.csv": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date\n"
        "o1,c1,delivered,2018-01-01 10:00:00,2018-01-02 00:00:00,2018-01-05 00:00:00,2018-01-19\n"
        "o2,c2,unavailable,2018-01-02,,,2018-01-20\n"
        "o3,c3,canceled,2018-01-03,,,2018-01-21\n"
        "o4,c4,created,2018-01-04,,,2018-01-22\n"
    ),
    "olist_order_items_dataset.csv": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o1,1,p1,s1,2018-01-04,10.00,1.00\n"
        "o2,1,p1,s1,2018-01-04,10.00,1.00\n"
        "o2,2,p2,s2,2018-01-04,20.00,1.00\n"
        "o3,1,p2,s2,2018-01-05,20.00,1.00\n"
    ),
    "olist_order_reviews_dataset.csv": (
        "review_id,order_id,review_score,review_comment_title,review_comment_message,"
        "review_answer_timestamp\n"
        "r1,o1,5,,bom,2018-01-12 09:00:00\n"
        'r1,o2,1,,"ruim\nmuito",2018-01-12 09:00:00\n'
        "r3,o4,2,,,2018-01-13\n"
        "r4,o1,2,,,\n"
    ),
    "product_category_name_translation.csv": (
        "\ufeffproduct_category_name,product_category_name_english\nperfumaria,perfumery\n"
    ),
    "olist_geolocation_dataset.csv": "x\n1\n",
}


AS_OF = datetime(2018, 6, 1)


@pytest.fixture(scope="module")
def olist(olist_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> IngestResult:
    home = Home(tmp_path_factory.mktemp("olist") / "home")
    return ingest(
        open_olist(olist_dir), home, as_ofs=[AS_OF], settings=Settings(threads=2), now=NOW
    )


@pytest.mark.olist
def test_olist_has_the_entities_known_then(olist: IngestResult) -> None:
    tables = olist.dataset.manifest.tables
    assert tables["merchants"].rows == 2_559
    assert tables["products"].rows == 26_895
    assert tables["orders"].read == 112_650
    assert olist.dataset.manifest.exported_at == datetime(2018, 10, 29, 12, 27, 35)


@pytest.mark.olist
def test_olist_quarantines_the_reviews_that_were_never_answered(olist: IngestResult) -> None:
    reviews = olist.dataset.manifest.tables["reviews"]
    assert (reviews.read, reviews.rejected_rows) == (99_224, 64)
    assert reviews.reasons == {"created_at is missing": 64}
    assert len(read(olist.dataset.rejects_path("reviews"))) == 64


@pytest.mark.olist
def test_olist_stores_nothing_known_later(olist: IngestResult) -> None:
    times = "greatest(placed_at, shipped_at, delivered_at, cancelled_at)"
    with duckdb.connect() as con:
        path = str(olist.dataset.path("orders"))
        query = f"SELECT max({times}) FROM read_parquet($1)"
        assert con.execute(query, [path]).fetchall()[0][0] <= AS_OF


@pytest.mark.olist
@pytest.mark.slow
def test_full_olist_files_give_what_files_cut_at_the_moment_give(
    olist: IngestResult, olist_dir: Path, tmp_path: Path
) -> None:
    cut_olist(olist_dir, tmp_path / "cut", AS_OF)
    source = open_olist(tmp_path / "cut")
    cut = ingest(source, Home(tmp_path / "home"), as_ofs=[AS_OF], settings=Settings(threads=2))
    assert content(cut) == content(olist)
    assert cut.dataset.dataset_id == olist.dataset.dataset_id
