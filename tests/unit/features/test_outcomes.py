# ruff: noqa: E501 (tables are easier to read in one piece)
"""The quality label, by hand."""

from datetime import datetime

import pytest

from analytics.features.outcomes import outcomes_at, quality_outcomes
from analytics.settings import Settings
from tests.support.views import engine, view_of

AS_OF, KNOWN_BY = datetime(2024, 3, 1), datetime(2024, 6, 1)

# m1: five lines in [1 March, 30 April): one late, the shared order rated 1 counts half.
# m2: the other half of the shared order, too few lines. m3: five good lines, banned within.
# m4: one line before and one after the horizon, and one at its very start.
ORDERS = """
order_id|line_no|merchant_id|product_id|placed_at |price|ship_by   |shipped_at|cancelled_at|cancelled_by
a1      |1      |m1         |p1        |2024-03-01|10   |2024-03-03|2024-03-04|            |
a2      |1      |m1         |p1        |2024-03-02|10   |2024-03-04|2024-03-03|            |
a3      |1      |m1         |p1        |2024-03-02|10   |2024-03-04|2024-03-03|            |
a4      |1      |m1         |p1        |2024-03-02|10   |2024-03-04|2024-03-03|            |
a5      |1      |m1         |p1        |2024-04-29|10   |2024-05-02|2024-04-30|            |
a5      |2      |m2         |p2        |2024-04-29|10   |2024-05-02|2024-04-30|            |
b1      |1      |m3         |p3        |2024-03-05|10   |2024-03-09|2024-03-08|            |
b2      |1      |m3         |p3        |2024-03-05|10   |2024-03-09|2024-03-08|            |
b3      |1      |m3         |p3        |2024-03-05|10   |2024-03-09|2024-03-08|            |
b4      |1      |m3         |p3        |2024-03-05|10   |2024-03-09|2024-03-08|            |
b5      |1      |m3         |p3        |2024-03-05|10   |2024-03-09|2024-03-08|            |
c1      |1      |m4         |p4        |2024-02-28|10   |2024-03-03|          |            |
c2      |1      |m4         |p4        |2024-04-30|10   |2024-05-03|          |            |
c3      |1      |m4         |p4        |2024-03-01|10   |2024-03-03|          |2024-03-02  |seller
"""
TABLES = {
    "merchants": "merchant_id|registered_at\n" + "\n".join(f"m{i}|2024-01-01" for i in range(1, 5)),
    "products": "product_id|merchant_id|listed_at\n"
    + "\n".join(f"p{i}|m{i}|2024-01-01" for i in range(1, 5)),
    "orders": ORDERS,
    "reviews": "review_id|order_id|rating|created_at\nr1|a5|1|2024-05-05",
    "events": "event_id|entity_type|entity_id|kind|at\ne1|merchant|m3|banned|2024-04-01",
}


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    with view_of(tmp_path_factory.mktemp("outcomes"), KNOWN_BY, **TABLES) as view:
        yield view


@pytest.fixture(scope="module")
def outcomes(view):
    return outcomes_at(view, "merchant", AS_OF, Settings())


@pytest.mark.parametrize(
    ("merchant", "lines", "defects"),
    [("m1", 5, 1.5), ("m2", 1, 0.5), ("m3", 5, 0.0), ("m4", 1, 1.0)],
)
def test_lines_and_defects(outcomes, merchant, lines, defects):
    row = outcomes.loc[merchant]
    assert (row["lines"], row["defects"]) == (lines, defects)
    assert row["share"] == defects / lines


def test_labels(outcomes):
    assert outcomes.loc["m1", "label"] == 1.0  # 1.5 of 5 is 30 %
    assert outcomes.loc[["m2", "m4"], "label"].isna().all()  # too few lines
    assert outcomes["censored"].to_dict() == {"m1": False, "m2": False, "m3": True, "m4": False}
    assert outcomes.loc[["m3"], "label"].isna().all()


def test_settings_move_the_label(view):
    strict = Settings(quality_min_lines=1, quality_defect_share=0.4)
    labels = outcomes_at(view, "merchant", AS_OF, strict)["label"]
    assert labels[["m1", "m2", "m4"]].tolist() == [0.0, 1.0, 1.0]


def test_known_by_hides_what_came_later(view):
    early = quality_outcomes(
        engine(), view.dataset, "merchant", AS_OF, datetime(2024, 5, 1), Settings()
    )
    assert early.loc["m1", "defects"] == 1.0  # the review of a5 came on 5 May
    assert early.loc["m1", "label"] == 0.0
