"""One vector for each product, of its texts, picture and attributes."""

import hashlib
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer

from analytics.signals.content.pdq import BITS
from analytics.signals.content.text_models import count_terms

Floats = NDArray[np.float64]

SIZES = {"title": 52, "description": 16, "picture": 20, "category": 7, "price": 1}
WEIGHTS = {"title": 0.8, "description": 0.3, "picture": 0.6, "category": 0.25, "price": 0.2}
SIZE = sum(SIZES.values())
"""Length of a vector."""

_PRICE_SCALE = 2.0  # in logarithms: prices that differ by 7.4 times are one unit apart


class TextSpace(TransformerMixin, BaseEstimator):
    """Places texts so that those of like words are near: latent semantic analysis.

    TF-IDF of words, pairs of words and, in short texts, character n-grams, reduced by a truncated
    singular value decomposition (Deerwester et al. 1990).

    Args:
        size: Numbers of a place.
        seed: Of the decomposition.
    """

    def __init__(self, size: int, seed: int = 0) -> None:
        self.size = size
        self.seed = seed

    def fit(self, texts: pd.Series, y: object = None) -> Self:
        """Learn which words go together; fewer than two texts teach nothing."""
        self.svd_ = None
        if len(texts) < 2:
            return self
        counts = count_terms(texts.tolist())
        self.tfidf_ = TfidfTransformer(sublinear_tf=True).fit(counts)
        terms = self.tfidf_.transform(counts)
        used = np.bincount(terms.indices, minlength=terms.shape[1])
        self.terms_ = np.flatnonzero(used > 1)  # what one text alone says brings it near to none
        rank = min(self.size, len(texts) - 1, len(self.terms_) - 1)
        if rank > 0:
            self.svd_ = TruncatedSVD(rank, n_iter=2, random_state=self.seed)
            with np.errstate(invalid="ignore"):  # texts that are all alike have no variance
                self.svd_.fit(terms[:, self.terms_])
        return self

    def transform(self, texts: pd.Series) -> Floats:
        """Return texts × `size`; zero where there is no text."""
        made = np.zeros((len(texts), self.size))
        if self.svd_ is not None:
            terms = self.tfidf_.transform(count_terms(texts.tolist()))
            reduced = self.svd_.transform(terms[:, self.terms_])
            made[:, : reduced.shape[1]] = reduced
        return made


class ProductRepresentation(TransformerMixin, BaseEstimator):
    """Turns products into unit vectors of `SIZE` numbers; the nearer, the more alike.

    Title and description each in a `TextSpace`. Picture: its PDQ hash under a fixed random
    projection, which keeps angles (Johnson and Lindenstrauss 1984). Category: a direction drawn
    from its name. Price: its logarithm against the median. A part that a product lacks is zero.

    Args:
        seed: Of decomposition and projection.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed

    def fit(self, products: pd.DataFrame, y: object = None) -> Self:
        """Learn words and price level.

        Args:
            products: title, description, category, price and `hash` (hexadecimal PDQ), each of
                which may be missing.
            y: Ignored.
        """
        self.title_ = TextSpace(SIZES["title"], self.seed).fit(products["title"])
        space = TextSpace(SIZES["description"], self.seed)
        self.description_ = space.fit(products["description"])
        known = _logs(products["price"]).dropna()
        self.level_ = float(known.median()) if len(known) else 0.0
        return self

    def transform(self, products: pd.DataFrame) -> NDArray[np.float32]:
        """Return products × `SIZE`, unit vectors; zero for a product of which nothing is known."""
        prices = (_logs(products["price"]) - self.level_) / _PRICE_SCALE
        parts = {
            "title": _unit(self.title_.transform(products["title"])),
            "description": _unit(self.description_.transform(products["description"])),
            "picture": _unit(_pictures(products["hash"], self.seed)),
            "category": _unit(_directions(products["category"])),
            "price": prices.clip(-1, 1).fillna(0.0).to_numpy()[:, None],
        }
        whole = np.hstack([WEIGHTS[name] * part for name, part in parts.items()])
        return _unit(whole).astype(np.float32)

    def get_feature_names_out(self, input_features: object = None) -> list[str]:
        """Return the names of the places of a vector."""
        return [f"{part}_{k}" for part, size in SIZES.items() for k in range(size)]


def _logs(prices: pd.Series) -> pd.Series:
    known = prices.astype(float)
    return known.where(known > 0).map(np.log)


def _pictures(hashes: pd.Series, seed: int) -> Floats:
    signs = np.zeros((len(hashes), BITS))
    for place in np.flatnonzero(hashes.notna()):
        digits = np.frombuffer(bytes.fromhex(hashes.iloc[place]), dtype=np.uint8)
        signs[place] = np.unpackbits(digits) * 2.0 - 1.0
    return signs @ np.random.default_rng(seed).standard_normal((BITS, SIZES["picture"]))


def _directions(categories: pd.Series) -> Floats:
    """Return a direction for each category, always the same for the same name."""
    codes, names = pd.factorize(categories)
    drawn = [_drawn(str(name)) for name in names]
    return np.vstack([*drawn, np.zeros(SIZES["category"])])[codes]


def _drawn(name: str) -> Floats:
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    return np.random.default_rng(list(digest)).standard_normal(SIZES["category"])


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)
