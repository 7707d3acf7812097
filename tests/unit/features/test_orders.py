# ruff: noqa: E501 (tables are easier to read in one piece)
"""Features of orders and reviews, worked out by hand from the rows below.

There is one merchant, so that every rate is shrunk towards itself and stays what it is.
"""

from datetime import datetime

import pytest

from analytics.features.build import feature_frame
from analytics.features.evidence import EVIDENCE
from tests.support.views import engine, view_of

AS_OF = datetime(2024, 7, 1)

# Ages on 1 July: o1, o2 152 and 151 days; o3 to o6 within 90 days, o5 and o6 within 30.
ORDERS = """
order_id|line_no|buyer_id|merchant_id|product_id|placed_at |quantity|price|freight|ship_by  |shipped_at|deliver_by|delivered_at|cancelled_at|cancelled_by|refunded_at|refund_amount|refund_reason
o1      |1      |b1      |m1         |p1        |2024-01-31|        |10   |2      |2024-02-03|2024-02-01|2024-02-10|2024-02-05  |            |            |           |             |
o2      |1      |b2      |m1         |p1        |2024-02-01|        |10   |2      |2024-02-03|2024-02-05|2024-02-10|2024-02-15  |            |            |           |             |
o3      |1      |b1      |m1         |p1        |2024-05-01|        |12   |2      |2024-05-03|2024-05-02|2024-05-10|2024-05-08  |            |            |2024-05-20 |12           |damaged
o4      |1      |b3      |m1         |p1        |2024-05-02|        |20   |2      |2024-05-04|          |2024-05-12|            |2024-05-03  |seller      |           |             |
o5      |1      |b1      |m1         |p1        |2024-06-10|2       |20   |2      |2024-06-12|          |2024-06-20|            |            |            |           |             |
o6      |1      |b4      |m1         |p1        |2024-06-29|        |20   |2      |2024-07-02|          |2024-07-10|            |            |            |           |             |
"""
REVIEWS = """
review_id|order_id|rating|text                        |created_at
r1       |o1      |5     |Great thing and quick seller |2024-02-04
r2       |o2      |1     |                            |2024-02-16
r3       |o3      |5     |great thing and quick seller!|2024-05-09
r4       |o5      |2     |Where is it                 |2024-06-25
"""


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    tables = {
        "merchants": "merchant_id|registered_at\nm1|2024-01-01",
        "products": "product_id|merchant_id|category|listed_at\np1|m1|toys|2024-01-02",
        "orders": ORDERS,
        "reviews": REVIEWS,
    }
    with view_of(tmp_path_factory.mktemp("orders"), AS_OF, **tables) as view:
        yield view


@pytest.fixture(scope="module")
def merchant(view):
    return feature_frame(view, "merchant").loc["m1"]


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        # o2 handed over late, o4 cancelled by the seller, o5 unshipped past ship-by (and rated 2);
        # o6 is not known yet, so there are 5 known lines.
        ("defect_rate_lifetime", 3 / 5),
        ("defect_rate_shrunk", 3 / 5),
        ("defect_rate_recent_90d", 2 / 3),
        # o4 ended before its ship-by time, o6 is still in time: 4 known, o2 and o5 late.
        ("late_dispatch_lifetime", 2 / 4),
        ("late_dispatch_90d", 1 / 2),
        ("late_dispatch_30d", 1.0),
        ("open_late_lines", 1.0),
        ("handling_hours_90d", 24.0),
        # o3 in time, o5 late; o4 was cancelled before it was due.
        ("late_delivery_90d", 1 / 2),
        ("undelivered_90d", 1 / 3),
        ("seller_cancellation_lifetime", 1 / 6),
        ("cancellation_90d", 1 / 4),
        ("refund_90d", 1 / 4),
        ("fault_refund_lifetime", 1 / 6),
        ("fake_reason_refund_lifetime", 0.0),
        ("open_share_30d", 1.0),
        ("rating_mean_lifetime", 13 / 4),
        ("rating_mean_90d", 7 / 2),
        ("low_rating_lifetime", 2 / 4),
        ("top_rating_lifetime", 2 / 4),
        ("polarisation", 4 * (1 / 4) * (2 / 4)),
        ("reviews_lifetime", 4.0),
        ("textless_review_lifetime", 1 / 4),
        # Two long texts, alike but for case and punctuation.
        ("repeated_review_lifetime", 1.0),
        # r1 came on 4 February, o1 on the 5th.
        ("early_five_star_lifetime", 1 / 2),
        # b1 wrote r1, r3 and r4.
        ("same_buyer_review_lifetime", 3 / 4),
        ("unordered_review_lifetime", 0.0),
        ("orders_7d", 1.0),
        ("orders_30d", 2.0),
        ("orders_90d", 4.0),
        ("orders_lifetime", 6.0),
        ("gmv_90d", 12.0 + 20.0 + 40.0 + 20.0),
        # (2 + 5/3) / (4 + 5) × 3
        ("growth_30_90", 11 / 9),
        ("burst_share", 2 / 6),
        # o5 came 39 days after o4.
        ("silence_before_30d", 39.0),
        ("dormant_burst", 2.0),
        ("first_order_age", 152.0),
        ("last_order_age", 2.0),
        # b1 placed 3 of 6 orders.
        ("repeat_buyer_lifetime", 3 / 6),
        ("top_buyer_share", 3 / 6),
        ("large_order_share_90d", 40 / 92),
        ("price_jump_90d", 20 / 12),
        ("average_price_90d", 18.0),
        ("quantity_90d", 5 / 4),
        ("products_sold_90d", 1.0),
        ("account_age", 182.0),
        ("listed_products_lifetime", 1.0),
    ],
)
def test_value(merchant, feature, expected):
    assert merchant[feature] == pytest.approx(expected, abs=1e-9)


def test_context(merchant):
    assert merchant["category"] == "toys"
    assert merchant["size_band"] == "1–9"
    assert merchant["peer_group"] == "1–9"
    assert merchant["volume"] == 2
    assert merchant["gmv_30d"] == 60.0
    assert merchant["gmv_open"] == 60.0


def test_what_cannot_be_told_is_null(merchant):
    assert merchant[["buyer_concentration_90d", "review_burst_90d"]].isna().all()


def test_product_and_its_merchant(view):
    product = feature_frame(view, "product").loc["p1"]
    assert product["defect_rate_lifetime"] == pytest.approx(3 / 5)
    assert product["merchant_late_dispatch_90d"] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("evidence", "orders"),
    [
        ("merchant.late_dispatch_lifetime", {"o2", "o5"}),
        ("merchant.late_dispatch_30d", {"o5"}),
        ("merchant.seller_cancellation_lifetime", {"o4"}),
        ("merchant.refund_90d", {"o3"}),
        ("merchant.low_rating_lifetime", {"o2", "o5"}),
        ("merchant.early_five_star_lifetime", {"o1"}),
        ("product.defect_rate_lifetime", {"o2", "o4", "o5"}),
    ],
)
def test_evidence_is_what_the_feature_counts(view, evidence, orders):
    rows = engine().frame(lambda: EVIDENCE[evidence].rows(view))
    assert set(rows["order_id"]) == orders
    assert list(rows.columns[:2]) == ["entity_id", "at"]


def test_later_view_knows_more_with_the_same_plans(view, merchant):
    from analytics.features.as_of import AsOf

    with AsOf(view.engine, view.dataset, datetime(2024, 5, 2)) as earlier:
        then = feature_frame(earlier, "merchant").loc["m1"]
    assert then["orders_lifetime"] == 4.0
    assert then["seller_cancellation_lifetime"] == 0.0
    assert then["reviews_lifetime"] == 2.0
    with AsOf(view.engine, view.dataset, AS_OF) as again:
        assert feature_frame(again, "merchant").loc["m1"].equals(merchant)
