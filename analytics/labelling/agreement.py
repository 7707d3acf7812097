"""Agreement of two judgements of the same cases beyond chance: Cohen's kappa with intervals."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

Z90: Final = 1.645
ALL: Final = "all"
COLUMNS: Final = (
    "policy", "reviewers", "cases", "agreed", "kappa", "low", "high"
)  # fmt: skip


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its 90 % interval; all NaN where neither rater ever differs in class."""

    value: float
    low: float
    high: float
    cases: int
    agreed: float


def cohens_kappa(first: pd.Series, second: pd.Series) -> Kappa:
    """Return kappa of two raters (Cohen 1960) with a large-sample interval.

    The variance is that of Fleiss, Cohen & Everitt 1969 (Psychological Bulletin 72, eq. 13). It is
    rough below some 30 cases, and zero where all agree.

    Args:
        first: Category that the first rater gave each case.
        second: The second rater's, same order.
    """
    table = _shares(first, second)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float(np.trace(table)), float(rows @ columns)
    cases = len(first)
    if cases == 0 or expected >= 1:
        return Kappa(math.nan, math.nan, math.nan, cases, observed if cases else math.nan)
    kappa = (observed - expected) / (1 - expected)
    spread = _variance(table, rows, columns, observed, expected) / cases
    half = Z90 * math.sqrt(max(0.0, spread))
    return Kappa(kappa, max(-1.0, kappa - half), min(1.0, kappa + half), cases, observed)


def agreement(looks: pd.DataFrame) -> pd.DataFrame:
    """Return kappa for each policy and each pair of reviewers, and for all of them together.

    Of a policy the question is whether it was found or not; of `all`, which outcome was given.
    A policy that neither of a pair ever found has no row.

    Args:
        looks: Second judgements of blind reviews, columns as from `SecondLooks.frame`.

    Returns:
        policy (or `all`), reviewers ("ana, bo", or `all`), cases, agreed (share), kappa, low, high.
    """
    looks = looks[looks["purpose"] == "blind"]
    pairs = pd.Series(
        [", ".join(sorted(p)) for p in looks[["first_reviewer", "second_reviewer"]].to_numpy()],
        index=looks.index,
        dtype=object,
    )
    rows = [
        (policy, reviewers, kappa.cases, kappa.agreed, kappa.value, kappa.low, kappa.high)
        for reviewers, part in _parts(looks, pairs)
        for policy, kappa in _kappas(part)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parts(looks: pd.DataFrame, pairs: pd.Series) -> Iterator[tuple[str, pd.DataFrame]]:
    if len(looks):
        yield ALL, looks
        for reviewers, part in looks.groupby(pairs):
            yield str(reviewers), part


def _kappas(looks: pd.DataFrame) -> Iterator[tuple[str, Kappa]]:
    yield ALL, cohens_kappa(looks["first_outcome"], looks["second_outcome"])
    found = looks[["first_policy", "second_policy"]]
    for policy in sorted(set(found.stack().dropna())):
        first, second = (found[name].eq(policy) for name in found.columns)
        yield str(policy), cohens_kappa(first, second)


def _shares(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Return the share of cases in each cell of the table of both raters' categories."""
    both = np.concatenate([first.to_numpy(dtype=object), second.to_numpy(dtype=object)])
    codes, names = pd.factorize(both)
    table = np.zeros((len(names), len(names)))
    np.add.at(table, (codes[: len(first)], codes[len(first) :]), 1.0)
    return table / max(1, len(first))


def _variance(
    table: np.ndarray, rows: np.ndarray, columns: np.ndarray, observed: float, expected: float
) -> float:
    """Return the variance of kappa, times the number of cases."""
    missed = 1 - observed
    chance = 1 - expected
    both = rows[None, :] + columns[:, None]  # p_.i + p_j., for the cell i, j
    agree = np.diag(table) * (chance - np.diag(both) * missed) ** 2
    off = table * both**2 * missed**2
    np.fill_diagonal(off, 0.0)
    rest = (observed * expected - 2 * expected + observed) ** 2
    return float((agree.sum() + off.sum() - rest) / chance**4)
