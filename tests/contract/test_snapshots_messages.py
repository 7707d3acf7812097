"""Every way in which a source can be wrong, with the message that the user sees."""

import gzip
import io
import math
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.errors import InputError
from analytics.snapshots.sources.olist import open_olist
from analytics.snapshots.sources.tables import open_tables
from tests.support.sources import (
    MERCHANTS,
    ORDERS,
    PRODUCTS,
    ingest_files,
    rejects,
    rows,
    write_source,
)

BASE = {"merchants.csv": MERCHANTS, "products.csv": PRODUCTS}
ORDER_COLUMNS = "order_id,line_no,merchant_id,product_id,placed_at,price"


def orders(*lines: str, columns: str = ORDER_COLUMNS) -> dict[str, str | bytes]:
    return {**BASE, "orders.csv": "\n".join([columns, *lines]) + "\n"}


def parquet(**columns: pa.Array | list) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def message(folder: Path, files: dict[str, str | bytes], **settings: object) -> str:
    with pytest.raises(InputError) as caught:
        ingest_files(folder, files, **settings)
    assert not list((folder / "home").glob("datasets/*"))
    assert not list((folder / "home").glob(".tmp-*"))
    return str(caught.value)


# ---- what stops the ingest ----


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_tables(tmp_path / "nothing")
    expected = f"{tmp_path}/nothing is not a folder. Name the folder that holds the files."
    assert str(caught.value) == expected


def test_no_known_table(tmp_path: Path) -> None:
    assert message(tmp_path, {"shops.csv": "id\n1\n"}) == (
        "The source has none of the tables merchants, products, creators. "
        "Name the files after the tables, such as merchants.csv."
    )


def test_no_entity_table(tmp_path: Path) -> None:
    assert message(tmp_path, {"orders.csv": ORDERS}) == (
        "The source has none of the tables merchants, products, creators. "
        "It has: orders. Name the files after the tables, such as merchants.csv."
    )


def test_a_table_in_two_files(tmp_path: Path) -> None:
    files = {"merchants.csv": MERCHANTS, "merchants.csv.gz": gzip.compress(MERCHANTS.encode())}
    assert message(tmp_path, files) == (
        "merchants.csv and merchants.csv.gz both hold the table merchants. Keep one of them."
    )


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_an_empty_file(tmp_path: Path, content: str) -> None:
    assert message(tmp_path, {"merchants.csv": content}) == (
        "merchants.csv is empty. Give it a header line, or take the file away."
    )


def test_a_header_only(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.csv": "merchant_id,registered_at\n"}) == (
        "No row of the source has a date, so nobody can say as of when it holds. "
        "Name the moment, such as --as-of 2024-05-31."
    )


def test_a_header_only_with_as_of(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        ingest_files(tmp_path, {"merchants.csv": "merchant_id\n"}, datetime(2024, 5, 31))
    assert str(caught.value) == "merchants.csv: a header and no rows. Give at least one entity."


def test_a_header_only_in_another_table_is_a_note(tmp_path: Path) -> None:
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "orders.csv": ORDER_COLUMNS})
    assert result.dataset.manifest.tables["orders"].notes == (
        "orders.csv has a header and no rows.",
    )


def test_a_missing_required_column(tmp_path: Path) -> None:
    files = {**BASE, "orders.csv": "order_id,line_no,merchant_id,product_id,place_at,price\n"}
    assert message(tmp_path, files) == (
        "orders.csv lacks the column placed_at, which every orders table needs. "
        "Is it the one called 'place_at'? "
        "It has: order_id, line_no, merchant_id, product_id, place_at, price."
    )


def test_a_wrong_delimiter(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.csv": "merchant_id;country\nm1;DE\n"}) == (
        "merchants.csv separates its columns by ';'. Save it with commas, and with decimal points."
    )


def test_a_column_named_twice(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.csv": "merchant_id,country,country\nm1,DE,DE\n"}) == (
        "merchants.csv names the column 'country' more than once. Rename or drop one."
    )


def test_utf16(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.csv": MERCHANTS.encode("utf-16")}) == (
        "merchants.csv is UTF-16 text. Save it as CSV in UTF-8."
    )


def test_a_header_of_bytes(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.csv": b"merchant_id\x00\x01\n"}) == (
        "merchants.csv is not text. Save it as CSV in UTF-8."
    )


@pytest.mark.parametrize("line", ['"m3,2024-01-09', 'm3,"2024-01-09'])
def test_an_open_quote(tmp_path: Path, line: str) -> None:
    files = {"merchants.csv": f"{MERCHANTS}{line}\nm4,2024-01-10\nm5,2024-01-11\n"}
    assert message(tmp_path, files) == (
        "merchants.csv, row 3: a quote is opened and never closed. "
        'Write a quote inside a quoted value twice: "".'
    )


def test_a_gzip_file_cut_short(tmp_path: Path) -> None:
    whole = gzip.compress((MERCHANTS * 1).encode())
    assert message(tmp_path, {"merchants.csv.gz": whole[: len(whole) // 2]}) == (
        "merchants.csv.gz is damaged: "
        "Compressed file ended before the end-of-stream marker was reached. Copy it again."
    )


def test_a_parquet_file_that_is_none(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.parquet": MERCHANTS}) == (
        "merchants.parquet is not a parquet file, or it is damaged. Write it again."
    )


def test_an_empty_parquet_file(tmp_path: Path) -> None:
    assert message(tmp_path, {"merchants.parquet": b""}) == (
        "merchants.parquet is empty. Write it again, or take the file away."
    )


def test_a_parquet_column_of_the_wrong_type(tmp_path: Path) -> None:
    file = parquet(merchant_id=["m1"], registered_at=[1704067200])
    assert message(tmp_path, {"merchants.parquet": file}) == (
        "merchants.parquet, column registered_at: int64 cannot be read as a date and time. "
        "Write the column with another type, or as text."
    )


def test_an_as_of_before_everything(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        ingest_files(tmp_path, {"merchants.csv": MERCHANTS}, datetime(2020, 1, 1))
    assert str(caught.value) == (
        "At 2020-01-01 00:00:00 no entity was known; the source tells of "
        "2024-01-01 00:00:00 to 2024-01-05 00:00:00. Name an as-of within that time."
    )


def test_clear_link_values_without_a_key(tmp_path: Path) -> None:
    links = "entity_type,entity_id,kind,value,first_seen\nmerchant,m1,phone,+49 30 1,2024-01-02\n"
    assert message(tmp_path, {"merchants.csv": MERCHANTS, "links.csv": links}) == (
        "links.csv holds link values in clear (column value). Set PORTREEVE_LINK_KEY, so that they "
        "are hashed before anything is stored, or give value_hash instead."
    )


def test_too_many_bad_rows(tmp_path: Path) -> None:
    files = orders(
        "o1,1,m1,p1,2024-02-01,10",
        "o2,1,m1,p1,2024-02-01,-3.00",
        "o3,1,m9,p1,2024-02-01,10",
        "o4,1,m1,p1,01.02.2024,10",
        "o5,1,m1,p1,,-1",
    )
    assert message(tmp_path, files, reject_share_limit=0.05) == (
        "orders: 4 of 5 rows (80.0%) are bad, more than the 5.0% allowed.\n"
        "  2 × price is negative, first in row 2 '-3.00'\n"
        "  1 × merchant_id is not in merchants, first in row 3 'm9'\n"
        "  1 × placed_at is not a date and time such as 2024-05-31 13:45:00, "
        "first in row 4 '01.02.2024'\n"
        "  1 × placed_at is missing, first in row 5\n"
        "Nothing was stored. Correct the source, or raise PORTREEVE_REJECT_SHARE_LIMIT "
        "if these rows can be spared."
    )


# ---- what is quarantined: row number, column, value, reason, scope ----


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        ("o9,1,m1,p1,2024-02-01,-0.01", "price", "-0.01", "is negative"),
        ("o9,1,m1,p1,2024-02-01,", "price", None, "is missing"),
        ("o9,1,m1,p1,2024-02-01,nan", "price", "nan", "is not an amount such as 12.50"),
        ("o9,1,m1,p1,2024-02-01,inf", "price", "inf", "is not an amount such as 12.50"),
        ("o9,1,m1,p1,2024-02-01,12€", "price", "12€", "is not an amount such as 12.50"),
        (
            "o9,1,m1,p1,01/02/2024,1",
            "placed_at",
            "01/02/2024",
            "is not a date and time such as 2024-05-31 13:45:00",
        ),
        (
            "o9,1,m1,p1,2024-02-30,1",
            "placed_at",
            "2024-02-30",
            "is not a date and time such as 2024-05-31 13:45:00",
        ),
        ("o9,1,m1,p1,2099-01-01,1", "placed_at", "2099-01-01", "lies in the future"),
        ("o9,1,m1,p1,1970-01-01,1", "placed_at", "1970-01-01", "lies before 1990"),
        ("o9,1.5,m1,p1,2024-02-01,1", "line_no", "1.5", "is not a whole number"),
        ("o9,-1,m1,p1,2024-02-01,1", "line_no", "-1", "is negative"),
        ("o9,1,m7,p1,2024-02-01,1", "merchant_id", "m7", "is not in merchants"),
        ("o9,1,m1,p7,2024-02-01,1", "product_id", "p7", "is not in products"),
        (
            "o9,1,m2,p1,2024-01-04,1",
            "merchant_id",
            "m2",
            "is in merchants, but not yet known at that time",
        ),
        (
            "o1,1,m1,p1,2024-02-09,1",
            "order_id, line_no",
            "o1, 1",
            "repeats the key of an earlier row",
        ),
        ("o\x009,1,m1,p1,2024-02-01,1", "order_id", "o\x009", "contains a NUL byte"),
        (
            f"{'o' * 201},1,m1,p1,2024-02-01,1",
            "order_id",
            "o" * 199 + "…",
            "is longer than 200 characters",
        ),
        ("o9,1,m1", "", "o9,1,m1", "has 3 fields where the header has 6"),
        (
            "o9,1,m1,p1,2024-02-01,1,x",
            "",
            "o9,1,m1,p1,2024-02-01,1,x",
            "has 7 fields where the header has 6",
        ),
    ],
)
def test_a_bad_row(tmp_path: Path, line: str, column: str, value: str, reason: str) -> None:
    result = ingest_files(
        tmp_path, orders("o1,1,m1,p1,2024-02-01,10", line, "o3,1,m1,p1,2024-02-02,5")
    )
    assert rejects(result, "orders") == [(2, column, value, reason, "row")]
    assert rows(result, "orders", "order_id") == [("o1",), ("o3",)]
    table = result.dataset.manifest.tables["orders"]
    assert (table.read, table.rows, table.rejected_rows, table.bad_rows) == (3, 2, 1, 1)
    assert table.reasons == {f"{column} {reason}".strip(): 1}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("freight", "-1", "is negative"),
        ("quantity", "0", "is less than 1"),
        ("quantity", "2.5", "is not a whole number"),
        ("shipped_at", "03-02-2024", "is not a date and time such as 2024-05-31 13:45:00"),
        ("shipped_at", "2024-01-31", "is before placed_at"),
        ("delivered_at", "2025-06-01", "lies in the future"),
        ("ship_by", "2199-01-01", "lies after 2099"),
        ("creator_id", "c7", "is not in creators"),
    ],
)
def test_a_bad_optional_value_is_emptied(
    tmp_path: Path, column: str, value: str, reason: str
) -> None:
    files = orders(f"o1,1,m1,p1,2024-02-01,10,{value}", columns=f"{ORDER_COLUMNS},{column}") | {
        "creators.csv": "creator_id\nc1\n"
    }
    result = ingest_files(tmp_path, files)
    assert rejects(result, "orders") == [(1, column, value, reason, "cell")]
    assert rows(result, "orders", f"order_id, {column}") == [("o1", None)]
    table = result.dataset.manifest.tables["orders"]
    assert (table.bad_rows, table.rejected_rows, table.emptied_cells) == (1, 0, 1)


def test_of_two_times_in_the_wrong_order_the_one_known_later_is_blamed(tmp_path: Path) -> None:
    files = orders(
        "o1,1,m1,p1,2024-02-01,10,2024-02-05,2024-02-03",
        columns=f"{ORDER_COLUMNS},shipped_at,delivered_at",
    )
    result = ingest_files(tmp_path, files)
    assert rejects(result, "orders") == [
        (1, "shipped_at", "2024-02-05", "is after delivered_at", "cell")
    ]
    assert rows(result, "orders", "delivered_at") == [(datetime(2024, 2, 3),)]


def test_values_dated_by_a_wrong_time_go_with_it(tmp_path: Path) -> None:
    files = orders(
        "o1,1,m1,p1,2024-02-01,10,2024-01-05,9.99,damaged",
        columns=f"{ORDER_COLUMNS},refunded_at,refund_amount,refund_reason",
    )
    result = ingest_files(tmp_path, files)
    assert rejects(result, "orders") == [
        (1, "refund_amount", "9.99", "has a wrong refunded_at", "cell"),
        (1, "refund_reason", "damaged", "has a wrong refunded_at", "cell"),
        (1, "refunded_at", "2024-01-05", "is before placed_at", "cell"),
    ]


def test_of_repeated_keys_the_one_known_first_stays(tmp_path: Path) -> None:
    files = orders("o1,1,m1,p1,2024-02-05,1", "o1,1,m1,p1,2024-02-01,2", "o1,1,m1,p1,2024-02-01,3")
    result = ingest_files(tmp_path, files)
    assert rows(result, "orders", "price") == [(Decimal("2.00"),)]
    assert [reject[0] for reject in rejects(result, "orders")] == [1, 3]


def test_payload_that_is_no_json(tmp_path: Path) -> None:
    events = (
        "event_id,entity_type,entity_id,kind,at,payload\n"
        'e1,merchant,m1,login,2024-02-01,"{""ip"": 1}"\n'
        "e2,merchant,m1,login,2024-02-01,{ip: 1}\n"
        'e3,merchant,m1,login,2024-02-01,"{""ip"": NaN}"\n'
    )
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "events.csv": events})
    assert rejects(result, "events") == [
        (2, "payload", "{ip: 1}", "is not valid JSON", "cell"),
        (3, "payload", '{"ip": NaN}', "is not valid JSON", "cell"),
    ]
    assert rows(result, "events", "payload") == [('{"ip": 1}',), (None,), (None,)]


def test_choices_and_orphans_of_any_entity(tmp_path: Path) -> None:
    decisions = (
        "entity_type,entity_id,policy,outcome,decided_at\n"
        "merchant,m1,M4,violation,2024-03-01\n"
        "merchant,m1,M4,guilty,2024-03-02\n"
        "shop,m1,M4,violation,2024-03-03\n"
        "merchant,m8,M4,violation,2024-03-04\n"
        "creator,c1,C5,no_violation,2024-03-05\n"
    )
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "past_decisions.csv": decisions})
    assert rejects(result, "past_decisions") == [
        (2, "outcome", "guilty", "is not one of violation, no_violation, cannot_tell", "row"),
        (3, "entity_type", "shop", "is not one of merchant, product, creator", "row"),
        (4, "entity_id", "m8", "is not in merchants", "row"),
    ]
    assert rows(result, "past_decisions", "entity_id") == [("c1",), ("m1",)]


def test_ratings_out_of_range(tmp_path: Path) -> None:
    reviews = "review_id,rating,created_at\nr1,6,2024-03-01\nr2,inf,2024-03-01\nr3,5,2024-03-01\n"
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "reviews.csv": reviews})
    assert rejects(result, "reviews") == [
        (1, "rating", "6", "is not between 1 and 5", "row"),
        (2, "rating", "inf", "is not a number such as 12.5", "row"),
    ]


# ---- links: never in clear ----


def test_clear_link_values_are_hashed_and_never_stored(tmp_path: Path) -> None:
    links = (
        "entity_type,entity_id,kind,value,value_hash,first_seen\n"
        "merchant,m1,phone,+49 30 123456,,2024-01-02\n"
        "merchant,m2,phone, +49 30 123456 ,,2024-01-06\n"
        f"merchant,m2,device,,{'AB' * 16},2024-01-06\n"
        "merchant,m1,bank_account,,DE89370400440532013000,2024-01-06\n"
        "merchant,m1,bank_account,DE89370400440532013001\n"
    )
    result = ingest_files(
        tmp_path, {"merchants.csv": MERCHANTS, "links.csv": links}, link_key="secret"
    )
    stored = rows(result, "links", "entity_id, kind, value_hash")
    assert [(row[0], row[1]) for row in stored] == [
        ("m1", "phone"),
        ("m2", "device"),
        ("m2", "phone"),
    ]
    assert stored[0][2] == stored[2][2]
    assert len(stored[0][2]) == 64
    assert rejects(result, "links") == [
        (
            4,
            "value_hash",
            "(not stored)",
            "is not a hexadecimal digest of 32 to 128 digits",
            "row",
        ),
        (5, "", "(not stored)", "has 4 fields where the header has 6", "row"),
    ]
    everything = b"".join(p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file())
    assert b"123456" not in everything
    assert b"DE8937" not in everything


def test_another_key_gives_other_hashes(tmp_path: Path) -> None:
    links = "entity_type,entity_id,kind,value,first_seen\nmerchant,m1,phone,1,2024-01-02\n"
    files = {"merchants.csv": MERCHANTS, "links.csv": links}
    one = ingest_files(tmp_path / "1", files, link_key="one")
    two = ingest_files(tmp_path / "2", files, link_key="two")
    assert rows(one, "links", "value_hash") != rows(two, "links", "value_hash")


# ---- what is understood ----


def test_byte_order_mark_blank_lines_quoted_newlines_and_crlf(tmp_path: Path) -> None:
    reviews = (
        "\ufeffreview_id,rating,text,created_at\r\n"
        'r1,5,"two\nlines, ""quoted""",2024-03-01\r\n'
        "\r\n"
        "r2,0,,2024-03-01\r\n"
    )
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "reviews.csv": reviews})
    assert rows(result, "reviews", "review_id, text") == [("r1", 'two\nlines, "quoted"')]
    assert rejects(result, "reviews") == [(2, "rating", "0", "is not between 1 and 5", "row")]


def test_mixed_encodings_are_read_cell_by_cell(tmp_path: Path) -> None:
    merchants = b"merchant_id,region\n" + "m1,São Paulo\n".encode() + "m2,Köln\n".encode("cp1252")
    result = ingest_files(tmp_path, {"merchants.csv": merchants}, datetime(2024, 1, 1))
    assert rows(result, "merchants", "region") == [("São Paulo",), ("Köln",)]
    assert result.dataset.manifest.tables["merchants"].notes == (
        "merchants.csv: 1 values are not UTF-8 and were read as Windows-1252.",
    )


def test_times_with_an_offset_become_utc(tmp_path: Path) -> None:
    files = orders(
        "o1,1,m1,p1,2024-02-01T10:00:00+02:00,1",
        "o2,1,m1,p1,2024-02-01 10:00:00-0330,1",
        "o3,1,m1,p1,2024-02-01T10:00Z,1",
    )
    result = ingest_files(tmp_path, files)
    assert sorted(rows(result, "orders", "order_id, placed_at")) == [
        ("o1", datetime(2024, 2, 1, 8)),
        ("o2", datetime(2024, 2, 1, 13, 30)),
        ("o3", datetime(2024, 2, 1, 10)),
    ]


@pytest.mark.parametrize("zone", ["Mars/Base", "CEST", "+99:00"])
def test_an_unknown_time_zone_is_rejected_with_the_value(tmp_path: Path, zone: str) -> None:
    told = f"2024-02-01 10:00:00 {zone}"
    files = orders(f"o1,1,m1,p1,{told},1", "o2,1,m1,p1,2024-02-01 10:00:00,1")
    result = ingest_files(tmp_path, files)
    assert rows(result, "orders", "order_id") == [("o2",)]
    why = "is not a date and time such as 2024-05-31 13:45:00"
    assert rejects(result, "orders") == [(1, "placed_at", told, why, "row")]


def test_parquet_types_are_converted(tmp_path: Path) -> None:
    berlin = pa.array(
        [datetime(2024, 2, 1, 9, tzinfo=UTC)] * 2, pa.timestamp("ns", "Europe/Berlin")
    )
    file = parquet(
        order_id=pa.array([7, 8]),
        line_no=pa.array([1.0, 1.5]),
        merchant_id=pa.array(["m1", "m1"]).dictionary_encode(),
        product_id=pa.array(["p1", "p1"], pa.large_string()),
        placed_at=berlin,
        price=pa.array([12.5, math.nan]),
        creator_id=pa.nulls(2),
        ship_by=pa.array([datetime(2024, 2, 3)] * 2, pa.timestamp("s")).cast(pa.date32()),
    )
    result = ingest_files(tmp_path, {**BASE, "orders.parquet": file})
    assert rows(result, "orders", "order_id, placed_at, price, ship_by") == [
        ("7", datetime(2024, 2, 1, 9), Decimal("12.50"), datetime(2024, 2, 3))
    ]
    assert rejects(result, "orders") == [
        (2, "line_no", "1.5", "is not a whole number", "row"),
        (2, "price", "nan", "is not an amount such as 12.50", "row"),
    ]


def test_unknown_columns_and_files_are_kept_out_and_listed(tmp_path: Path) -> None:
    files = {
        "merchants.csv": "merchant_id,registered_at,ssn\nm1,2024-01-01,123\n",
        "customers.csv": "id\n1\n",
        "notes.txt": "hello",
    }
    manifest = ingest_files(tmp_path, files).dataset.manifest
    assert manifest.tables["merchants"].unknown_columns == ("ssn",)
    assert manifest.tables["merchants"].missing_columns == ("country", "region", "main_category")
    assert manifest.unknown_files == ("customers.csv", "notes.txt")
    assert "orders" in manifest.missing_tables


def test_own_columns_are_numbers_or_categories(tmp_path: Path) -> None:
    lines = [f"merchant,m1,2024-02-{day:02},{day},{'a' if day % 2 else ''}" for day in range(1, 22)]
    extra = "\n".join(
        ["entity_type,entity_id,known_at,calls,plan,=cmd()", *(f"{line},x" for line in lines)]
    ).replace(",5,", ",five,")
    files = {"merchants.csv": MERCHANTS, "extra_features.csv": extra + "\n"}
    result = ingest_files(tmp_path, files, reject_share_limit=0.05)
    table = result.dataset.manifest.tables["extra_features"]
    assert table.extra_columns == {"calls": "number", "plan": "category"}
    assert table.unknown_columns == ("=cmd()",)
    assert rejects(result, "extra_features") == [
        (5, "calls", "five", "is not a number, as most values of this column are", "cell")
    ]
    assert rows(result, "extra_features", "calls, plan")[:5] == [
        (1.0, "a"),
        (2.0, None),
        (3.0, "a"),
        (4.0, None),
        (None, "a"),
    ]


def test_own_columns_without_dates_are_not_point_in_time(tmp_path: Path) -> None:
    extra = "entity_type,entity_id,calls\nmerchant,m1,3\n"
    result = ingest_files(tmp_path, {"merchants.csv": MERCHANTS, "extra_features.csv": extra})
    table = result.dataset.manifest.tables["extra_features"]
    assert not table.is_point_in_time
    assert table.notes == ("Not point in time: rows without known_at.",)


# ---- Olist ----


def test_olist_files_missing(tmp_path: Path) -> None:
    write_source(tmp_path / "olist", {"olist_orders_dataset.csv": "order_id\n"})
    with pytest.raises(InputError) as caught:
        open_olist(tmp_path / "olist")
    assert str(caught.value) == (
        f"{tmp_path}/olist lacks olist_sellers_dataset.csv, olist_products_dataset.csv, "
        "olist_order_items_dataset.csv. Take the files as published, without renaming them."
    )
