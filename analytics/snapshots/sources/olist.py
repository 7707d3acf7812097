"""The published files of the Olist marketplace, read as they are.

What the files leave open is decided here, once:

- A review is known when it was answered. Its merchant and product are given only where its order
  has exactly one; otherwise it belongs to the order, which several merchants share.
- The status in the files is the last one, and a cancellation has no time. A `canceled` or
  `unavailable` order counts as cancelled at its estimated delivery date, which was known when it
  was placed; until then it is open. `unavailable` is the seller's doing. For `canceled` the files
  name no side, so it is `unknown` and no fault of the seller by itself; an undelivered line is
  judged by its dispatch date, and most of these buyers (74 %) left one or two stars anyway.
- Buyers are `customer_unique_id`, the person; `customer_id` is new with every order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow

from analytics.columns import ROW_NUMBER
from analytics.errors import InputError
from analytics.snapshots.files import find_files, open_file
from analytics.snapshots.raw import BadRowSink, RawBatch, RawTable
from analytics.snapshots.sql import count, quoted, run

BATCH_ROWS: Final = 131_072

# Columns used of each file. All texts; the contract types and checks them later.
FILES: Final[dict[str, tuple[str, ...]]] = {
    "olist_sellers_dataset": ("seller_id", "seller_state"),
    "olist_products_dataset": ("product_id", "product_category_name"),
    "olist_orders_dataset": (
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    "olist_order_items_dataset": (
        "order_id",
        "order_item_id",
        "product_id",
        "seller_id",
        "shipping_limit_date",
        "price",
        "freight_value",
    ),
    "olist_order_reviews_dataset": (
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_answer_timestamp",
    ),
    "olist_customers_dataset": ("customer_id", "customer_unique_id"),
    "product_category_name_translation": (
        "product_category_name",
        "product_category_name_english",
    ),
}
OPTIONAL: Final = frozenset(
    {
        "olist_order_reviews_dataset",
        "olist_customers_dataset",
        "product_category_name_translation",
    }
)
UNUSED: Final = frozenset({"olist_order_payments_dataset", "olist_geolocation_dataset"})
# Looked up by their key, of which the first row counts.
KEYS: Final = {
    "olist_orders_dataset": "order_id",
    "olist_customers_dataset": "customer_id",
    "product_category_name_translation": "product_category_name",
}

MERCHANTS: Final = """
    SELECT row_number, seller_id AS merchant_id, 'BR' AS country, seller_state AS region
    FROM olist_sellers_dataset ORDER BY row_number"""

# A product's merchant is the seller of its first line: the files list products without sellers.
PRODUCTS: Final = """
    WITH first_line AS (
        SELECT product_id, arg_min(seller_id, (order_purchase_timestamp, i.row_number)) AS seller_id
        FROM olist_order_items_dataset i JOIN olist_orders_dataset USING (order_id)
        GROUP BY product_id)
    SELECT p.row_number, p.product_id, f.seller_id AS merchant_id,
        coalesce(t.product_category_name_english, p.product_category_name) AS category
    FROM olist_products_dataset p
    LEFT JOIN first_line f USING (product_id)
    LEFT JOIN product_category_name_translation t USING (product_category_name)
    ORDER BY p.row_number"""

ORDERS: Final = """
    SELECT i.row_number, i.order_id, i.order_item_id AS line_no,
        c.customer_unique_id AS buyer_id, i.seller_id AS merchant_id, i.product_id,
        o.order_purchase_timestamp AS placed_at, '1' AS quantity, i.price,
        i.freight_value AS freight, i.shipping_limit_date AS ship_by,
        o.order_delivered_carrier_date AS shipped_at,
        o.order_estimated_delivery_date AS deliver_by,
        o.order_delivered_customer_date AS delivered_at,
        CASE WHEN o.order_status IN ('canceled', 'unavailable')
            THEN o.order_estimated_delivery_date END AS cancelled_at,
        CASE o.order_status WHEN 'unavailable' THEN 'seller' WHEN 'canceled' THEN 'unknown'
            END AS cancelled_by
    FROM olist_order_items_dataset i
    LEFT JOIN olist_orders_dataset o USING (order_id)
    LEFT JOIN olist_customers_dataset c USING (customer_id)
    ORDER BY i.row_number"""

# An order that was placed after the answer was not known then, so it can lend the review nothing.
REVIEWS: Final = """
    WITH contents AS (
        SELECT order_id,
            CASE WHEN count(DISTINCT seller_id) = 1 THEN any_value(seller_id) END AS seller_id,
            CASE WHEN count(DISTINCT product_id) = 1 THEN any_value(product_id) END AS product_id
        FROM olist_order_items_dataset GROUP BY order_id),
    known AS (
        SELECT r.*, o.customer_id, TRY_CAST(o.order_purchase_timestamp AS TIMESTAMP)
            <= TRY_CAST(r.review_answer_timestamp AS TIMESTAMP) AS is_placed
        FROM olist_order_reviews_dataset r LEFT JOIN olist_orders_dataset o USING (order_id))
    SELECT r.row_number, r.review_id, r.order_id, c.customer_unique_id AS buyer_id,
        i.product_id, i.seller_id AS merchant_id, r.review_score AS rating,
        r.review_comment_title AS title, r.review_comment_message AS text,
        r.review_answer_timestamp AS created_at
    FROM known r
    LEFT JOIN contents i ON i.order_id = r.order_id AND r.is_placed
    LEFT JOIN olist_customers_dataset c ON c.customer_id = r.customer_id AND r.is_placed
    ORDER BY r.row_number"""

QUERIES: Final = {
    "merchants": ("olist_sellers_dataset", MERCHANTS),
    "products": ("olist_products_dataset", PRODUCTS),
    "orders": ("olist_order_items_dataset", ORDERS),
    "reviews": ("olist_order_reviews_dataset", REVIEWS),
}


def open_olist(folder: Path) -> "OlistSource":
    """Open a folder of the published files (.csv, .csv.gz or .parquet); reads headers only.

    Raises:
        InputError: A file or a column that is needed is not there.
    """
    found, others = find_files(folder)
    missing = [f"{stem}.csv" for stem in FILES if stem not in found and stem not in OPTIONAL]
    if missing:
        raise InputError(
            f"{folder} lacks {', '.join(missing)}.",
            hint="Take the files as published, without renaming them.",
        )
    opened = {stem: open_file(path, stem) for stem, path in found.items() if stem in FILES}
    for stem, table in opened.items():
        _check_columns(stem, table)
    strange = [path.name for stem, path in found.items() if stem not in {*FILES, *UNUSED}]
    return OlistSource(folder.resolve().name, opened, sorted([*others, *strange]))


def _check_columns(stem: str, table: RawTable) -> None:
    for column in FILES[stem]:
        if column not in table.columns:
            raise InputError(
                f"{table.file} lacks the column {column}.",
                hint=f"It has: {', '.join(table.columns)}.",
            )


@dataclass
class OlistSource:
    """The tables of the contract that the published files hold."""

    name: str
    files: Mapping[str, RawTable]
    unknown_files: Sequence[str]
    kind: str = "olist"
    currency: str | None = "BRL"
    _bad_rows: dict[str, list[tuple[str, int, str, str]]] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)

    def tables(self) -> Mapping[str, RawTable]:
        """Tables by their name."""
        return {
            name: self._table(name, stem, query)
            for name, (stem, query) in QUERIES.items()
            if stem in self.files
        }

    def notes(self) -> Sequence[str]:
        """What the files leave out or repeat."""
        side = [note for stem in self.files for note in self.files[stem].notes()]
        return (*self._notes, *side)

    def _table(self, name: str, stem: str, query: str) -> RawTable:
        def read(columns: Sequence[str], bad_rows: BadRowSink) -> Iterator[RawBatch]:
            con = self._con
            for bad in self._bad_rows.pop(name, ()):
                bad_rows(*bad)
            yield from _batches(con, query, columns)

        columns = _columns_of(query)
        return RawTable(name, self.files[stem].file, columns, read)

    @cached_property
    def _con(self) -> duckdb.DuckDBPyConnection:
        """All files, loaded as text: they take some 100 MB."""
        con = duckdb.connect()
        for stem, columns in FILES.items():
            table = self._load(stem, columns)
            con.register("loaded", table)
            con.execute(f"CREATE TABLE {stem} AS FROM loaded {_first_rows(stem)}").fetchall()
            con.unregister("loaded")
            self._note_repeats(con, stem, table.num_rows)
        self._note_empty_orders(con)
        return con

    def _load(self, stem: str, columns: Sequence[str]) -> pyarrow.Table:
        schema = pyarrow.schema(
            [(ROW_NUMBER, pyarrow.int64()), *((name, pyarrow.string()) for name in columns)]
        )
        if stem not in self.files:
            return schema.empty_table()
        owner = next((name for name, (main, _) in QUERIES.items() if main == stem), "orders")
        sink = self._bad_rows.setdefault(owner, [])
        batches = [
            pyarrow.table(
                [
                    pyarrow.array(batch.row_numbers, pyarrow.int64()),
                    *(batch.table[name].cast(pyarrow.string()) for name in columns),
                ],
                schema=schema,
            )
            for batch in self.files[stem].read(columns, lambda *bad: sink.append(bad))
        ]
        return pyarrow.concat_tables([schema.empty_table(), *batches])

    def _note_repeats(self, con: duckdb.DuckDBPyConnection, stem: str, read: int) -> None:
        kept = count(con, f"SELECT count(*) FROM {stem}")  # noqa: S608
        if read > kept:
            self._notes.append(
                f"{self.files[stem].file}: {read - kept:,} rows repeat a {KEYS[stem]}; "
                "the first of each counts."
            )

    def _note_empty_orders(self, con: duckdb.DuckDBPyConnection) -> None:
        empty = count(
            con,
            "SELECT count(*) FROM olist_orders_dataset ANTI JOIN olist_order_items_dataset "
            "USING (order_id)",
        )
        if empty:
            self._notes.append(f"{empty:,} orders have no lines and are left out.")


def _first_rows(stem: str) -> str:
    if stem not in KEYS:
        return ""
    return f"QUALIFY row_number() OVER (PARTITION BY {KEYS[stem]} ORDER BY row_number) = 1"


def _columns_of(query: str) -> tuple[str, ...]:
    """Columns that a query gives, without the row number."""
    con = duckdb.connect()
    for stem, columns in FILES.items():
        fields = ", ".join(f"{quoted(name)} VARCHAR" for name in columns)
        run(con, f"CREATE TABLE {stem} (row_number BIGINT, {fields})")
    names = [row[0] for row in run(con, f"DESCRIBE {query}")]
    con.close()
    return tuple(name for name in names if name != ROW_NUMBER)


def _batches(
    con: duckdb.DuckDBPyConnection, query: str, columns: Sequence[str]
) -> Iterator[RawBatch]:
    cursor = con.cursor()
    for batch in cursor.sql(query).to_arrow_reader(BATCH_ROWS):
        table = pyarrow.Table.from_batches([batch])
        numbers: np.ndarray = table[ROW_NUMBER].to_numpy()
        yield RawBatch(table.select(list(columns)), numbers, table.num_rows)
