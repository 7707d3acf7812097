"""What every model asks of a feature frame."""

import numpy as np
import pandas as pd

from analytics.errors import InputError


def check_features(X: pd.DataFrame) -> list[str]:
    """Return the feature names of `X`; all must be plain numbers.

    Raises:
        InputError: A column is not numeric, named twice or holds an infinity.
    """
    names = [str(name) for name in X.columns]
    if len(set(names)) < len(names):
        raise InputError("The feature frame names a column twice.")
    wrong = [
        name
        for name, dtype in zip(names, X.dtypes, strict=True)
        if not isinstance(dtype, np.dtype) or dtype.kind not in "fiub"
    ]
    if wrong:
        raise InputError(
            f"Models take numeric features only, not {', '.join(wrong[:5])}.",
            hint="Encode categories as ordered numbers or rates before.",
        )
    if np.isinf(X.to_numpy(dtype=float)).any():
        raise InputError("The feature frame holds an infinite value.")
    return names


def align(X: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the columns `names` of `X` as floats, in that order; an absent one is all missing."""
    return X.reindex(columns=names).astype(float)
