"""How many terms of each list of the lexicon texts have, as a transformer."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from analytics.signals.content.terms import checked_lists, find_terms


class TermCounter(TransformerMixin, BaseEstimator):
    """Counts of each list's terms in texts: a frame, texts × lists.

    Nothing is learned: `fit` only checks the names.
    """

    def __init__(self, lists: Sequence[str] | None = None) -> None:
        self.lists = lists

    def fit(self, texts: Iterable[object], y: object = None) -> Self:
        """Check the names of the lists."""
        self.names_ = checked_lists(self.lists)
        return self

    def transform(self, texts: Iterable[object]) -> pd.DataFrame:
        """Count; an index of the texts is kept."""
        texts = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype=object)
        counts = np.zeros((len(texts), len(self.names_)), dtype=np.int64)
        column = {name: k for k, name in enumerate(self.names_)}
        for row, text in enumerate(texts):
            for match in find_terms(text, self.names_):
                counts[row, column[match.list_name]] += 1
        return pd.DataFrame(counts, index=texts.index, columns=self.get_feature_names_out())

    def get_feature_names_out(self, input_features: object = None) -> list[str]:
        """Return the columns, such as `off_platform_terms`."""
        return [f"{name}_terms" for name in self.names_]
