"""The event log of a view, row by row, and the family made of it."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from analytics.features.as_of import AsOf
from analytics.signals.family import EVIDENCE_COLUMNS
from analytics.signals.sequence.event_log import moment_of
from analytics.signals.sequence.evidence import STRETCH_COLUMNS
from analytics.signals.sequence.family import SequenceFamily
from analytics.signals.sequence.reading import read_log
from tests.support.views import engine, view_of

MERCHANTS = "merchant_id|registered_at\nm1|2024-01-01\nm2|2024-01-01"
PRODUCTS = """
product_id|merchant_id|category|listed_at
p1|m1|toys|2024-01-02
p2|m2|toys|2024-01-03
"""
ORDERS = """
order_id|line_no|buyer_id|merchant_id|product_id|placed_at|price|ship_by|shipped_at|deliver_by|delivered_at|cancelled_at|cancelled_by|refunded_at|refund_reason
o1|1|b1|m1|p1|2024-02-01|9|2024-02-03|2024-02-02|2024-02-09|2024-02-06|||2024-02-20|damaged
o2|1|b1|m1|p1|2024-02-05|9|2024-02-07|2024-02-10|2024-02-12|||||
o3|1|b2|m2|p2|2024-02-05|9|2024-02-07||2024-02-12||2024-02-06|seller||
"""
REVIEWS = """
review_id|order_id|product_id|merchant_id|buyer_id|rating|created_at
r1|o1|p1|m1|b1|1|2024-02-08
"""
EVENTS = """
event_id|entity_type|entity_id|kind|at|payload
e4|merchant|m1|warned|2024-02-25T12:00:00+02:00|
e1|merchant|m1|payout_changed|2024-01-20|
e2|product|p1|price_changed|2024-01-25|"{""old"": 8, ""new"": 9}"
e3|product|p1|listed|2024-01-02|
e5|merchant|m1|dance <b>wildly</b>|2024-02-25T10:00:00Z|
"""
TABLES = {
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "orders": ORDERS,
    "reviews": REVIEWS,
    "events": EVENTS,
}
END = datetime(2024, 3, 1)


@pytest.fixture
def view(tmp_path):
    with view_of(tmp_path / "in", END, **TABLES) as view:
        yield view


def lives(log):
    at = moment_of(log.at).dt.strftime("%m-%d %H").str.removesuffix(" 00")
    rows = zip(log.ids[log.code], at, np.array(log.kinds)[log.kind], strict=True)
    return [f"{entity} {moment} {kind}" for entity, moment, kind in rows]


M1 = [
    "m1 01-02 listed",
    "m1 01-20 payout_changed",
    "m1 01-25 price raised",
    "m1 02-01 ordered",
    "m1 02-02 dispatched",
    "m1 02-05 ordered",
    "m1 02-06 delivered",
    "m1 02-07 dispatch overdue",
    "m1 02-08 low rating",
    "m1 02-10 dispatched",
    "m1 02-12 delivery overdue",
    "m1 02-20 refunded for a fault",
    "m1 02-25 10 dance <b>wildly</b>",  # of the same moment: by name
    "m1 02-25 10 warned",  # the file says noon, two hours east of Greenwich
]
M2 = ["m2 01-03 listed", "m2 02-05 ordered", "m2 02-06 cancelled by the seller"]


def test_the_log_of_merchants(view):
    assert lives(read_log(view, "merchant")) == [*M1, *M2]


def test_the_log_of_products_has_no_events_of_the_shop(view):
    log = read_log(view, "product")
    own = [line.replace("m1 ", "p1 ") for line in M1]
    of_shop = ("payout_changed", "warned", "dance")
    assert lives(log)[: len(own) - 3] == [
        line for line in own if not any(k in line for k in of_shop)
    ]
    assert log.categories.tolist() == ["toys", "toys"]


def test_the_log_cut_at_a_moment_is_the_log_known_then(view):
    """What makes decided sequences comparable: cutting the log is the same as looking back."""
    whole = lives(read_log(view, "merchant"))
    for day in (3, 6, 7, 8, 12):
        with AsOf(engine(), view.dataset, datetime(2024, 2, day)) as earlier:
            known = lives(read_log(earlier, "merchant"))
        assert known == [line for line in whole if line[3:8] <= f"02-{day:02}"]


def test_a_market_without_events_of_an_entity_type(tmp_path):
    tables = {"creators": "creator_id|joined_at\nc1|2024-01-01", **TABLES}
    with view_of(tmp_path / "in", END, **tables) as view:
        log = read_log(view, "creator")
        frame = SequenceFamily().features(view, "creator")
    assert (log.size, len(log)) == (1, 0)
    assert frame.loc["c1"].isna().all()


def test_merchants_alone_are_off(tmp_path):
    with view_of(tmp_path / "in", END, merchants=MERCHANTS) as view:
        assert SequenceFamily().why_off(view.dataset) == "orders"


def test_contents_alone_say_nothing_of_merchants(tmp_path):
    contents = "content_id|creator_id|kind|started_at\nx1|c1|video|2024-01-03"
    creators = "creator_id|joined_at\nc1|2024-01-01"
    tables = {"merchants": MERCHANTS, "creators": creators, "contents": contents}
    with view_of(tmp_path / "in", END, **tables) as view:
        assert len(read_log(view, "merchant")) == 0
        assert lives(read_log(view, "creator")) == ["c1 01-03 video"]
        assert SequenceFamily().tables(view)["stretches"]["entity_id"].tolist() == []


def test_features_evidence_and_stretches(view):
    family = SequenceFamily()
    frame = family.features(view, "merchant")
    assert list(frame.columns) == [s.name for s in family.specs if s.entity == "merchant"]
    assert frame.index.tolist() == ["m1", "m2"]
    assert frame["sequence_score"].isna().all()  # nobody was decided
    stretches = family.tables(view)["stretches"]
    assert list(stretches.columns) == list(STRETCH_COLUMNS)
    evidence = family.evidence(view)
    assert list(evidence.columns) == list(EVIDENCE_COLUMNS)
    declared = {(s.entity, s.name) for s in family.specs if s.evidence}
    assert set(zip(evidence["entity_type"], evidence["feature"], strict=True)) <= declared
    assert evidence["at"].notna().all()


def test_a_stretch_says_its_dates_and_its_events(view):
    stretches = SequenceFamily().tables(view)["stretches"]
    bursts = stretches[stretches["feature"] == "sequence_burst"].set_index("entity_id")
    # Two orders of m1 within a week, where its pace explains less than one: 2 (√2 − 1).
    assert bursts.loc["m1", "what"] == (
        "3 events from 2024-01-29 to 2024-02-05, with orders 0.8 standard deviations above its own "
        "pace"
    )
    assert bursts.loc["m1", "detail"] == "2 × ordered, 1 × dispatched"
    assert "m2" not in bursts.index  # one order is no burst


def test_decided_sequences_give_a_score(tmp_path):
    """Fifty shops: of the guilty, orders are overdue. Every decision is known, and none is own."""
    rows = ["order_id|line_no|merchant_id|product_id|placed_at|price|ship_by|shipped_at"]
    for number in range(50):
        for day in range(1, 25):
            late = 3 if number % 2 and day % 2 else 1
            placed, due, sent = (
                pd.Timestamp(2024, 1, day) + pd.Timedelta(days=d) for d in (0, 2, late)
            )
            rows.append(f"o{number}_{day}|1|m{number:02}|p{number}|{placed}|9|{due}|{sent}")
    names = [f"m{n:02}" for n in range(50)]
    outcomes = ["violation" if n % 2 else "no_violation" for n in range(50)]
    decisions = [
        f"merchant|{name}|M2|{outcome}|2024-02-20"
        for name, outcome in zip(names, outcomes, strict=True)
    ]
    tables = {
        "merchants": "\n".join(["merchant_id|registered_at", *(f"{n}|2023-12-01" for n in names)]),
        "products": "\n".join(
            ["product_id|merchant_id", *(f"p{n}|{name}" for n, name in enumerate(names))]
        ),
        "orders": "\n".join(rows),
        "past_decisions": "\n".join(
            ["entity_type|entity_id|policy|outcome|decided_at", *decisions]
        ),
    }
    with view_of(tmp_path / "in", END, **tables) as view:
        family = SequenceFamily()
        score = family.features(view, "merchant")["sequence_score"]
        stretches = family.tables(view)["stretches"]
    guilty = score.iloc[1::2]
    assert guilty.min() > score.iloc[::2].max()
    raised = stretches[stretches["feature"] == "sequence_score"]
    assert set(raised["entity_id"]) == set(guilty.index)
    assert raised["what"].str.contains("the score would be").all()
    assert raised["detail"].str.contains("dispatch overdue").all()
