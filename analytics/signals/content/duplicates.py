"""Near-duplicate texts: listings and transcripts that were copied with small changes.

MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3) proposes pairs, and
each proposed pair is then measured exactly: the similarity is the Jaccard similarity of the two
texts' sets of character n-grams. So what is returned is right, and what is missed is rare (see
`chance_to_find`). The same texts and seed give the same pairs in the same order.
"""

from collections.abc import Iterator
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator, TransformerMixin

from analytics.errors import InputError
from analytics.signals.content.shingles import (
    ShingleSets,
    jaccard,
    likely,
    shingle_sets,
    signatures,
)

Rows = NDArray[np.int64]


class DuplicateFinder(TransformerMixin, BaseEstimator):
    """Finds near-duplicates among texts.

    Args:
        threshold: Least similarity of a pair, above 0 and at most 1.
        shingle: Length of the character n-grams.
        bands: Number of bands; a pair is proposed if all `rows` positions of a band agree.
        rows: Positions in a band.
        neighbours: In a bucket of more texts than this, each is compared with so many that follow
            it, not with all; a copied boilerplate would otherwise make billions of pairs.
        seed: Of the MinHash permutations.

    Attributes:
        pairs_: left, right (ids, left first in the order given), similarity; most similar first.
            Of texts with the same n-grams, each is paired with the first one only.
        clusters_: For each id in a pair, the first id of its cluster (pairs joined in chains).
        empty_: Ids of texts without a letter or digit; they are duplicates of nothing.
    """

    def __init__(
        self,
        threshold: float = 0.8,
        shingle: int = 4,
        bands: int = 32,
        rows: int = 4,
        neighbours: int = 50,
        seed: int = 0,
    ) -> None:
        self.threshold = threshold
        self.shingle = shingle
        self.bands = bands
        self.rows = rows
        self.neighbours = neighbours
        self.seed = seed

    def fit(self, texts: pd.Series, y: object = None) -> Self:
        """Find the pairs among texts, whose index holds their ids.

        Raises:
            InputError: An id occurs twice, or the threshold is out of range.
        """
        self._check(texts)
        sets = shingle_sets(texts.tolist(), self.shingle)
        first_of = _first_of_equal(sets)
        distinct = np.flatnonzero((first_of == np.arange(len(sets))) & (sets.sizes > 0))
        left, right, similarity = self._near(sets, distinct)
        copies = np.flatnonzero((first_of != np.arange(len(sets))) & (sets.sizes > 0))
        left = np.concatenate([first_of[copies], left])
        right = np.concatenate([copies, right])
        similarity = np.concatenate([np.ones(len(copies)), similarity])
        order = np.lexsort((right, left, -similarity))
        ids = texts.index
        self.pairs_ = pd.DataFrame(
            {"left": ids[left], "right": ids[right], "similarity": similarity}
        ).iloc[order]
        self.pairs_ = self.pairs_.reset_index(drop=True)
        self.clusters_ = _clusters(ids, left, right)
        self.empty_ = ids[sets.sizes == 0].tolist()
        self.ids_ = ids
        return self

    def transform(self, texts: pd.Series) -> pd.DataFrame:
        """Return for each of the fitted texts what was found: a frame with their ids as index.

        Columns: `near_duplicates`, the other texts of its cluster; `nearest_similarity`, the
        greatest similarity of its pairs, 0 without one.

        Raises:
            InputError: A text was not among those fitted.
        """
        if len(unknown := texts.index.difference(self.ids_)):
            raise InputError(
                f"{len(unknown)} texts were not among those searched, for example {unknown[0]!r}."
            )
        sizes = self.clusters_.map(self.clusters_.value_counts()) - 1
        ends = pd.concat([self.pairs_.set_index(side)["similarity"] for side in ("left", "right")])
        found = pd.DataFrame(
            {"near_duplicates": sizes, "nearest_similarity": ends.groupby(level=0).max()}
        )
        found = found.reindex(texts.index).fillna(0.0)
        return found.astype({"near_duplicates": np.int64})[self.get_feature_names_out()]

    def get_feature_names_out(self, input_features: object = None) -> list[str]:
        """Return the columns of `transform`."""
        return ["near_duplicates", "nearest_similarity"]

    def chance_to_find(self, similarity: float) -> float:
        """Return the probability that banding proposes a pair of this similarity."""
        return float(1 - (1 - similarity**self.rows) ** self.bands)

    def _check(self, texts: pd.Series) -> None:
        if not 0 < self.threshold <= 1:
            raise InputError(
                f"The threshold is a similarity above 0 and at most 1, not {self.threshold}."
            )
        if texts.index.has_duplicates:
            twice = texts.index[texts.index.duplicated()][0]
            raise InputError(
                f"The id {twice!r} occurs more than once.", hint="Give each text an id of its own."
            )

    def _near(self, sets: ShingleSets, distinct: Rows) -> tuple[Rows, Rows, NDArray[np.float64]]:
        if not len(distinct):
            return distinct, distinct, np.empty(0)
        marks = signatures(sets, self.bands * self.rows, self.seed)[distinct]
        proposed = np.empty(0, dtype=np.int64)
        for band in range(self.bands):
            keys = marks[:, band * self.rows : (band + 1) * self.rows]
            found = [proposed]
            for codes in _bucket_pairs(keys, self.neighbours):
                near = likely(marks, codes // len(marks), codes % len(marks), self.threshold)
                found.append(codes[near])
            proposed = np.unique(np.concatenate(found))
        left, right = distinct[proposed // len(marks)], distinct[proposed % len(marks)]
        similarity = jaccard(sets, left, right)
        near = similarity >= self.threshold
        return left[near], right[near], similarity[near]


def _bucket_pairs(keys: NDArray[np.uint32], neighbours: int) -> Iterator[Rows]:
    """Yield codes `low * n + high` of rows with equal keys, at most `neighbours` places apart."""
    order = np.lexsort(keys.T[::-1]).astype(np.int64)
    ordered = keys[order]
    for apart in range(1, min(neighbours, len(keys) - 1) + 1):
        equal = np.flatnonzero((ordered[:-apart] == ordered[apart:]).all(axis=1))
        if not len(equal):
            return
        ends = order[equal], order[equal + apart]
        yield np.minimum(*ends) * len(keys) + np.maximum(*ends)


def _first_of_equal(sets: ShingleSets) -> Rows:
    seen: dict[bytes, int] = {}
    pieces = zip(sets.starts[:-1], sets.starts[1:], strict=True)
    return np.array(
        [seen.setdefault(sets.hashes[a:b].tobytes(), row) for row, (a, b) in enumerate(pieces)],
        dtype=np.int64,
    )


def _clusters(ids: pd.Index, left: Rows, right: Rows) -> pd.Series:
    links = coo_matrix((np.ones(len(left)), (left, right)), shape=(len(ids), len(ids)))
    _, label = connected_components(links, directed=False)
    members = np.unique(np.concatenate([left, right]))
    first = pd.Series(members).groupby(label[members]).transform("min").to_numpy()
    return pd.Series(ids[first], index=ids[members], name="cluster")
