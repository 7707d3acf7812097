"""What is stored as of a moment depends on nothing that became known later.

Sources are drawn at random, dirt included. They are cut with `tests.support.cut`, which knows the
design's rules but nothing of the program.
"""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from analytics.errors import InputError
from analytics.snapshots.home import Home
from analytics.snapshots.sources.tables import open_tables
from tests.support.cut import cut_tables
from tests.support.sources import ingest_source

START = datetime(2024, 3, 1)
DAYS = 20
EXPORT = "2024-06-30"
# One fact after everything else, so that every moment drawn lies before the export.
LAST_EVENT = {
    "event_id": "last",
    "entity_type": "merchant",
    "entity_id": "m1",
    "kind": "login",
    "at": EXPORT,
}

days = st.integers(0, DAYS).map(lambda day: f"{START + timedelta(days=day):%Y-%m-%d %H:%M:%S}")
wrong = st.sampled_from(["01/03/2024", "1970-01-01", "never"])
dates = st.integers(0, 9).flatmap(lambda dice: wrong if dice == 9 else days)
maybe = st.integers(0, 9).flatmap(
    lambda dice: wrong if dice == 9 else st.none() if dice > 5 else days
)
merchant = st.sampled_from(["m1", "m2", "m3", "m9"])
product = st.sampled_from(["p1", "p2", "p3", "p9"])
creator = st.sampled_from(["c1", "c2", "c9"])
actor = st.sampled_from(
    [("merchant", "m1"), ("merchant", "m9"), ("product", "p2"), ("creator", "c1"), ("shop", "m1")]
)

ROWS = {
    "merchants": st.fixed_dictionaries(
        {"merchant_id": merchant, "registered_at": maybe, "country": st.sampled_from(["DE", "FR"])}
    ),
    "creators": st.fixed_dictionaries(
        {"creator_id": creator, "joined_at": maybe, "followers": st.sampled_from(["7", "-7", "x"])}
    ),
    "products": st.fixed_dictionaries(
        {
            "product_id": product,
            "merchant_id": merchant,
            "listed_at": maybe,
            "price": st.sampled_from(["1", "-1", None]),
        }
    ),
    "contents": st.fixed_dictionaries(
        {
            "content_id": st.sampled_from(["v1", "v2"]),
            "creator_id": creator,
            "started_at": dates,
            "views": st.sampled_from(["5", "-5", None]),
            "counted_at": maybe,
        }
    ),
    "orders": st.fixed_dictionaries(
        {
            "order_id": st.sampled_from(["o1", "o2", "o3"]),
            "line_no": st.sampled_from(["1", "2", "1.5"]),
            "merchant_id": merchant,
            "product_id": product,
            "creator_id": st.one_of(st.none(), creator),
            "content_id": st.sampled_from([None, "v1", "v9"]),
            "placed_at": dates,
            "price": st.sampled_from(["1", "2", "-1", None]),
            "shipped_at": maybe,
            "delivered_at": maybe,
            "cancelled_at": maybe,
            "cancelled_by": st.sampled_from([None, "seller", "nobody"]),
            "refunded_at": maybe,
            "refund_amount": st.sampled_from([None, "1", "-1"]),
        }
    ),
    "reviews": st.fixed_dictionaries(
        {
            "review_id": st.sampled_from(["r1", "r2"]),
            "order_id": st.sampled_from(["o1", "o9", None]),
            "product_id": st.one_of(st.none(), product),
            "rating": st.sampled_from(["1", "5", "6"]),
            "created_at": dates,
        }
    ),
    "links": st.tuples(
        actor,
        st.fixed_dictionaries(
            {
                "kind": st.just("device"),
                "value_hash": st.sampled_from(["a" * 32, "b" * 32, "+49 30 1"]),
                "first_seen": dates,
                "last_seen": maybe,
            }
        ),
    ).map(lambda pair: {"entity_type": pair[0][0], "entity_id": pair[0][1], **pair[1]}),
    "extra_features": st.tuples(
        actor,
        st.fixed_dictionaries(
            {
                "known_at": maybe,
                "calls": st.sampled_from(["1", "2", None]),
                "plan": st.sampled_from(["free", "paid"]),
            }
        ),
    ).map(lambda pair: {"entity_type": pair[0][0], "entity_id": pair[0][1], **pair[1]}),
}
sources = st.fixed_dictionaries(
    {name: st.lists(row, min_size=1, max_size=6) for name, row in ROWS.items()}
)
moments = st.integers(0, DAYS).map(lambda day: START + timedelta(days=day, hours=12))
examples = settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # an example takes a second: no time to shrink it
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def write(folder: Path, tables: dict[str, list[dict[str, str | None]]]) -> Path:
    folder.mkdir(parents=True)
    for name, rows in {**tables, "events": [LAST_EVENT]}.items():
        pd.DataFrame(rows, dtype="str").to_csv(folder / f"{name}.csv", index=False)
    return folder


def content(folder: Path, home: Path, as_of: datetime) -> dict[str, str]:
    result = ingest_source(open_tables(folder), Home(home), as_of)
    return {name: table.file_hash for name, table in result.dataset.manifest.tables.items()}


def add_later_facts(cut: Path, other: Path, target: Path, as_of: datetime) -> None:
    """Put rows and later fields of another source, all dated after `as_of`, behind a cut one."""
    target.mkdir()
    after = f"{as_of + timedelta(days=40):%Y-%m-%d}"
    date = {
        "merchants": "registered_at",
        "creators": "joined_at",
        "products": "listed_at",
        "contents": "started_at",
        "orders": "placed_at",
        "reviews": "created_at",
        "links": "first_seen",
        "extra_features": "known_at",
        "events": "at",
    }
    for path in cut.iterdir():
        before = pd.read_csv(path, dtype=str)
        later = pd.read_csv(other / path.name, dtype=str)
        later[date[path.stem]] = after
        if path.stem == "orders":
            open_line = before["shipped_at"].isna() & before["delivered_at"].isna()
            before.loc[open_line, ["shipped_at", "delivered_at"]] = [after, EXPORT]
            kept = before["refunded_at"].isna()
            before.loc[kept, ["refunded_at", "refund_amount"]] = [after, "7"]
        pd.concat([before, later]).to_csv(target / path.name, index=False)


@pytest.mark.slow
@examples
@given(tables=sources, others=sources, as_of=moments)
def test_only_what_was_known_counts(tables: dict, others: dict, as_of: datetime) -> None:
    """Validation commutes with masking, and facts known only later change nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = write(folder / "full", tables)
        cut_tables(full, folder / "cut", as_of)
        add_later_facts(folder / "cut", write(folder / "other", others), folder / "new", as_of)
        try:
            expected = content(full, folder / "a", as_of)
        except InputError:  # no entity was known at that moment
            assume(False)
        assert content(folder / "cut", folder / "b", as_of) == expected
        assert content(folder / "new", folder / "c", as_of) == expected


def test_an_earlier_moment_of_a_dataset_is_the_dataset_of_that_moment(tmp_path: Path) -> None:
    """`mask` on a dataset cut late gives what ingest stores when it cuts early."""
    import ibis

    from analytics.snapshots.contract import TABLES
    from analytics.snapshots.point_in_time import mask

    orders = pd.DataFrame(
        {
            "order_id": ["o1", "o2"],
            "line_no": ["1", "1"],
            "merchant_id": ["m1", "m1"],
            "product_id": ["p1", "p1"],
            "placed_at": ["2024-03-01", "2024-03-05"],
            "price": ["10", "20"],
            "delivered_at": ["2024-03-04", "2024-03-08"],
            "cancelled_at": [None, "2024-03-07"],
            "cancelled_by": [None, "seller"],
        }
    )
    source = tmp_path / "source"
    source.mkdir()
    orders.to_csv(source / "orders.csv", index=False)
    (source / "merchants.csv").write_text("merchant_id\nm1\n")
    (source / "products.csv").write_text("product_id,merchant_id,price,title\np1,m1,9.99,Mug\n")
    early = datetime(2024, 3, 6)
    late = ingest_source(open_tables(source), Home(tmp_path / "late"), early, datetime(2024, 3, 8))
    cut = ingest_source(open_tables(source), Home(tmp_path / "early"), early)
    con = ibis.duckdb.connect()
    for name in ("merchants", "products", "orders"):
        stored = con.read_parquet(str(late.dataset.path(name)))
        masked = mask(name, stored, early, late.dataset.manifest.exported_at)
        expected = con.read_parquet(str(cut.dataset.path(name)))
        frame = masked.order_by(list(TABLES[name].sort)).to_pandas()
        pd.testing.assert_frame_equal(frame, expected.to_pandas())
    assert [s.as_of for s in late.snapshots] == [early, datetime(2024, 3, 8)]
