"""Who else sells it, since when, at what price; and what an entity says."""

from datetime import datetime

import pytest

from analytics.errors import NotFoundError
from analytics.explain.same_product import same_elsewhere
from analytics.explain.text_models import text_models
from analytics.explain.words import marked_texts
from analytics.signals.catalog import FEATURE_VERSION
from analytics.signals.content.family import ContentFamily
from analytics.signals.frame import write_tables
from analytics.warehouse import Warehouse
from tests.support.views import view_of

MERCHANTS = "merchant_id|registered_at\nm1|2024-01-01\nm2|2024-01-02\nm3|2024-01-01"
PRODUCTS = "\n".join(
    [
        "product_id|merchant_id|category|title|description|price|listed_at",
        "p1|m1|home|Oak table lamp with linen shade|Warm light|40.00|2024-01-05",
        "p2|m2|home|Oak table lamp with linen shade|Warm|30.00|2024-02-05",
        "p3|m3|home|Oak table lamp with linen shade L|Warm|35.00|2024-02-06",
        "p4|m1|home|Oak table lamp with linen shade|Warm|40.00|2024-02-07",
        "p5|m3|tools|Forged garden shears|write me on w.a|15.00|2024-02-08",
        "p6|m3|tools|Steel garden rake|Long|12.00|2024-02-09",
    ]
)
CREATORS = "creator_id|joined_at\nc1|2024-01-01"
CONTENTS = "\n".join(
    [
        "content_id|creator_id|started_at|title|transcript",
        "v1|c1|2024-02-01|Lamps|All about lamps",
        f"v2|c1|2024-02-02|Live|{'so ' * 200}add me on telegram{' ok' * 200}",
    ]
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("same")
    tables = {"merchants": MERCHANTS, "products": PRODUCTS}
    tables |= {"creators": CREATORS, "contents": CONTENTS}
    with view_of(folder, datetime(2024, 3, 1), **tables) as view:
        home = view.dataset.home
        (snapshot,) = home.snapshots()
        target = snapshot.path / "features" / FEATURE_VERSION
        target.mkdir(parents=True)
        write_tables(view, target, [ContentFamily()])
    warehouse = Warehouse(home)
    yield warehouse, snapshot.snapshot_id
    warehouse.close()


def test_others_with_the_same_title_come_first_and_own_listings_not_at_all(stored):
    found = same_elsewhere(*stored, "p1").set_index("product_id")
    assert set(found.index) == {"p2", "p3"}
    assert found["same"].tolist() == ["title", "title"]
    assert found["likeness"].is_monotonic_decreasing
    assert found["likeness"].min() > 0.8
    lamp = found.loc["p2"]
    assert (lamp["merchant_id"], lamp["price"], str(lamp["since"].date())) == (
        "m2",
        30.0,
        "2024-02-05",
    )


def test_what_nobody_else_sells_has_no_others(stored):
    assert same_elsewhere(*stored, "p5").empty
    assert same_elsewhere(*stored, "nobody").empty


def test_a_snapshot_of_another_version_says_so(stored, monkeypatch):
    monkeypatch.setattr("analytics.explain.same_product.FEATURE_VERSION", "0" * 12)
    monkeypatch.setattr("analytics.explain.text_models.FEATURE_VERSION", "0" * 12)
    with pytest.raises(NotFoundError, match="no products to compare"):
        same_elsewhere(*stored, "p1")
    with pytest.raises(NotFoundError, match="nothing of text models"):
        text_models(*stored)


def test_without_decisions_there_are_no_text_models(stored):
    assert text_models(*stored).empty


def test_a_listing_is_shown_whole(stored):
    title, description = marked_texts(*stored, "product", "p5")
    assert [piece.text for piece in title.pieces] == ["Forged garden shears"]
    assert [piece.text for piece in description.pieces] == ["write me on ", "w.a"]
    assert description.pieces[1].mark.read == "wa"


def test_of_merchants_and_creators_only_texts_with_matches_are_shown(stored):
    (text,) = marked_texts(*stored, "merchant", "m3")
    assert (text.row_id, text.field) == ("p5", "description")
    (said,) = marked_texts(*stored, "creator", "c1")
    assert (said.row_id, said.field) == ("v2", "transcript")
    assert [piece.text for piece in said.pieces if piece.mark] == ["telegram"]
    assert sum(len(piece.text) for piece in said.pieces) < 300
    assert marked_texts(*stored, "merchant", "m2") == []
