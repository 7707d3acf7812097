"""Vector spaces over the records of two tables: what makes a pair alike, and how rare a word is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from analytics.signals.content.matching.candidates import Attributes, Rows, as_text
from analytics.signals.content.matching.tokens import words

Matrix = Any  # scipy's sparse or NumPy's dense matrix, records × terms
Words = tuple[str, ...]

_WORDS = {"token_pattern": r"\S+", "lowercase": False}
_LATENT = 100
_CHUNK_CELLS = 4_000_000
_CHUNK_PAIRS = 50_000


@dataclass(frozen=True)
class RecordWords:
    """Words of each record of one table: of its title, of its other texts, and of all."""

    title: list[Words]
    others: list[Words]
    full: list[Words]


@dataclass(frozen=True)
class Space:
    """Vectors of length 1 of the records of both tables; their product is the cosine."""

    name: str
    left: Matrix
    right: Matrix

    def cosine(self, left_row: Rows, right_row: Rows) -> NDArray[np.float64]:
        """Return the cosine of pairs."""
        made = np.empty(len(left_row))
        for start in range(0, len(left_row), _CHUNK_PAIRS):
            part = slice(start, start + _CHUNK_PAIRS)
            left, right = self.left[left_row[part]], self.right[right_row[part]]
            product = left.multiply(right) if sp.issparse(left) else left * right
            made[part] = np.asarray(product.sum(axis=1)).ravel()
        return made

    def blocks(self, *, by_right: bool) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield all cosines by blocks of records: (first record, records × those of the other)."""
        here, there = (self.right, self.left) if by_right else (self.left, self.right)
        step = max(1, _CHUNK_CELLS // max(there.shape[0], 1))
        for start in range(0, here.shape[0], step):
            block = here[start : start + step] @ there.T
            yield start, block.toarray() if sp.issparse(block) else block


def record_words(records: pd.DataFrame, attributes: Attributes) -> RecordWords:
    """Split the texts of a table into words."""
    title = [words(text) for text in as_text(records[attributes.title])]
    others: list[Words] = [()] * len(records)
    for column in attributes.others:
        others = [a + words(b) for a, b in zip(others, as_text(records[column]), strict=True)]
    full = [
        t if set(o) <= set(t) else tuple(w for w in dict.fromkeys(o) if w not in t) + t
        for t, o in zip(title, others, strict=True)
    ]
    return RecordWords(title, others, full)


def word_weights(left: RecordWords, right: RecordWords) -> dict[str, float]:
    """Return the inverse document frequency of each word over all records of both tables."""
    seen: dict[str, int] = {}
    for full in (*left.full, *right.full):
        for word in set(full):
            seen[word] = seen.get(word, 0) + 1
    records = len(left.full) + len(right.full)
    return {word: float(np.log((1 + records) / (1 + n)) + 1) for word, n in seen.items()}


def make_spaces(left: RecordWords, right: RecordWords, seed: int) -> list[Space]:
    """Fit every space on the records of both tables. No label is used."""
    titles, full = _joined(left.title, right.title), _joined(left.full, right.full)
    unspaced = [text.replace(" ", "") for text in titles]
    made = {
        "title_words": _vectors(titles, **_WORDS),
        "words": _vectors(full, **_WORDS),
        "title_letters": _vectors(titles, analyzer="char_wb", ngram_range=(2, 4)),
        "letters": _vectors(full, analyzer="char_wb", ngram_range=(3, 5)),
        "word_pairs": _vectors(titles, **_WORDS, ngram_range=(1, 2)),
        "unspaced": _vectors(unspaced, analyzer="char", ngram_range=(3, 5)),
    }
    made["latent"] = _latent(made["words"], seed)
    made["latent_letters"] = _latent(made["letters"], seed)
    count = len(left.title)
    return [Space(name, matrix[:count], matrix[count:]) for name, matrix in made.items()]


def blocking_space(left: RecordWords, right: RecordWords) -> Space:
    """Return the one space in which candidates are looked for."""
    matrix = _vectors(_joined(left.full, right.full), analyzer="char_wb", ngram_range=(3, 5))
    return Space("letters", matrix[: len(left.full)], matrix[len(left.full) :])


def _joined(left: list[Words], right: list[Words]) -> list[str]:
    return [" ".join(each) for each in (*left, *right)]


def _vectors(texts: list[str], **options: Any) -> sp.csr_matrix:
    if not any(texts):
        return sp.csr_matrix((len(texts), 1), dtype=np.float64)
    return TfidfVectorizer(sublinear_tf=True, **options).fit_transform(texts).tocsr()


def _latent(matrix: sp.csr_matrix, seed: int) -> NDArray[np.float64]:
    size = min(_LATENT, min(matrix.shape) - 1)
    if size < 2:  # nothing is left out then
        return np.asarray(matrix.toarray())
    made: NDArray[np.float64] = normalize(
        TruncatedSVD(size, random_state=seed).fit_transform(matrix)
    )
    return made
