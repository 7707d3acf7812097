"""Content as a family: features by hand, evidence that names the other, nothing of later."""

from datetime import datetime

import pandas as pd
import pytest

from analytics.signals.catalog import able
from analytics.signals.content.family import ContentFamily
from analytics.signals.content.features import shrunk_share
from analytics.signals.family import EVIDENCE_COLUMNS
from tests.support.views import view_of

EXPORT = datetime(2024, 4, 1)
FAMILY = ContentFamily()
SCARF = "Hand knitted winter scarf with fringe"
SAID = (
    "Good evening everybody this is the scarf you asked for and it is as warm as it looks so "
    "stay until the end of the show"
)

MERCHANTS = "merchant_id|registered_at\nm1|2024-01-01\nm2|2024-01-01\nm3|2024-01-01"
PRODUCTS = "\n".join(
    [
        "product_id|merchant_id|title|description|price|listed_at",
        f"p1|m1|{SCARF}|Warm|20.00|2024-01-05",
        f"p2|m2|{SCARF}!|Soft|10.00|2024-02-05",
        "p3|m2|Nіke garden shears of forged steel|Sharp|30.00|2024-02-06",
        "p4|m3||add me on wh4ts4pp|5.00|2024-02-07",
    ]
)
CREATORS = "creator_id|joined_at\nc1|2024-01-01\nc2|2024-01-01"
CONTENTS = "\n".join(
    [
        "content_id|creator_id|started_at|title|transcript",
        f"v1|c1|2024-02-01|Show|{SAID}",
        f"v2|c2|2024-02-02|Show|{SAID} bye",
        f"v3|c1|2024-02-03|Show|{SAID}",
        f"v4|c2|2024-03-20|w h a t s a p p|{SAID.upper()}",
    ]
)
TABLES = {
    "merchants": MERCHANTS,
    "products": PRODUCTS,
    "creators": CREATORS,
    "contents": CONTENTS,
    "events": "event_id|entity_type|entity_id|kind|at\ne1|merchant|m1|login|2024-04-01",
}


@pytest.fixture(scope="module")
def view(tmp_path_factory):
    with view_of(tmp_path_factory.mktemp("content"), EXPORT, **TABLES) as view:
        yield view


def shares(events, totals):
    return shrunk_share(pd.Series(events), pd.Series(totals)).to_dict()


def test_products(view):
    found = FAMILY.features(view, "product")
    assert found["listing_copies"].to_dict() == {"p1": 1, "p2": 1, "p3": 0, "p4": 0}
    assert found["copy_price_ratio"].dropna().to_dict() == {"p2": 0.5}
    assert found["disguised_words"].to_dict() == {"p1": 0, "p2": 0, "p3": 1, "p4": 0}


def test_merchants(view):
    found = FAMILY.features(view, "merchant")
    total = {"m1": 1, "m2": 2, "m3": 1}
    one = shares({"m1": 0, "m2": 1, "m3": 0}, total)
    assert found["copied_listing_share"].to_dict() == pytest.approx(one)
    assert found["cheaper_copy_share"].to_dict() == pytest.approx(one)
    hidden = shares({"m1": 0, "m2": 1, "m3": 1}, total)
    assert found["disguised_listing_share"].to_dict() == pytest.approx(hidden)
    assert (found["copied_from_one"] < found["copied_listing_share"].max()).all()


def test_creators(view):
    found = FAMILY.features(view, "creator")
    assert found["copied_transcript_share"].to_dict() == pytest.approx(
        shares({"c1": 1, "c2": 2}, {"c1": 2, "c2": 2})
    )
    assert found["repeated_transcript_share"].to_dict() == pytest.approx(
        shares({"c1": 1, "c2": 1}, {"c1": 2, "c2": 2})
    )
    assert found["disguised_content_share"].to_dict() == pytest.approx(
        shares({"c1": 0, "c2": 1}, {"c1": 2, "c2": 2})
    )


def test_without_decisions_there_are_no_scores(view):
    found = FAMILY.features(view, "product")
    assert found[[name for name in found if name.startswith("text_")]].isna().all(axis=None)


def test_evidence_says_who_has_the_same_since_when_at_what_price(view):
    rows = FAMILY.evidence(view)
    assert list(rows.columns) == list(EVIDENCE_COLUMNS)
    (row,) = rows[rows["feature"] == "cheaper_copy_share"].to_dict("records")
    assert (row["entity_id"], row["what"], row["other_id"]) == ("m2", f"{SCARF}!", "p1")
    assert row["detail"] == (
        "copies the title of p1 of merchant m1, listed 2024-01-05: USD 10.00 against USD 20.00"
    )
    words = rows[rows["feature"] == "disguised_listing_share"].set_index("other_id")
    assert words["what"].to_dict() == {"p3": "Nіke", "p4": "wh4ts4pp"}
    assert words["detail"].to_dict() == {
        "p3": "read as nike, in the title",
        "p4": "read as whatsapp, in the description",
    }
    assert rows.loc[rows["feature"] == "disguised_words", "entity_id"].tolist() == ["p3"]
    (copied,) = rows[
        (rows["feature"] == "copied_transcript_share") & (rows["entity_id"] == "c1")
    ].to_dict("records")
    assert (copied["other_id"], copied["detail"]) == (
        "c2",
        "v3 says nearly what v2 of 2024-02-02 said",
    )


def test_before_the_export_listings_tell_nothing(tmp_path):
    with view_of(tmp_path / "in", datetime(2024, 3, 1), **TABLES) as view:
        assert FAMILY.features(view, "product").isna().all(axis=None)
        assert FAMILY.features(view, "merchant").isna().all(axis=None)
        assert set(FAMILY.evidence(view)["entity_type"]) == {"creator"}


def test_later_contents_change_nothing(tmp_path):
    early = datetime(2024, 2, 20)
    cut = TABLES | {"contents": "\n".join(CONTENTS.splitlines()[:-1])}
    frames = []
    for name, tables in (("all", TABLES), ("cut", cut)):
        with view_of(tmp_path / name, early, **tables) as view:
            frames.append(FAMILY.features(view, "creator"))
    pd.testing.assert_frame_equal(*frames)
    assert frames[0]["copied_transcript_share"].notna().all()


def test_a_dataset_without_texts_switches_the_family_off(tmp_path):
    with view_of(tmp_path / "in", EXPORT, merchants=MERCHANTS) as view:
        assert FAMILY.why_off(view.dataset) == (
            "products.title or products.image_path or contents.transcript"
        )
        assert able(view.dataset, [FAMILY]) == []
