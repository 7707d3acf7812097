"""What is more than chance among many tests: the false discovery rate."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]


def adjusted(p_values: npt.ArrayLike, *, tests: int | None = None) -> Floats:
    """Return the smallest false discovery rate at which each test is significant (q-values).

    Benjamini and Hochberg (1995), "Controlling the false discovery rate".

    Args:
        p_values: Of the tests given.
        tests: How many were made in all; those not given had p = 1. Their number by default.
    """
    p = np.asarray(p_values, dtype=float)
    count = max(tests or 0, len(p))
    order = np.argsort(p, kind="stable")
    ratio = p[order] * count / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(ratio[::-1])[::-1], 1.0)
    return q


def significant(
    p_values: npt.ArrayLike, rate: float, *, tests: int | None = None
) -> npt.NDArray[np.bool_]:
    """Tell which tests stay significant at that false discovery rate."""
    return adjusted(p_values, tests=tests) <= rate
