"""What confirmed violations of each policy have in common in their texts.

A ridge regression for each policy on TF-IDF of words, pairs of words and, in short texts,
character n-grams. Ridge
has its leave-one-out predictions in closed form (Rifkin and Lippert 2007, "Notes on regularized
least squares"), so the score of a decided entity never knows its own decision, at no cost.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Self

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.metrics import average_precision_score

from analytics.signals.content.plain_text import MAX_CHARS, plain_letters

POLICY = "policy"
TERMS = 2**18

_WORD = re.compile(r"\w+")
_GRAM = 4
_SHORT = 50  # words; in longer texts the words tell enough, and n-grams would fill the memory


class TextModels(BaseEstimator):
    """Scores texts by their likeness to confirmed violations of each policy.

    A policy with too few decisions is off, and so is one whose left-out scores rank its violations
    no better than chance would; `report_` says which.

    Args:
        policies: Codes.
        least_violations: Confirmed violations that a policy needs.
        least_others: Other decided entities that it needs.
        penalty: Of the ridge.
        newest: At most so many decided entities are learned from.

    Attributes:
        report_: policy, violations, others, average_precision (left out), prevalence, is_on, note.
        coef_: Terms × policies that are on.
        names_: Those policies.
        left_out_: Scores of decided documents from all decisions but their own.
    """

    def __init__(
        self,
        policies: Sequence[str],
        least_violations: int = 5,
        least_others: int = 20,
        penalty: float = 0.3,
        newest: int = 3_000,
    ) -> None:
        self.policies = policies
        self.least_violations = least_violations
        self.least_others = least_others
        self.penalty = penalty
        self.newest = newest

    def fit(self, X: sp.csr_matrix, y: pd.DataFrame) -> Self:
        """Learn from decided documents.

        Args:
            X: Counts of terms, documents × terms, decided or not; idf is taken from all.
            y: Decided documents by row number, newest last: a column of booleans for each policy.
        """
        self.tfidf_ = TfidfTransformer(sublinear_tf=True).fit(X)
        y = y.tail(self.newest)
        enough = self.learnable(y)
        coef, left_out = self._ridge(self.tfidf_.transform(X[y.index]), y[enough].to_numpy(float))
        judged = {
            code: average_precision_score(y[code], left_out[:, k]) for k, code in enumerate(enough)
        }
        self.report_ = self.report(y, judged)
        self.names_ = self.report_.loc[self.report_["is_on"], POLICY].tolist()
        on = [enough.index(code) for code in self.names_]
        self.coef_, self.bias_ = coef[:-1, on], coef[-1, on]
        self.left_out_ = pd.DataFrame(left_out[:, on], index=y.index, columns=self.names_)
        return self

    def predict(self, X: sp.csr_matrix) -> pd.DataFrame:
        """Return scores, documents × policies that are on; those of decided rows are left out.

        0 is no likeness to confirmed violations, 1 as close as they are themselves.
        """
        scores = self.tfidf_.transform(X) @ self.coef_ + self.bias_
        scores[self.left_out_.index] = self.left_out_.to_numpy()
        return pd.DataFrame(np.clip(scores, 0.0, 1.0), columns=self.names_)

    def weights(self, counts: sp.csr_matrix, policy: str) -> NDArray[np.float64]:
        """Return what each single term adds to a policy's score, for rows of one term each."""
        added = self.tfidf_.transform(counts) @ self.coef_[:, self.names_.index(policy)]
        return np.asarray(added, dtype=float)

    def learnable(self, y: pd.DataFrame) -> list[str]:
        """Return the policies with enough decisions of both kinds."""
        return [
            code
            for code in self.policies
            if y[code].sum() >= self.least_violations and (~y[code]).sum() >= self.least_others
        ]

    def report(self, y: pd.DataFrame, judged: Mapping[str, float]) -> pd.DataFrame:
        """Return a row for each policy: whether it is on, and why not.

        Args:
            y: As for `fit`.
            judged: Average precision of the left-out scores of the policies that were learned.
        """
        return pd.DataFrame([self._row(code, y[code], judged.get(code)) for code in self.policies])

    def _ridge(
        self, X: sp.csr_matrix, y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return coefficients (the last is the bias's) and left-out predictions."""
        X = sp.hstack([X, np.ones((X.shape[0], 1))], format="csr")
        kernel = (X @ X.T).toarray() + self.penalty * np.eye(X.shape[0])
        inverse = np.linalg.inv(kernel) if X.shape[0] else kernel
        dual = inverse @ y
        return X.T @ dual, y - dual / np.diag(inverse)[:, None]

    def _row(
        self, code: str, is_violation: pd.Series, precision: float | None
    ) -> dict[str, object]:
        violations = int(is_violation.sum())
        others = len(is_violation) - violations
        prevalence = violations / max(violations + others, 1)
        note = ""
        if violations < self.least_violations:
            note = f"{violations} of the {self.least_violations} violations needed are confirmed."
        elif precision is None:
            note = f"{others} of the {self.least_others} others needed are decided."
        elif precision < 2 * prevalence:
            note = "The texts of its violations have nothing in common that others lack."
        return {
            POLICY: code,
            "violations": violations,
            "others": others,
            "average_precision": precision,
            "prevalence": prevalence,
            "is_on": not note,
            "note": note,
        }


def count_terms(texts: Sequence[object]) -> sp.csr_matrix:
    """Return counts of hashed terms, texts × `TERMS`; what is no text has none."""
    if not len(texts):
        return sp.csr_matrix((0, TERMS), dtype=np.float32)
    return _HASHED.transform(text if isinstance(text, str) else "" for text in texts)


def words_of(text: str) -> list[str]:
    """Return the words and pairs of words of a text, each once, in plain letters."""
    return [term for term in dict.fromkeys(_terms(text)) if not term.startswith("#")]


def count_alone(terms: Sequence[str]) -> sp.csr_matrix:
    """Return the counts of documents of one term each."""
    return _ALONE.transform(terms)


def _terms(text: str) -> Iterator[str]:
    words = _WORD.findall(plain_letters(text[:MAX_CHARS]))
    yield from words
    yield from map(" ".join, pairwise(words))
    if len(words) <= _SHORT:
        for word in words:
            yield from (f"#{word[k : k + _GRAM]}" for k in range(len(word) - _GRAM + 1))


_HASHED = HashingVectorizer(
    analyzer=_terms, n_features=TERMS, norm=None, alternate_sign=False, dtype=np.float32
)
_ALONE = HashingVectorizer(
    analyzer=lambda term: [term], n_features=TERMS, norm=None, alternate_sign=False
)
