"""The rows behind the features of content: who has the same, since when, at what price; words."""

from collections.abc import Iterator

import pandas as pd

from analytics import formats
from analytics.columns import ENTITY_TYPES, KNOWN_AT
from analytics.features.as_of import AsOf
from analytics.signals.content.features import is_cheaper
from analytics.signals.content.listings import is_told, listing_rows, listings
from analytics.signals.content.pictures import has_pictures, pictures
from analytics.signals.content.telling import telling_words
from analytics.signals.content.transcripts import transcripts
from analytics.signals.family import empty_evidence, evidence_rows


def evidence(view: AsOf) -> pd.DataFrame:
    """Return the evidence of all features of content at the moment."""
    parts = [empty_evidence()]
    if is_told(view):
        parts += _of_listings(view)
    if has_pictures(view):
        parts += _of_pictures(view)
    if view.has("contents.transcript"):
        parts += _of_transcripts(transcripts(view))
    for entity in ENTITY_TYPES:
        parts += telling_words(view, entity)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _of_listings(view: AsOf) -> Iterator[pd.DataFrame]:
    found, currency = listings(view), view.dataset.manifest.currency
    rows = found.rows
    matches = found.matches.sort_values("similarity", ascending=False, kind="stable")
    matches = matches.drop_duplicates(["product_id", "other"])
    other = rows.loc[matches["other"]]
    yield evidence_rows(
        "product",
        "listing_copies",
        matches["product_id"].to_numpy(),
        at=other[KNOWN_AT].to_numpy(),
        what=other["title"].to_numpy(),
        other_type="product",
        other_id=other.index,
        detail=[
            f"same {field} ({formats.share(alike)}), sold by {merchant} at "
            f"{formats.money(price, currency)}"
            for field, alike, merchant, price in zip(
                matches["field"],
                matches["similarity"],
                other["merchant_id"],
                other["price"],
                strict=True,
            )
        ],
    )
    copied = rows[rows["original"].notna()]
    against = _against(copied, rows, currency)
    original = {"other_type": "product", "other_id": copied["original"].to_numpy()}
    is_priced = copied["price_ratio"].notna().to_numpy()
    first = rows.loc[copied["original"]]
    yield evidence_rows(
        "product",
        "copy_price_ratio",
        copied.index,
        at=first[KNOWN_AT].to_numpy(),
        what=first["title"].to_numpy(),
        detail=against,
        **original,
    )[is_priced]
    for feature, chosen in _behind_merchants(copied).items():
        yield evidence_rows(
            "merchant",
            feature,
            copied["merchant_id"].to_numpy(),
            at=copied[KNOWN_AT].to_numpy(),
            what=copied["title"].to_numpy(),
            detail=against,
            **original,
        )[chosen.to_numpy()]
    yield from _of_disguises(found.disguises, rows)


def _against(copied: pd.DataFrame, rows: pd.DataFrame, currency: str) -> list[str]:
    first = rows.loc[copied["original"]]
    return [
        f"copies the {field} of {original} of merchant {merchant}, listed {formats.date(at)}: "
        f"{formats.money(price, currency)} against {formats.money(before, currency)}"
        for field, price, original, merchant, at, before in zip(
            copied["copied"],
            copied["price"],
            first.index,
            first["merchant_id"],
            first[KNOWN_AT],
            first["price"],
            strict=True,
        )
    ]


def _behind_merchants(copied: pd.DataFrame) -> dict[str, pd.Series]:
    pairs = copied.groupby(["merchant_id", "original_merchant"])["original"].transform("size")
    most = pairs.groupby(copied["merchant_id"]).transform("max")
    return {
        "copied_listing_share": pd.Series(True, index=copied.index),
        "cheaper_copy_share": is_cheaper(copied),
        "copied_from_one": (pairs == most) & (most > 1),
    }


def _of_disguises(words: pd.DataFrame, rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    owner = rows.loc[words["product_id"]]
    where = [
        f"read as {read}, in the {field}"
        for read, field in zip(words["read"], words["field"], strict=True)
    ]
    shown: dict[str, object] = {
        "at": owner[KNOWN_AT].to_numpy(),
        "what": words["written"].to_numpy(),
    }
    ids, is_goods = words["product_id"].to_numpy(), ~words["is_contact"].to_numpy()
    yield evidence_rows("product", "disguised_words", ids, **shown, detail=where)[is_goods]
    shown |= {"other_type": "product", "other_id": ids}
    merchants = owner["merchant_id"].to_numpy()
    yield evidence_rows("merchant", "disguised_listing_share", merchants, **shown, detail=where)


def _of_pictures(view: AsOf) -> Iterator[pd.DataFrame]:
    found, rows, currency = pictures(view), listing_rows(view), view.dataset.manifest.currency
    other = rows.loc[found.matches["other"]]
    yield evidence_rows(
        "product",
        "picture_copies",
        found.matches["id"].to_numpy(),
        at=other[KNOWN_AT].to_numpy(),
        what=other["title"].to_numpy(),
        other_type="product",
        other_id=other.index,
        detail=[
            f"same picture ({formats.share(alike)} of its hash), sold by {merchant} at "
            f"{formats.money(price, currency)}"
            for alike, merchant, price in zip(
                found.matches["similarity"], other["merchant_id"], other["price"], strict=True
            )
        ],
    )
    copied = found.rows[found.rows["original"].notna()]
    own, first = rows.loc[copied.index], rows.loc[copied["original"]]
    yield evidence_rows(
        "merchant",
        "picture_copy_share",
        own["merchant_id"].to_numpy(),
        at=own[KNOWN_AT].to_numpy(),
        what=own["title"].to_numpy(),
        other_type="product",
        other_id=first.index,
        detail=[
            f"{product} shows the picture of {original} of merchant {merchant}, listed "
            f"{formats.date(at)}"
            for product, original, merchant, at in zip(
                own.index, first.index, first["merchant_id"], first[KNOWN_AT], strict=True
            )
        ],
    )


def _of_transcripts(rows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for feature, source in (
        ("copied_transcript_share", "original"),
        ("repeated_transcript_share", "own"),
    ):
        behind = rows[rows["is_long"] & rows[source].notna()]
        first = rows.loc[behind[source]]
        yield evidence_rows(
            "creator",
            feature,
            behind["creator_id"].to_numpy(),
            at=behind["started_at"].to_numpy(),
            what=behind["excerpt"].to_numpy(),
            other_type="creator" if source == "original" else None,
            other_id=first["creator_id"].to_numpy() if source == "original" else None,
            detail=[
                f"{content} says nearly what {earlier} of {formats.date(at)} said"
                for content, earlier, at in zip(
                    behind.index, first.index, first["started_at"], strict=True
                )
            ],
        )
    hiding = rows[rows["hidden"] != ""]
    yield evidence_rows(
        "creator",
        "disguised_content_share",
        hiding["creator_id"].to_numpy(),
        at=hiding["started_at"].to_numpy(),
        what=hiding["hidden"].to_numpy(),
        detail=[
            f"read as {read}, in {content}"
            for read, content in zip(hiding["read"], hiding.index, strict=True)
        ],
    )
