"""What a validation forward in time says of the families of signals, for either prediction."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import Target
from analytics.features.labels import DECIDED_AT, LABEL
from analytics.model.evidence_terms import EvidenceTerms
from analytics.model.folds import Fold, time_folds
from analytics.model.history import History
from analytics.model.linear import LinearTerms
from analytics.model.prior import violation_prior
from analytics.model.quality import (
    LINEAR_STRENGTH,
    SHRUNKEN_RATE_FEATURE,
    QualitySet,
    has_enough_labels,
    pool,
)
from analytics.model.signal_choice import (
    FamilyChoice,
    Scorer,
    can_judge,
    choose_families,
    not_judged,
)
from analytics.model.trees import fit_trees, raw_prediction
from analytics.signals.catalog import AUTO

Floats = NDArray[np.float64]

TREES = 50
BLOCKS = 3
HELD_OUT = 0.6  # of the decisions, the newest
ASKED_FOR = "asked for by the settings"
TOO_FEW: dict[Target, str] = {
    "quality": "too few outcomes to tell",
    "violation": "too few decisions to tell",
}


def quality_families(history: History, sets: list[QualitySet]) -> list[FamilyChoice]:
    """Judge by the newest past moments, fitting on outcomes that were known at each.

    Where there are too few, none is taken: nothing speaks for it.
    """
    X, outcomes = pool(sets)

    def folds() -> list[Fold]:
        if not has_enough_labels(outcomes):
            return []
        y = outcomes[LABEL].to_numpy(dtype=float)
        return list(time_folds(outcomes["as_of"], y, pd.Timedelta(history.gap), most=BLOCKS).pairs)

    groups = pd.Series(X.index, index=X.index)
    return _judged(history, X, outcomes[LABEL], groups, folds, _quality_scorer(history), "quality")


def violation_families(
    history: History, X: pd.DataFrame, labels: pd.DataFrame, groups: pd.Series, now: pd.DataFrame
) -> list[FamilyChoice]:
    """Judge by the newest decisions, in three blocks, each fitted on the decisions before it.

    Where decisions are too few, all are taken: the model then hardly leaves the prior, which
    nothing trains and which shows what a family finds unusual.

    Args:
        history: Settings and declarations.
        X: Features of the decided entities.
        labels: As from `past_labels`, same index.
        groups: What belongs together in the bootstrap, same index.
        now: Features of all entities, for the prior.
    """

    def folds() -> list[Fold]:
        return decision_folds(labels[DECIDED_AT], labels[LABEL].to_numpy(dtype=float))

    scorer = _violation_scorer(history, now)
    return _judged(history, X, labels[LABEL], groups, folds, scorer, "violation")


def decision_folds(decided: pd.Series, y: Floats) -> list[Fold]:
    """Cut the newest decisions into blocks; each is held out, and fitted on all before it."""
    order = np.argsort(decided.to_numpy(), kind="stable")
    times = decided.to_numpy()[order]
    cuts = np.linspace(1 - HELD_OUT, 1, BLOCKS + 1) * len(order)
    borders = np.searchsorted(times, times[np.clip(cuts.astype(int), 0, len(order) - 1)])
    borders[-1] = len(order)
    folds = [(order[:start], order[start:end]) for start, end in pairwise(borders)]
    return [(fit, held) for fit, held in folds if len(held) and len(np.unique(y[fit])) == 2]


def _judged(
    history: History,
    X: pd.DataFrame,
    label: pd.Series,
    groups: pd.Series,
    make_folds: Callable[[], list[Fold]],
    scorer: Scorer,
    target: Target,
) -> list[FamilyChoice]:
    families = {f: [c for c in names if c in X] for f, names in history.families.items()}
    if history.settings.signal_families != AUTO:
        return not_judged(list(families), kept=True, why=ASKED_FOR)
    y = label.to_numpy(dtype=float)
    folds = make_folds() if families and len(y) else []
    if not can_judge(y, folds):
        return not_judged(list(families), kept=target == "violation", why=TOO_FEW[target])
    return choose_families(X, y, folds, list(groups), families, scorer, history.settings.seed)


def _quality_scorer(history: History) -> Scorer:
    """Half trees, half linear terms, as the model blends them."""

    def score(X: pd.DataFrame, y: Floats, held: pd.DataFrame) -> Floats:
        terms = LinearTerms(LINEAR_STRENGTH, (SHRUNKEN_RATE_FEATURE,)).fit(X, y, np.ones(len(y)))
        trees = fit_trees(
            X, y, monotone=history.monotone, iterations=TREES, seed=history.settings.seed
        )
        raw: Floats = terms.raw(held) + raw_prediction(trees, held)
        return raw

    return score


def _violation_scorer(history: History, now: pd.DataFrame) -> Scorer:
    """Terms that start from the prior: nine tenths of the model while decisions are few."""

    def score(X: pd.DataFrame, y: Floats, held: pd.DataFrame) -> Floats:
        prior = violation_prior(
            now[X.columns], history.specs, prevalence=history.settings.assumed_prevalence
        )
        return EvidenceTerms(prior).fit(X, y).raw(held)

    return score
