"""Rates and means of small samples, shrunk towards their category by empirical Bayes.

Each formula is one of exposure `n` and total `x` per entity. Its prior (mean `m`, strength `k` in
units of exposure) is fitted per category by the method of moments, over the whole marketplace where
a category has fewer than `MIN_ENTITIES`, and the shrunk value is `(x + k m) / (n + k)`.

- Rates, beta-binomial: Kleinman (1973), "Proportions with extraneous variance: single and
  independent samples", JASA 68(341), weights n: with M = alpha + beta = k and intra-class
  correlation r = 1 / (k + 1),
  r = (S - m(1-m)(G-1)) / (m(1-m) (N - sum n²/N - (G-1))), S = sum n (x/n - m)², G entities,
  N = sum n. Posterior mean: Gelman et al., Bayesian Data Analysis (3rd ed.), section 5.3.
- Counts per exposure, gamma-Poisson: with x ~ Poisson(n λ), λ ~ Gamma(m k, k),
  Var λ = (S - m(G-1)) / (N - sum n²/N), k = m / Var λ (Marshall 1991, "Mapping disease and
  mortality rates using empirical Bayes estimators", Applied Statistics 40(2)).
- Means, Bühlmann–Straub credibility: Bühlmann and Gisler (2005), "A Course in Credibility Theory",
  section 4.8: k = s²/a, s² the pooled variance within entities,
  a = (S - s²(G-1)) / (N - sum n²/N).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from analytics.columns import CATEGORY

Kind = Literal["rate", "count", "mean"]
MIN_ENTITIES = 20
# Bounds of a prior's strength: never trust one row alone, never ignore thousands.
WEAKEST = 1.0
STRONGEST = 1000.0


@dataclass(frozen=True)
class Shrunk:
    """A feature to shrink, by the columns of the wide table it is made of.

    `squares` (sum of x² of the rows) is needed for means only.
    """

    name: str
    kind: Kind
    gives_prior: bool = False

    @property
    def total(self) -> str:
        """Column of x."""
        return f"{self.name}__x"

    @property
    def exposure(self) -> str:
        """Column of n."""
        return f"{self.name}__n"

    @property
    def squares(self) -> str:
        """Column of the sum of squares over rows."""
        return f"{self.name}__s"


_SUMS = ("g", "n", "x", "nn", "xx", "s")


@dataclass(frozen=True)
class Moments:
    """Sums over the entities of one category: one number per feature in each array.

    Attributes:
        g: Entities with any exposure.
        n: Exposure.
        x: Total.
        nn: Sum of squared exposure.
        xx: Sum of x²/n.
        s: Sum of the squares of the rows (means only).
    """

    g: np.ndarray
    n: np.ndarray
    x: np.ndarray
    nn: np.ndarray
    xx: np.ndarray
    s: np.ndarray


def moments(wide: ir.Table, features: Sequence[Shrunk]) -> ir.Table:
    """Return one row per category with the sums that the priors of `features` need."""
    sums = {name: value for f in features for name, value in _sums(wide, f).items()}
    return wide.group_by(CATEGORY).aggregate(**sums)


def _sums(wide: ir.Table, f: Shrunk) -> dict[str, ir.Scalar]:
    n, x = wide[f.exposure], wide[f.total]
    squares = wide[f.squares].sum() if f.kind == "mean" else ibis.literal(0.0)
    sums = ((n > 0).sum(), n.sum(), x.sum(), (n * n).sum(), (x * x / n.nullif(0.0)).sum(), squares)
    return {
        f"{f.name}__{part}": value.cast("float64").fill_null(0.0)
        for part, value in zip(_SUMS, sums, strict=True)
    }


def category_priors(sums: pd.DataFrame, features: Sequence[Shrunk]) -> pd.DataFrame:
    """Return mean (`<name>__m`) and strength (`<name>__k`) of each prior, a row per category.

    Args:
        sums: What `moments` gave.
        features: The features in it.
    """
    sums = sums.sort_values(CATEGORY, ignore_index=True)
    columns: dict[str, Any] = {CATEGORY: sums[CATEGORY]}
    for f in features:
        parts = sums[[f"{f.name}__{part}" for part in _SUMS]].to_numpy(dtype=float)
        own = prior(Moments(*parts.T), f.kind)
        market = prior(Moments(*parts.sum(axis=0)), f.kind)
        is_own = parts[:, 0] >= MIN_ENTITIES
        columns[f"{f.name}__m"] = np.where(is_own, own[0], market[0])
        columns[f"{f.name}__k"] = np.where(is_own, own[1], market[1])
    return pd.DataFrame(columns)


def prior(m: Moments, kind: Kind) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and strength by the method of moments (see the module's docstring)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = m.x / m.n
        spread = m.xx - m.x * m.x / m.n
        groups, room = m.g - 1.0, m.n - m.nn / m.n
        if kind == "rate":
            noise = mean * (1.0 - mean)
            between = (spread - noise * groups) / (noise * (room - groups))
            strength = 1.0 / between - 1.0
        elif kind == "count":
            between = (spread - mean * groups) / room
            strength = mean / between
        else:
            noise = (m.s - m.xx) / (m.n - m.g)
            between = (spread - noise * groups) / room
            strength = noise / between
    # Sums differ in their last digits from run to run; rounding hides that.
    mean, strength, between = (np.round(value, 9) for value in (mean, strength, between))
    is_told = np.isfinite(strength) & (between > 0.0)
    return mean, np.where(is_told, np.clip(strength, WEAKEST, STRONGEST), STRONGEST)


def posterior(wide: ir.Table, priors: ir.Table, features: Sequence[Shrunk]) -> ir.Table:
    """Return `wide` with one shrunk column per feature; null where the entity has no rows."""
    wide = wide.left_join(priors, CATEGORY).drop(f"{CATEGORY}_right")
    return wide.mutate(**{f.name: _posterior(wide, f) for f in features})


def _posterior(wide: ir.Table, f: Shrunk) -> ir.FloatingValue:
    n, x = wide[f.exposure], wide[f.total]
    mean, strength = wide[f"{f.name}__m"], wide[f"{f.name}__k"]
    value = (x.fill_null(0.0) + strength * mean) / (n.fill_null(0.0) + strength)
    return value if f.gives_prior else ibis.ifelse(n > 0.0, value, ibis.null("float64"))
