"""What the listings of a moment say of each other: copies, prices against the original, disguises.

Titles and descriptions have no history: before the export there are none, and nothing follows.
"""

from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.columns import KNOWN_AT
from analytics.features.as_of import AsOf
from analytics.features.facts.words import listing_words
from analytics.features.lexicon import load_lexicon
from analytics.signals.content.copies import OWNER, TEXT, CopyFinder
from analytics.signals.content.disguise import disguised_words

FIELDS = ("title", "description")
LEAST_LENGTH = {"title": 15, "description": 80}
CONTACT = "off_platform"
CHEAPER = 0.9
"""A copy counts as cheaper from this share of the original's price down."""

COLUMNS = ("product_id", "merchant_id", "category", "price", "image_path", *FIELDS, KNOWN_AT)


@dataclass(frozen=True)
class Listings:
    """All listings with a text, in order of time.

    Attributes:
        rows: By product_id: merchant_id, category, title, description, price, image_path,
            known_at; `original`, the earliest listing of another merchant that it copies, and
            `copied`, the field; `others`, listings of other merchants that are nearly the same;
            `original_merchant`, `price_ratio` to the original; `disguised`, words in disguise, and
            `disguised_goods`, those that are no contact outside of the marketplace.
        matches: product_id, other, field, similarity.
        disguises: product_id, field, written, read, is_contact.
    """

    rows: pd.DataFrame
    matches: pd.DataFrame
    disguises: pd.DataFrame


def is_told(view: AsOf) -> bool:
    """Whether titles and descriptions are known at the view's moment."""
    return view.has("products.title") and view.as_of >= view.dataset.manifest.exported_at


def listings(view: AsOf) -> Listings:
    """Return what the listings say of each other, computed once a view."""
    return view.remember("content listings", lambda: _listings(view))


def listing_rows(view: AsOf) -> pd.DataFrame:
    """Return the products known at the moment by product_id, the earliest first."""
    return view.remember("content listing rows", lambda: _rows(view))


def _rows(view: AsOf) -> pd.DataFrame:
    def table() -> ir.Table:
        products = view.table("products").select(*COLUMNS)
        return products.mutate(price=products.price.cast("float64"))

    rows = view.engine.frame(table).sort_values([KNOWN_AT, "product_id"])
    return rows.set_index("product_id")


def _listings(view: AsOf) -> Listings:
    rows = listing_rows(view)
    rows = rows[rows[list(FIELDS)].notna().any(axis=1)]
    found, matches = _copies(rows)
    rows = rows.join(found)
    source = rows.reindex(rows["original"])
    rows["original_merchant"] = source["merchant_id"].to_numpy()
    price = source["price"].to_numpy()
    rows["price_ratio"] = rows["price"] / np.where(price > 0, price, np.nan)
    disguises = _disguises(view, rows)
    for name, words in (
        ("disguised", disguises),
        ("disguised_goods", disguises[~disguises["is_contact"]]),
    ):
        rows[name] = words.groupby("product_id").size().reindex(rows.index, fill_value=0)
    return Listings(rows, matches, disguises)


def _copies(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return original, copied and others by product, and the matches; by title and description."""
    place = pd.Series(np.arange(len(rows)), index=rows.index)
    found, matches = [], []
    for field in FIELDS:
        finder = CopyFinder(least_length=LEAST_LENGTH[field])
        texts = rows.rename(columns={"merchant_id": OWNER, field: TEXT})
        finder.fit(texts[[OWNER, TEXT]])
        found.append(finder.found_.assign(copied=field, place=finder.found_["original"].map(place)))
        matches.append(finder.matches_.rename(columns={"id": "product_id"}).assign(field=field))
    title, description = found
    by_title = ~(description["place"] < title["place"].fillna(np.inf))
    best = title.where(by_title, description)
    best["copied"] = best["copied"].where(best["original"].notna())
    best["others"] = np.maximum(title["others"], description["others"])
    return best[["original", "copied", "others"]], pd.concat(matches, ignore_index=True)


def _disguises(view: AsOf, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the words in disguise; terms are looked for where the features' search found one."""
    lexicon = load_lexicon()
    flags = {CONTACT: "says_off_platform", "imitation": "says_imitation"}
    words = view.engine.frame(lambda: listing_words(view)).set_index("product_id")
    said = words[list(flags.values())].reindex(rows.index).fillna(False).astype(bool)
    made = []
    for field in FIELDS:
        for product, text, *has in zip(rows.index, rows[field], *said.T.to_numpy(), strict=True):
            names = [name for name, found in zip(flags, has, strict=True) if found]
            lists = [name for name in names if lexicon.lists[name].is_disguised]
            if isinstance(text, str) and (lists or not text.isascii()):
                made += [
                    (product, field, word.written, word.read, word.list_name == CONTACT)
                    for word in disguised_words(text, lists)
                ]
    columns = ["product_id", "field", "written", "read", "is_contact"]
    return pd.DataFrame(made, columns=columns).astype({"is_contact": bool})
