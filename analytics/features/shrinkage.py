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

from dataclasses import dataclass
from typing import Literal

import ibis
import ibis.expr.types as ir

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


_PARTS = ("g", "n", "x", "nn", "xx", "s")


def shrink(wide: ir.Table, features: list[Shrunk]) -> ir.Table:
    """Return `wide` with one shrunk column per feature; null where the entity has no rows.

    Args:
        wide: One row per entity with `category` and the columns that each feature names.
        features: What to shrink.
    """
    if not features:
        return wide
    priors = category_priors(wide, features)
    wide = wide.left_join(priors, CATEGORY).drop(f"{CATEGORY}_right")
    return wide.mutate(**{f.name: _posterior(wide, f) for f in features})


def category_priors(wide: ir.Table, features: list[Shrunk]) -> ir.Table:
    """Return one row per category with the mean and strength of each feature's prior."""
    sums = {k: v for f in features for k, v in _moments(wide, f).items()}
    by_category = wide.group_by(CATEGORY).aggregate(**sums)
    market = by_category.aggregate(**{f"all__{name}": by_category[name].sum() for name in sums})
    both = by_category.cross_join(market)
    priors = {}
    for f in features:
        own, all_ = _prior(both, f, ""), _prior(both, f, "all__")
        is_own = both[f"{f.name}__g"] >= MIN_ENTITIES
        priors[f"{f.name}__m"] = ibis.ifelse(is_own, own[0], all_[0])
        priors[f"{f.name}__k"] = ibis.ifelse(is_own, own[1], all_[1])
    return both.select(CATEGORY, **priors)


def _moments(wide: ir.Table, f: Shrunk) -> dict[str, ir.Scalar]:
    n, x = wide[f.exposure].cast("float64"), wide[f.total].cast("float64")
    sums = {
        "g": ibis.ifelse(n > 0, 1.0, 0.0).sum(),
        "n": n.sum(),
        "x": x.sum(),
        "nn": (n * n).sum(),
        "xx": (x * x / n.nullif(0.0)).sum(),
    }
    if f.kind == "mean":
        sums["s"] = wide[f.squares].sum()
    return {f"{f.name}__{part}": value for part, value in sums.items()}


def _prior(sums: ir.Table, f: Shrunk, prefix: str) -> tuple[ir.FloatingValue, ir.FloatingValue]:
    """Return mean and strength by the method of moments (see the module's docstring)."""
    part = {p: sums[f"{prefix}{f.name}__{p}"] for p in _PARTS if p != "s" or f.kind == "mean"}
    total = part["n"].nullif(0.0)
    mean = part["x"] / total
    spread = part["xx"] - part["x"] * part["x"] / total
    groups = part["g"] - 1.0
    room = part["n"] - part["nn"] / total
    match f.kind:
        case "rate":
            noise = mean * (1.0 - mean)
            correlation = (spread - noise * groups) / (noise * (room - groups)).nullif(0.0)
            strength = 1.0 / correlation.nullif(0.0) - 1.0
            between = correlation
        case "count":
            between = (spread - mean * groups) / room.nullif(0.0)
            strength = mean / between.nullif(0.0)
        case "mean":
            noise = (part["s"] - part["xx"]) / (part["n"] - part["g"]).nullif(0.0)
            between = (spread - noise * groups) / room.nullif(0.0)
            strength = noise / between.nullif(0.0)
    bounded = strength.clip(lower=WEAKEST, upper=STRONGEST)
    return mean, ibis.ifelse(between > 0.0, bounded, STRONGEST).fill_null(STRONGEST)


def _posterior(wide: ir.Table, f: Shrunk) -> ir.FloatingValue:
    n, x = wide[f.exposure].fill_null(0.0), wide[f.total].fill_null(0.0)
    mean, strength = wide[f"{f.name}__m"], wide[f"{f.name}__k"]
    value = (x + strength * mean) / (n + strength)
    return value if f.gives_prior else ibis.ifelse(n > 0.0, value, ibis.null("float64"))
