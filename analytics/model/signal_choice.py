"""Which families of signals a model takes: those that a validation forward in time speaks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.model.folds import Fold
from analytics.model.metrics import Estimate, Weighted, bootstrap_weights, interval, metrics

Floats = NDArray[np.float64]
Scorer = Callable[[pd.DataFrame, Floats, pd.DataFrame], Floats]

DRAWS = 200
SURE = 0.16  # quantile of the drawn gains that must lie above zero: one standard error
LEAST_HELD_OUT = 10  # labels of either class, over all folds
METRIC = "average_precision"


@dataclass(frozen=True)
class FamilyChoice:
    """Whether a model takes a family of signals.

    Attributes:
        family: Its name.
        kept: Whether it does.
        why: In words.
        gain: What the family added to average precision; None where that could not be told.
    """

    family: str
    kept: bool
    why: str
    gain: Estimate | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        gain = None if self.gain is None else self.gain.to_dict()
        return {"family": self.family, "kept": self.kept, "why": self.why, "gain": gain}


def not_judged(families: Sequence[str], *, kept: bool, why: str) -> list[FamilyChoice]:
    """Treat all families alike, for a reason."""
    return [FamilyChoice(family, kept, why) for family in families]


def kept_columns(
    columns: Sequence[str], families: Mapping[str, Sequence[str]], choices: Sequence[FamilyChoice]
) -> list[str]:
    """Return the columns without those of families that are not kept."""
    left_out = {c for choice in choices if not choice.kept for c in families[choice.family]}
    return [column for column in columns if column not in left_out]


def can_judge(y: Floats, folds: Sequence[Fold]) -> bool:
    """Whether enough labels of both classes are held out to tell families apart."""
    held = np.concatenate([y[held] for _, held in folds]) if folds else np.empty(0)
    return bool(min((held == 1).sum(), (held == 0).sum()) >= LEAST_HELD_OUT)


def choose_families(
    X: pd.DataFrame,
    y: Floats,
    folds: Sequence[Fold],
    groups: Sequence[object],
    families: Mapping[str, Sequence[str]],
    scorer: Scorer,
    seed: int,
) -> list[FamilyChoice]:
    """Keep the families that raise average precision on later rows by more than one standard error.

    Each family is first added alone to the plain features. Those that help are then added one by
    one, the most helpful first, and stay if they help beside those before them; so of two that say
    the same only one does.

    Args:
        X: Features, plain ones and signals.
        y: Labels 0 and 1.
        folds: Rows to fit and later rows held out.
        groups: What belongs together in the bootstrap, by row.
        families: Family → its columns of `X`.
        scorer: Fits to features and labels, and scores other features.
        seed: Of the bootstrap.
    """
    trial = _Trials(X, y, folds, groups, families, scorer, seed)
    alone = {family: trial.gain((), (family,)) for family in families}
    helpful = sorted((f for f in families if alone[f].sure > 0), key=lambda f: -alone[f].gain.value)
    kept: tuple[str, ...] = ()
    found = {f: FamilyChoice(f, False, _why_not(alone[f].gain), alone[f].gain) for f in alone}
    for family in helpful:
        beside = trial.gain(kept, (*kept, family))
        is_kept = beside.sure > 0
        why = "adds" if is_kept else f"{_why_not(beside.gain)} beside {' and '.join(kept)}"
        found[family] = FamilyChoice(family, is_kept, why, beside.gain)
        kept = (*kept, family) if is_kept else kept
    return list(found.values())


def _why_not(gain: Estimate) -> str:
    return "adds no more than chance may" if gain.value > 0 else "adds nothing on these data"


@dataclass(frozen=True)
class _Gain:
    gain: Estimate
    sure: float


class _Trials:
    """Average precision on held-out rows by the families taken, each set fitted once."""

    def __init__(
        self,
        X: pd.DataFrame,
        y: Floats,
        folds: Sequence[Fold],
        groups: Sequence[object],
        families: Mapping[str, Sequence[str]],
        scorer: Scorer,
        seed: int,
    ) -> None:
        self._X, self._y, self._folds = X, y, folds
        self._families, self._scorer = families, scorer
        signals = {column for columns in families.values() for column in columns}
        self._plain = [column for column in X.columns if column not in signals]
        rows = np.concatenate([held for _, held in folds])
        codes, _ = pd.factorize(np.asarray(groups, dtype=object)[rows])
        ends = np.cumsum([len(held) for _, held in folds])[:-1]
        drawn = bootstrap_weights(codes.astype(np.intp), DRAWS, seed)
        self._weights = [np.split(weights, ends) for weights in [np.ones(len(rows)), *drawn]]
        self._known: dict[tuple[str, ...], Floats] = {}

    def gain(self, without: tuple[str, ...], also: tuple[str, ...]) -> _Gain:
        """Return how much better one set of families is than another, paired."""
        gains = self._precision(also) - self._precision(without)
        drawn = gains[1:][np.isfinite(gains[1:])]
        sure = float(np.quantile(drawn, SURE)) if len(drawn) else float("-inf")
        return _Gain(interval(float(gains[0]), drawn.tolist()), sure)

    def _precision(self, taken: tuple[str, ...]) -> Floats:
        """Return the mean over the folds: of all rows, then of each draw."""
        if taken not in self._known:
            columns = [*self._plain, *(c for family in taken for c in self._families[family])]
            prepared = [self._scored(columns, fold) for fold in self._folds]
            self._known[taken] = np.array([_mean(prepared, w) for w in self._weights])
        return self._known[taken]

    def _scored(self, columns: list[str], fold: Fold) -> Weighted:
        fit, held = fold
        X = self._X[columns]
        score = self._scorer(X.iloc[fit], self._y[fit], X.iloc[held])
        return metrics(self._y[held], score, score, k=1)[METRIC]


def _mean(prepared: Sequence[Weighted], weights: Sequence[Floats]) -> float:
    values = [one(weight) for one, weight in zip(prepared, weights, strict=True)]
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
