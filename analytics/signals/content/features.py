"""Features of content at a moment, by entity."""

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_ID, EntityType
from analytics.features.as_of import AsOf
from analytics.features.shrinkage import Moments, prior
from analytics.signals.content.documents import scores_now
from analytics.signals.content.listings import CHEAPER, Listings, is_told, listings
from analytics.signals.content.pictures import has_pictures, pictures
from analytics.signals.content.specs import SPECS, score_name
from analytics.signals.content.transcripts import transcripts


def features(view: AsOf, entity: EntityType) -> pd.DataFrame:
    """Return all declared features by `entity_id`; NaN where they cannot be told."""
    parts = [_of_rows(view, entity), _of_pictures(view, entity), _scores(view, entity)]
    found = pd.concat([part for part in parts if part is not None] or [pd.DataFrame()], axis=1)
    names = [spec.name for spec in SPECS if spec.entity == entity]
    return found.reindex(columns=names).astype("float64").rename_axis(ENTITY_ID)


def _of_rows(view: AsOf, entity: EntityType) -> pd.DataFrame | None:
    if entity == "creator":
        return of_creators(transcripts(view)) if view.has("contents.transcript") else None
    if not is_told(view):
        return None
    found = listings(view)
    return of_products(found) if entity == "product" else of_merchants(found)


def of_products(found: Listings) -> pd.DataFrame:
    """Return copies, price against the original and words in disguise of each listing."""
    rows = found.rows
    return pd.DataFrame(
        {
            "listing_copies": rows["others"],
            "copy_price_ratio": rows["price_ratio"],
            "disguised_words": rows["disguised_goods"],
        }
    )


def of_merchants(found: Listings) -> pd.DataFrame:
    """Return the shares of each merchant's listings that copy others or hide words."""
    rows = found.rows
    by = rows["merchant_id"]
    total = rows.groupby(by).size()
    copied = rows["original"].notna()
    from_each = rows[copied].groupby(["merchant_id", "original_merchant"]).size()
    most = from_each.groupby(level=0).max().reindex(total.index, fill_value=0)
    return pd.DataFrame(
        {
            "copied_listing_share": shrunk_share(copied.groupby(by).sum(), total),
            "cheaper_copy_share": shrunk_share(is_cheaper(rows).groupby(by).sum(), total),
            "copied_from_one": shrunk_share(most.where(most > 1, 0), total),
            "disguised_listing_share": shrunk_share(
                (rows["disguised"] > 0).groupby(by).sum(), total
            ),
        }
    )


def is_cheaper(rows: pd.DataFrame) -> pd.Series:
    """Whether each listing copies another and costs at least a tenth less."""
    return rows["price_ratio"] <= CHEAPER


def of_creators(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the shares of each creator's contents that repeat others or hide words."""
    long = rows[rows["is_long"]]
    by = long["creator_id"]
    total = long.groupby(by).size()
    hidden = (rows["hidden"] != "").groupby(rows["creator_id"])
    return pd.DataFrame(
        {
            "copied_transcript_share": shrunk_share(
                long["original"].notna().groupby(by).sum(), total
            ),
            "repeated_transcript_share": shrunk_share(long["own"].notna().groupby(by).sum(), total),
            "disguised_content_share": shrunk_share(hidden.sum(), hidden.size()),
        }
    )


def shrunk_share(events: pd.Series, total: pd.Series) -> pd.Series:
    """Return events over totals (above 0), shrunk towards all by the beta-binomial."""
    n, x = total.to_numpy(float), events.reindex(total.index).to_numpy(float)
    sums = (len(n), n.sum(), x.sum(), (n * n).sum(), (x * x / n).sum(), 0.0)
    mean, strength = prior(Moments(*(np.array([value]) for value in sums)), "rate")
    return pd.Series((x + strength * mean) / (n + strength), index=total.index)


def _of_pictures(view: AsOf, entity: EntityType) -> pd.DataFrame | None:
    if entity == "creator" or not has_pictures(view):
        return None
    rows = pictures(view).rows
    if entity == "product":
        return rows[["others"]].rename(columns={"others": "picture_copies"})
    by = rows["merchant_id"]
    share = shrunk_share(rows["original"].notna().groupby(by).sum(), rows.groupby(by).size())
    return pd.DataFrame({"picture_copy_share": share})


def _scores(view: AsOf, entity: EntityType) -> pd.DataFrame | None:
    found = scores_now(view, entity)
    return None if found is None else found.scores.rename(columns=score_name)
