"""All that is known of a pair of products before a model sees it."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.signals.content.matching.candidates import (
    Attributes,
    Candidates,
    as_number,
)
from analytics.signals.content.matching.lexical import lexical_features
from analytics.signals.content.matching.rivals import similarity_features
from analytics.signals.content.matching.spaces import (
    make_spaces,
    record_words,
    word_weights,
)

Floats = NDArray[np.float64]

_SAME_PRICE = 0.06


def pair_features(candidates: Candidates, attributes: Attributes, seed: int = 0) -> pd.DataFrame:
    """Return a frame, pairs × features. Only the records are used, never a label."""
    left = record_words(candidates.left, attributes)
    right = record_words(candidates.right, attributes)
    parts = [
        lexical_features(candidates, left, right, word_weights(left, right)),
        similarity_features(candidates, make_spaces(left, right, seed)),
        *(_number_features(candidates, name) for name in attributes.numbers),
    ]
    return pd.concat(parts, axis=1)


def _number_features(candidates: Candidates, name: str) -> pd.DataFrame:
    left = as_number(candidates.left[name])[candidates.left_row]
    right = as_number(candidates.right[name])[candidates.right_row]
    ratio = np.log(right / left)
    return pd.DataFrame(
        {
            f"{name}_left": np.log1p(left),
            f"{name}_right": np.log1p(right),
            f"{name}_ratio": ratio,
            f"{name}_distance": np.abs(ratio),
            f"{name}_same": np.where(np.isnan(ratio), np.nan, np.abs(ratio) <= _SAME_PRICE),
        }
    )
