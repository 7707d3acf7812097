"""Which distributions moved between two snapshots, and by how much.

Both snapshots show largely the same entities, so their samples are not independent: the
Kolmogorov–Smirnov test then finds less than its level allows, never more. The population stability
index has no such test; what chance alone gives it stands beside it (Yurdakul & Naranjo 2020,
doi:10.21314/JRMV.2020.227): (B − 1)-fold χ² over n and m rows in B bins.

Both see a hair's breadth as well as a landslide: where half of the entities share one value, as a
shrunken rate of those without history does, its move by a thousandth empties a bin. So a column has
drifted only if the values themselves went far: by a Wasserstein distance in standard deviations.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.signals.discovery import adjusted

Floats = NDArray[np.float64]

FEATURE = "feature"
PSI, NOISE, KS, P, Q = "psi", "noise", "ks", "p_value", "q_value"
DISTANCE: Final = "distance"
IS_DRIFTED = "is_drifted"
DECILES: Final = np.arange(1, 10) / 10
CHANCE: Final = 0.95  # quantile of what chance alone gives the index
DRIFT_COLUMNS: Final = (
    FEATURE, PSI, NOISE, DISTANCE, KS, P, Q, "reference_median", "current_median",
    "reference_known", "current_known", IS_DRIFTED,
)  # fmt: skip
MISSING_COLUMNS: Final = (
    FEATURE, "reference_missing", "current_missing", "change", P, Q, IS_DRIFTED,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """From when on a difference is drift.

    Attributes:
        least: Known values (rows, of missing ones) on either side below which nothing is said.
        index: Population stability index.
        distance: Wasserstein distance, in standard deviations of both sides together.
        missing: Change of a share of missing values.
        rate: False discovery rate of the tests.
    """

    least: int = 20
    index: float = 0.2
    distance: float = 0.1
    missing: float = 0.1
    rate: float = 0.01


def stability_index(reference: Floats, current: Floats) -> tuple[float, int]:
    """Return the population stability index and the number of its bins.

    Σ (q − p) · ln(q / p) over bins between the reference's deciles, each closed above; equal
    deciles make one bin. Every bin counts half a row more than it has, so that an empty one has a
    logarithm.

    Args:
        reference: Known values of the earlier snapshot, at least one.
        current: Known values of the later one, at least one.
    """
    edges = np.unique(np.quantile(reference, DECILES))
    counts = np.stack(
        [np.bincount(np.searchsorted(edges, v), minlength=len(edges) + 1)
         for v in (reference, current)]
    )  # fmt: skip
    kept = counts[:, counts.sum(axis=0) > 0] + 0.5
    p, q = kept / kept.sum(axis=1, keepdims=True)
    return float((q - p) @ np.log(q / p)), kept.shape[1]


def chance_index(bins: int, reference: int, current: int) -> float:
    """Return the index that chance alone stays below 19 times of 20, of independent samples."""
    from scipy.stats import chi2

    if bins < 2:
        return 0.0
    return float(chi2.ppf(CHANCE, bins - 1) * (1 / reference + 1 / current))


def distribution_drift(
    reference: pd.DataFrame, current: pd.DataFrame, limits: Limits
) -> pd.DataFrame:
    """Compare the known values of every column that both frames have.

    A column `is_drifted` if its index reaches the limit and what chance gives, its distance reaches
    its limit, and its test stays significant among all tests (Benjamini & Hochberg 1995).

    Args:
        reference: Numeric columns, one row an entity, of the earlier snapshot.
        current: The same of the later one.
        limits: From when on a difference is drift.

    Returns:
        `DRIFT_COLUMNS`, the largest index first.
    """
    rows = []
    for name in (c for c in reference.columns if c in current.columns):
        before, after = (_known(frame[name]) for frame in (reference, current))
        if min(len(before), len(after)) >= limits.least:
            rows.append({FEATURE: name, **_compared(before, after)})
    found = pd.DataFrame(rows, columns=list(DRIFT_COLUMNS[:-1]))
    found[Q] = adjusted(found[P])
    is_large = found[PSI] >= found[NOISE].clip(lower=limits.index)
    is_far = found[DISTANCE] >= limits.distance
    found[IS_DRIFTED] = is_large & is_far & (found[Q] <= limits.rate)
    return _largest_first(found, found[PSI])[list(DRIFT_COLUMNS)]


def missing_drift(reference: pd.DataFrame, current: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Compare the share of missing values of every column that both frames have.

    By Fisher's exact test with Benjamini and Hochberg's correction; a column `is_drifted` if its
    share changed by the limit or more and the test stays significant.

    Returns:
        `MISSING_COLUMNS` of columns that miss anything, the largest change first; none where
        either frame has fewer than `limits.least` rows.
    """
    rows = []
    if min(len(reference), len(current)) >= limits.least:
        for name in (c for c in reference.columns if c in current.columns):
            before, after = reference[name].isna(), current[name].isna()
            if before.any() or after.any():
                rows.append({FEATURE: name, **_compared_missing(before, after)})
    found = pd.DataFrame(rows, columns=list(MISSING_COLUMNS[:-1]))
    found[Q] = adjusted(found[P])
    size = found["change"].abs()
    found[IS_DRIFTED] = (size >= limits.missing) & (found[Q] <= limits.rate)
    return _largest_first(found, size)[list(MISSING_COLUMNS)]


def _compared(before: Floats, after: Floats) -> dict[str, float]:
    from scipy.stats import ks_2samp, wasserstein_distance

    spread = float(np.std(np.concatenate([before, after])))
    psi, bins = stability_index(before, after)
    test = ks_2samp(before, after, method="asymp")
    return {
        PSI: psi,
        NOISE: chance_index(bins, len(before), len(after)),
        DISTANCE: float(wasserstein_distance(before, after)) / spread if spread else 0.0,
        KS: float(test.statistic),
        P: float(test.pvalue),
        "reference_median": float(np.median(before)),
        "current_median": float(np.median(after)),
        "reference_known": len(before),
        "current_known": len(after),
    }


def _compared_missing(before: pd.Series, after: pd.Series) -> dict[str, float]:
    from scipy.stats import fisher_exact

    table = [[int(side.sum()), int((~side).sum())] for side in (before, after)]
    shares = float(before.mean()), float(after.mean())
    return {
        "reference_missing": shares[0],
        "current_missing": shares[1],
        "change": shares[1] - shares[0],
        P: float(fisher_exact(table).pvalue),
    }


def _known(column: pd.Series) -> Floats:
    values: Any = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return values[np.isfinite(values)]


def _largest_first(found: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    order = size.sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)
