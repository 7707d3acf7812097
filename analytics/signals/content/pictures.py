"""Which listings show the picture of an earlier one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.features.as_of import AsOf
from analytics.signals.content.copies import copies_among
from analytics.signals.content.images import near_hashes
from analytics.signals.content.listings import listing_rows
from analytics.signals.content.pdq import BITS, SAME_BITS


@dataclass(frozen=True)
class Pictures:
    """Listings with a usable picture, in order of time.

    Attributes:
        rows: By product_id: merchant_id, hash; `original`, the earliest listing of another
            merchant with the same picture, if it is earlier; `others`, how many listings of other
            merchants show it.
        matches: id, other, similarity (share of bits that agree).
    """

    rows: pd.DataFrame
    matches: pd.DataFrame


def has_pictures(view: AsOf) -> bool:
    """Whether the products' pictures were hashed, and are known at the view's moment."""
    manifest = view.dataset.manifest
    return manifest.pictures is not None and view.as_of >= manifest.exported_at


def pictures(view: AsOf) -> Pictures:
    """Return which pictures are the same, computed once a view."""
    return view.remember("content pictures", lambda: _pictures(view))


def picture_hashes(view: AsOf) -> pd.Series:
    """Return the hash of each product's picture, missing where there is none to compare."""
    path = view.dataset.pictures_path
    rows = listing_rows(view)
    if path is None or not has_pictures(view):
        return pd.Series(None, index=rows.index, dtype=object)
    hashed = pd.read_parquet(path)
    usable = hashed[hashed["problem"].isna()].set_index("image_path")["hash"]
    return rows["image_path"].map(usable)


def _pictures(view: AsOf) -> Pictures:
    hashes = picture_hashes(view).dropna()
    rows = listing_rows(view).loc[hashes.index, ["merchant_id"]].assign(hash=hashes)
    owner = pd.factorize(rows["merchant_id"])[0]
    found, matches = copies_among(rows.index, owner, _pairs(hashes))
    return Pictures(rows.join(found), matches)


def _pairs(hashes: pd.Series) -> pd.DataFrame:
    """Return pairs of places as `copies_among` takes them."""
    codes, distinct = pd.factorize(hashes)
    first = pd.Series(np.arange(len(codes))).groupby(codes).min().to_numpy()
    again = np.flatnonzero(first[codes] != np.arange(len(codes)))
    left, right, apart = near_hashes(_bits(distinct), SAME_BITS)
    return pd.DataFrame(
        {
            "left": np.concatenate([first[codes[again]], first[left]]).astype(np.int64),
            "right": np.concatenate([again, first[right]]).astype(np.int64),
            "similarity": np.concatenate([np.ones(len(again)), 1.0 - apart / BITS]),
        }
    )


def _bits(distinct: pd.Index) -> NDArray[np.bool_]:
    digits = b"".join(bytes.fromhex(text) for text in distinct)
    return np.unpackbits(np.frombuffer(digits, np.uint8)).reshape(-1, BITS).astype(bool)
