# ruff: noqa: E501 (tables are easier to read in one piece)
"""Features of accounts, links, prices, texts, contents and own columns, by hand."""

from datetime import datetime

import pytest

from analytics.features.build import feature_frame
from analytics.features.catalog import specs, switched_off
from analytics.features.evidence import evidence_of
from tests.support.views import engine, view_of

AS_OF = datetime(2024, 7, 1)
A, B, C = "a" * 32, "b" * 32, "c" * 32
LIVE = "Hello everyone welcome back to the show today we look at this lovely lamp and at its " \
    "shade and at the price of it"  # fmt: skip

TABLES = {
    "merchants": """
merchant_id|registered_at|country
m1         |2024-01-01   |BR
m2         |2024-01-01   |BR
m3         |2024-01-01   |ID""",
    "creators": """
creator_id|joined_at |country|followers
c1        |2024-03-23|BR     |100
c2        |2024-03-23|BR     |100""",
    "products": """
product_id|merchant_id|category|title       |description                |price|listed_at
p1        |m1         |toys    |Red Lamp    |cures arthritis guaranteed |10   |2024-01-02
p2        |m2         |toys    |red lamp!   |plain                      |10   |2024-06-15
p3        |m1         |toys    |Blue kite   |write me on w.h.a.t.s.a.p.p|10   |2024-06-02""",
    "contents": f"""
content_id|creator_id|kind      |started_at|duration_s|title|transcript           |views|likes|comments|counted_at
v1        |c1        |livestream|2024-06-10|3600      |A    |{LIVE}               |100  |10   |1       |2024-06-12
v2        |c1        |livestream|2024-06-11|3600      |B    |{LIVE}!              |300  |10   |1       |2024-06-12
v3        |c1        |video     |2024-06-12|30        |C    |this cures diabetes  |     |     |        |
v4        |c2        |livestream|2024-06-13|5000      |D    |mystery box and lamps|100  |10   |2       |2024-06-15""",
    "content_products": """
content_id|product_id|shown_at
v1        |p1        |2024-06-10
v1        |p3        |2024-06-10
v3        |p1        |2024-06-12""",
    "events": """
event_id|entity_type|entity_id|kind          |at        |payload
e1      |merchant   |m1       |payout_changed|2024-06-20|
e2      |merchant   |m1       |payout_changed|2024-02-01|
e3      |merchant   |m2       |banned        |2024-06-01|
e4      |product    |p1       |price_changed |2024-06-01|{"old": 10.0; "new": 30.0}
e5      |product    |p1       |price_changed |2024-06-10|{"old": 30.0; "new": 9.5; "list_price": 38.0}
e6      |product    |p1       |complaint     |2024-06-11|{"topic": "fake"}
e7      |creator    |c1       |viewer_report |2024-06-11|{"topic": "fake_live"}""",
    "links": f"""
entity_type|entity_id|kind        |value_hash|first_seen
merchant   |m1       |bank_account|{A}       |2024-01-01
merchant   |m2       |bank_account|{A}       |2024-02-01
merchant   |m1       |device      |{B}       |2024-01-01
merchant   |m2       |device      |{B}       |2024-01-01
merchant   |m3       |device      |{B}       |2024-07-02
buyer      |b1       |device      |{B}       |2024-01-01
merchant   |m3       |address     |{C}       |2024-01-01""",
    "extra_features": """
entity_type|entity_id|known_at  |score|tier
merchant   |m1       |2024-01-05|1.5  |gold
merchant   |m1       |2024-02-05|2.5  |silver
merchant   |m2       |2024-01-05|     |silver
merchant   |m3       |2024-08-05|9    |bronze""",
}


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    quoted = {name: _quote(text) for name, text in TABLES.items()}
    with view_of(tmp_path_factory.mktemp("accounts"), AS_OF, **quoted) as view:
        yield view


def _quote(text):
    """Quote JSON, in which the tables above write ; for a comma."""
    cells = [line.split("|") for line in text.strip().splitlines()]
    return "\n".join(
        "|".join('"' + c.strip().replace('"', '""').replace(";", ",") + '"' if "{" in c else c
                 for c in row)
        for row in cells
    )  # fmt: skip


@pytest.fixture(scope="module")
def merchants(view):
    return feature_frame(view, "merchant")


@pytest.fixture(scope="module")
def products(view):
    return feature_frame(view, "product")


@pytest.fixture(scope="module")
def creators(view):
    return feature_frame(view, "creator")


@pytest.mark.parametrize(
    ("feature", "m1", "m2", "m3"),
    [
        ("account_age", 182, 182, 182),
        ("country_share", 2 / 3, 2 / 3, 1 / 3),
        ("payout_changes_90d", 1, 0, 0),
        ("sanctions_lifetime", 0, 1, 0),
        # The device of m3 is seen only after the as-of.
        ("linked_entities", 1, 1, 0),
        ("linked_by_payout", 1, 1, 0),
        ("linked_by_device", 1, 1, 0),
        ("link_kinds", 2, 2, 0),
        # 1 / ln 2 for the bank account of two, 1 / ln 3 for the device of three.
        ("link_strength", 1 / 0.6931471805599453 + 1 / 1.0986122886681098, None, 0),
        ("flagged_links", 1, 0, 0),
        ("linked_buyers", 1, 1, 0),
        ("listed_products_30d", 1, 1, 0),
        ("listed_products_lifetime", 2, 1, 0),
        ("complaints_90d", 1, 0, 0),
        ("fake_complaints_lifetime", 1, 0, 0),
        # new/old - new/list = 9.5/30 - 9.5/38
        ("false_discount_90d", 9.5 / 30 - 9.5 / 38, None, None),
        ("claimed_discount_90d", 0.75, None, None),
        ("hollow_cuts_90d", 1, 0, 0),
        ("showing_contents_30d", 2, 0, 0),
        ("extra_score", 2.5, None, None),
        ("extra_tier__share", 1, 1, None),
        ("extra_tier__code", 0, 0, None),
    ],
)
def test_merchants(merchants, feature, m1, m2, m3):
    for entity, expected in (("m1", m1), ("m2", m2), ("m3", m3)):
        if expected is not None:
            assert merchants.loc[entity, feature] == pytest.approx(expected, abs=1e-8)


def test_unknown_own_columns_are_null(merchants):
    assert merchants.loc["m2":, "extra_score"].isna().all()
    assert merchants.loc[["m3"], "extra_tier__share"].isna().all()


@pytest.mark.parametrize(
    ("feature", "c1", "c2"),
    [
        ("contents_30d", 3, 1),
        ("live_share_90d", 2 / 3, 1),
        ("views_90d", 400, 100),
        ("comments_per_like_90d", 2 / 20, 2 / 10),
        ("categories_shown_90d", 1, 0),
        ("products_shown_90d", 2, 0),
        ("top_category_share", 1, None),
        ("fake_live_reports_lifetime", 1, 0),
        ("account_age", 100, 100),
    ],
)
def test_creators(creators, feature, c1, c2):
    assert creators.loc["c1", feature] == pytest.approx(c1)
    if c2 is not None:
        assert creators.loc["c2", feature] == pytest.approx(c2)


@pytest.mark.parametrize(
    "feature",
    [
        "repeated_content_90d",
        "same_length_live_90d",
        "health_claim_lifetime",
    ],
)
def test_the_creator_who_does_it_stands_out(creators, feature):
    assert creators.loc["c1", feature] > creators[feature].drop("c1").fillna(0).max()


def test_chance_is_the_other_creator(creators):
    feature = creators["chance_content_lifetime"]
    assert feature["c2"] > feature["c1"]


def test_words_of_listings_have_no_history(view, products):
    assert products.loc["p1", ["says_health", "says_absolute"]].isna().all()
    flags = {s.name for s in specs("product", view.dataset) if not s.is_point_in_time}
    assert "says_health" in flags


def test_words_of_listings_at_the_export(view):
    from analytics.features.as_of import AsOf

    with AsOf(view.engine, view.dataset, view.dataset.manifest.exported_at) as last:
        products = feature_frame(last, "product")
    assert products["says_health"].to_dict() == {"p1": 1, "p2": 0, "p3": 0}
    assert products["says_off_platform"].to_dict() == {"p1": 0, "p2": 0, "p3": 1}
    assert products["title_copies"].to_dict() == {"p1": 1, "p2": 1, "p3": 0}


def test_evidence_of_links_and_own_columns(view):
    evidence = evidence_of("merchant", view.dataset)
    rows = engine().frame(lambda: evidence["merchant.flagged_links"].rows(view))
    assert rows[["entity_id", "other_id"]].drop_duplicates().values.tolist() == [["m1", "m2"]]
    own = engine().frame(lambda: evidence["merchant.extra_score"].rows(view))
    assert own.set_index("entity_id")["score"].to_dict()["m1"] == 2.5


def test_what_is_missing_is_named(view):
    missing = {(off.entity, off.feature): off.missing for off in switched_off(view.dataset)}
    assert missing["merchant", "late_dispatch_30d"] == "orders"
    assert missing["product", "rating_mean_90d"] == "reviews"
    assert ("merchant", "account_age") not in missing
