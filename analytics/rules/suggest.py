"""Rules made from what the model missed: short trees, read as conditions, for a person to accept.

A tree of at most three levels is grown on decided cases that the model had put below the capacity,
to tell violations from what was cleared. Its best leaf, without the conditions that it does not
need, is a suggestion; the violations that it finds are set aside, and the next tree is grown on
the rest (sequential covering: Fürnkranz, Gamberger & Lavrač 2012, ch. 2). Cases that no tree has
seen then say how good each suggestion is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics import formats
from analytics.errors import TooFewLabelsError
from analytics.model.metrics import Estimate, wilson
from analytics.rules.definition import Condition, Group

DEPTH: Final = 3
MOST: Final = 5
LEAST: Final = 10  # missed violations, and cleared cases, that trees are grown on
LEAST_HITS: Final = 5
Hits = NDArray[np.bool_]
Conditions = tuple[Condition, ...]


@dataclass(frozen=True)
class Suggestion:
    """A rule, with what it does among the cases it was made from and among held-out ones.

    Attributes:
        hits: Cases that it hits among those it was made from.
        missed: Violations among them.
        held_out_hits: Cases that it hits among the held-out ones.
        held_out_missed: Violations among them.
        precision: Share of violations among the held-out hits; None without any hit.
        recall: Share of the held-out violations that it hits; None without any violation.
        base: Share of violations among all held-out cases, which a rule has to beat.
    """

    definition: Group
    hits: int
    missed: int
    held_out_hits: int
    held_out_missed: int
    precision: Estimate | None
    recall: Estimate | None
    base: float

    @property
    def is_better(self) -> bool:
        """Whether even the lower bound of its precision is above the share without any rule."""
        return self.precision is not None and self.precision.low > self.base

    def summary(self) -> str:
        """Return what it does on held-out cases, as text."""
        precision, recall = (_said(found) for found in (self.precision, self.recall))
        return (
            f"Held out: {formats.plural(self.held_out_hits, 'hit')}, precision {precision}, "
            f"{formats.share(self.base)} without a rule; finds {recall} of the missed violations."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        told = {name: getattr(self, name) for name in ("precision", "recall")}
        return {
            **vars(self),
            "definition": self.definition.to_dict(),
            "is_better": self.is_better,
            **{name: found and found.to_dict() for name, found in told.items()},
        }


def suggest(
    X: pd.DataFrame, y: pd.Series, held_out: pd.Series, *, most: int = MOST, seed: int = 0
) -> list[Suggestion]:
    """Suggest rules that find what the model missed.

    Args:
        X: Features of decided cases that the model had put below the capacity, missing as NaN.
        y: 1 where a violation was confirmed, 0 where the case was cleared; same index.
        held_out: Whether a case only judges; same index.
        most: How many suggestions at most.
        seed: Breaks ties between features that tell the same.

    Raises:
        TooFewLabelsError: There are not enough of both outcomes to grow a tree on.
    """
    X = X.astype(float).replace([np.inf, -np.inf], np.nan)
    X = X.loc[:, X.nunique() > 1]
    violates, is_judge = y.to_numpy() == 1, held_out.to_numpy(dtype=bool)
    grown, is_missed = X[~is_judge], violates[~is_judge]
    _check(int(is_missed.sum()), int((~is_missed).sum()))
    rules = _covering(grown, is_missed, most, seed) if len(X.columns) else []
    return [_measured(rule, X, violates, is_judge) for rule in rules]


def _check(missed: int, cleared: int) -> None:
    if min(missed, cleared) < LEAST:
        raise TooFewLabelsError(
            f"{missed:,} missed violations and {cleared:,} cleared cases below the capacity can "
            f"be learned from; suggestions take {LEAST} of each.",
            hint="Decide more control cases, or raise the control share.",
        )


def _covering(X: pd.DataFrame, is_missed: Hits, most: int, seed: int) -> list[Conditions]:
    """Take the best leaf of one tree after the other, each grown on what is still missed."""
    rules: list[Conditions] = []
    left = np.ones(len(X), dtype=bool)
    while len(rules) < most and is_missed[left].sum() >= LEAST_HITS:
        here, y = X[left], is_missed[left]
        leaves = [leaf for leaf in _leaves(here, y, seed) if met(leaf, here).sum() >= LEAST_HITS]
        best = max(leaves, key=lambda leaf: _surely(leaf, here, y), default=None)
        if best is None or _surely(best, here, y) <= y.mean():
            break
        rule = _pruned(best, here, y)
        rules.append(rule)
        left &= ~(met(rule, X) & is_missed)
    return rules


def _leaves(X: pd.DataFrame, y: Hits, seed: int) -> Iterator[Conditions]:
    """Yield each leaf of a tree as conditions; a missing value meets none of them."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(
        max_depth=DEPTH, min_samples_leaf=LEAST_HITS, class_weight="balanced", random_state=seed
    )
    grown = tree.fit(X.to_numpy(), y).tree_

    def below(node: int, path: Conditions) -> Iterator[Conditions]:
        if grown.children_left[node] < 0:
            yield from [_tightest(path)] if path else []
            return
        name = str(X.columns[grown.feature[node]])
        limit = _readable(float(grown.threshold[node]), X[name].to_numpy())
        yield from below(grown.children_left[node], (*path, Condition(name, "<=", limit)))
        yield from below(grown.children_right[node], (*path, Condition(name, ">", limit)))

    return below(0, ())


def _tightest(path: Conditions) -> Conditions:
    """Keep of conditions on the same side of one feature the last: it is the tightest."""
    return tuple({(c.feature, c.operator): c for c in path}.values())


def _readable(threshold: float, values: NDArray[np.float64]) -> float:
    """Return the shortest number that splits the values as the threshold does."""
    known = values[~np.isnan(values)]
    below = known[known <= threshold].max(initial=-np.inf)
    above = known[known > threshold].min(initial=np.inf)
    if float(below).is_integer() and float(above).is_integer():
        return float(below)
    for digits in range(1, 17):
        rounded = float(f"{threshold:.{digits}g}")
        if below <= rounded < above:
            return rounded
    return threshold


def _pruned(rule: Conditions, X: pd.DataFrame, y: Hits) -> Conditions:
    """Leave out conditions for as long as the rule is as surely right without them."""
    while len(rule) > 1:
        shorter = [tuple(c for c in rule if c is not dropped) for dropped in rule]
        best = max(shorter, key=lambda r: _surely(r, X, y))
        if _surely(best, X, y) < _surely(rule, X, y):
            break
        rule = best
    return rule


def met(rule: Sequence[Condition], X: pd.DataFrame) -> Hits:
    """Tell for each row whether it meets all conditions, each `<=` or `>`."""
    parts = [
        X[c.feature] <= c.value if c.operator == "<=" else X[c.feature] > c.value for c in rule
    ]
    hit: Hits = np.logical_and.reduce([part.to_numpy(dtype=bool) for part in parts])
    return hit


def _surely(rule: Conditions, X: pd.DataFrame, y: Hits) -> float:
    """Return the lower bound of the share of violations among what the rule hits."""
    hit = met(rule, X)
    return wilson(float(y[hit].mean()), int(hit.sum()))[0] if hit.any() else 0.0


def _measured(rule: Conditions, X: pd.DataFrame, violates: Hits, is_judge: Hits) -> Suggestion:
    hit = met(rule, X)
    judged = hit & is_judge
    return Suggestion(
        Group("all", rule),
        hits=int((hit & ~is_judge).sum()),
        missed=int((hit & ~is_judge & violates).sum()),
        held_out_hits=int(judged.sum()),
        held_out_missed=int((judged & violates).sum()),
        precision=_share(violates[judged]),
        recall=_share(hit[is_judge & violates]),
        base=float(violates[is_judge].mean()) if is_judge.any() else float("nan"),
    )


def _said(found: Estimate | None) -> str:
    if found is None:
        return "not known"
    low, high = formats.share(found.low), formats.share(found.high)
    return f"{formats.share(found.value)} ({low} to {high})"


def _share(found: Hits) -> Estimate | None:
    if not len(found):
        return None
    share = float(found.mean())
    return Estimate(share, *wilson(share, len(found)))
