"""The probability that a reviewer would confirm a policy violation."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import TooFewLabelsError
from analytics.model.additive import AdditiveClassifier, Recipe, fit_parts
from analytics.model.evidence_terms import EvidenceTerms
from analytics.model.folds import group_folds
from analytics.model.frames import align, check_features
from analytics.model.prior import ViolationPrior

Floats = NDArray[np.float64]

LEAST_FOLDS = 2
TREES_SHARE = 0.1  # of the blend, until decisions are many


class ViolationModel(AdditiveClassifier):
    """Gradient-boosted trees blended with terms that start from the prior; learned from decisions.

    Args:
        prior: The prior, fitted to all entities of the type.
        monotone: Direction per feature (1 more is worse, -1 less is, 0 neither).
        strength: How far labels may move the terms away from the prior.
        seed: Seed of everything random.
    """

    def __init__(
        self,
        prior: ViolationPrior,
        monotone: Mapping[str, int] | None = None,
        strength: float = 1.0,
        seed: int = 0,
    ) -> None:
        self.prior = prior
        self.monotone = monotone
        self.strength = strength
        self.seed = seed

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        *,
        groups: pd.Series,
        sample_weight: Floats | None = None,
    ) -> "ViolationModel":
        """Fit to confirmed (1) and cleared (0) entities; `groups` are never torn apart.

        Raises:
            TooFewLabelsError: The groups are too few to hold out both outcomes, so that nothing
                could tell how a score becomes a probability.
        """
        label = y.to_numpy(dtype=float)
        check_features(X)
        X = align(X, self.prior.feature_names)
        self.feature_names_ = list(self.prior.feature_names)
        folds = group_folds(groups, label)
        held_out = {outcome for _, rows in folds.pairs for outcome in label[rows]}
        if len(folds.pairs) < LEAST_FOLDS or len(held_out) < 2:
            raise TooFewLabelsError(
                "Too few groups have decisions of both outcomes to train violation."
            )
        weight = np.ones(len(label)) if sample_weight is None else sample_weight
        parts = fit_parts(X, label, weight, folds, self._recipe(label))
        self.trees_, self.linear_, self.calibration_ = parts.trees, parts.linear, parts.calibration
        self.iterations_, self.blend_ = parts.iterations, parts.weights
        self.held_out_ = parts.held_out
        return self

    def _recipe(self, y: Floats) -> Recipe:
        rarer = min((y > 0.5).sum(), (y <= 0.5).sum())
        return Recipe(
            linear=self._terms,
            monotone=self.monotone or {},
            trees={"min_samples_leaf": int(np.clip(rarer // 6, 5, 30)), "max_depth": 4},
            trees_share=TREES_SHARE,
            seed=self.seed,
        )

    def _terms(self, X: pd.DataFrame, y: Floats, weight: Floats) -> EvidenceTerms:
        return EvidenceTerms(self.prior, self.strength).fit(X, y, weight)


def train_violation(
    X: pd.DataFrame,
    y: pd.Series,
    *,
    groups: pd.Series,
    prior: ViolationPrior,
    least_per_class: int,
    monotone: Mapping[str, int] | None = None,
    seed: int = 0,
    sample_weight: Floats | None = None,
) -> ViolationModel | None:
    """Fit to labels; None where they are too few.

    They are where either outcome has fewer than `least_per_class` of full weight, or where the
    groups are too few to hold out both outcomes.
    """
    counts = (y if sample_weight is None else y[sample_weight >= 1]).value_counts()
    if X.shape[1] == 0 or len(counts) < 2 or counts.min() < least_per_class:
        return None
    model = ViolationModel(prior, monotone=monotone, seed=seed)
    try:
        return model.fit(X, y, groups=groups, sample_weight=sample_weight)
    except TooFewLabelsError:
        return None
