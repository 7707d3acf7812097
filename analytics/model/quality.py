"""The probability that many of an entity's coming order lines will be defective."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.errors import InputError
from analytics.model.additive import AdditiveClassifier, Recipe, fit_parts
from analytics.model.calibration import Platt, fit_platt, platt_with_mean
from analytics.model.folds import Folds, group_folds, time_folds
from analytics.model.frames import align, check_features
from analytics.model.linear import LinearTerms

Floats = NDArray[np.float64]

SHRUNKEN_RATE_FEATURE = "defect_rate_shrunk"
LEAST_LABELS = 40  # of each class, pooled over the as-of dates
LEAST_FOLDS = 3
LINEAR_STRENGTH = 0.002
MOST_LINES = 50  # an entity weighs no more than this in the expected share
LEVEL_TRUST = 0.5  # of the base rate that the features imply now; the rest is the long-run rate


@dataclass(frozen=True)
class QualitySet:
    """What was known of all entities at one past moment, and what came of them.

    Attributes:
        as_of: The moment.
        X: Features then, indexed by entity id.
        outcomes: Indexed by entity id: `lines`, `share` of them defective, `label` (0, 1, missing
            where there were too few lines) and `censored`.
        active: Which entities had enough volume then, indexed like `X`.
    """

    as_of: datetime
    X: pd.DataFrame
    outcomes: pd.DataFrame
    active: pd.Series


class QualityModel(AdditiveClassifier):
    """Gradient-boosted trees blended with ridge-logistic terms that lean on the shrunken rate.

    Args:
        gap_days: Days after an as-of date until its labels are known.
        monotone: Direction per feature (1 more is worse, -1 less is, 0 neither).
        strength: Inverse of the ridge penalty of the linear terms.
        seed: Seed of everything random.
    """

    def __init__(
        self,
        gap_days: int = 90,
        monotone: Mapping[str, int] | None = None,
        strength: float = LINEAR_STRENGTH,
        seed: int = 0,
    ) -> None:
        self.gap_days = gap_days
        self.monotone = monotone
        self.strength = strength
        self.seed = seed

    def fit(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        *,
        times: pd.Series,
        groups: pd.Series,
        lines: pd.Series,
        shares: pd.Series,
        populations: Mapping[pd.Timestamp, pd.DataFrame],
        present: pd.DataFrame,
    ) -> "QualityModel":
        """Fit to labelled rows, one per entity and as-of date.

        Args:
            X: Features.
            y: 1 where the defect share reached the threshold, else 0.
            times: As-of date of each row.
            groups: Entity of each row.
            lines: Order lines in the window.
            shares: Share of them that were defective.
            populations: As-of date → features of all entities active then.
            present: Features of the entities active at the moment from which it will score.
        """
        label = y.to_numpy(dtype=float)
        self.feature_names_ = check_features(X)
        folds = self._folds(label, times, groups)
        parts = fit_parts(X, label, np.ones(len(label)), folds, self._recipe())
        self.trees_, self.linear_ = parts.trees, parts.linear
        self.iterations_, self.blend_, self.held_out_ = (
            parts.iterations,
            parts.weights,
            parts.held_out,
        )
        level = {time: float(self.raw(active).mean()) for time, active in populations.items()}
        usual = float(np.mean(list(level.values()))) if level else 0.0
        then = times.map(level).astype(float).fillna(usual).to_numpy()
        raw = self.raw(X) - (1 - LEVEL_TRUST) * (then - usual)
        is_known = bool(level) and len(present) > 0
        now = (1 - LEVEL_TRUST) * (float(self.raw(present).mean()) - usual) if is_known else 0.0
        weight = np.minimum(lines.to_numpy(dtype=float), MOST_LINES)
        self.calibration_ = _level(raw, label, None, parts.calibration.slope, now)
        share = shares.to_numpy(dtype=float)
        rows = parts.held_out.rows
        slope = fit_platt(parts.held_out.raw, share[rows], weight[rows] / weight.mean()).slope
        self.share_calibration_ = _level(raw, share, weight, slope, now)
        return self

    def expected_share(self, X: pd.DataFrame) -> Floats:
        """Return the expected share of defective lines in the coming window."""
        return self.share_calibration_(self.raw(X))

    def _recipe(self) -> Recipe:
        return Recipe(
            linear=self._terms,
            monotone=self.monotone or {},
            seed=self.seed,
        )

    def _terms(self, X: pd.DataFrame, y: Floats, weight: Floats) -> LinearTerms:
        return LinearTerms(self.strength, (SHRUNKEN_RATE_FEATURE,)).fit(X, y, weight)

    def _folds(self, y: Floats, times: pd.Series, groups: pd.Series) -> Folds:
        folds = time_folds(times, y, pd.Timedelta(days=self.gap_days))
        return folds if len(folds.pairs) >= LEAST_FOLDS else group_folds(groups, y)


def pool(sets: Sequence[QualitySet]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the labelled, uncensored rows of all sets: features, and outcomes with `as_of`."""
    frames, outcomes = [], []
    for one in sets:
        known = one.outcomes.reindex(one.X.index)
        labelled = known["label"].notna() & ~known["censored"].fillna(False).astype(bool)
        frames.append(one.X[labelled])
        outcomes.append(known[labelled].assign(as_of=pd.Timestamp(one.as_of)))
    if not frames:
        return pd.DataFrame(), pd.DataFrame(columns=["label"])
    return pd.concat(frames), pd.concat(outcomes)


def has_enough_labels(outcomes: pd.DataFrame) -> bool:
    """Whether both outcomes are frequent enough to learn from."""
    counts = outcomes["label"].value_counts()
    return bool(len(counts) == 2 and counts.min() >= LEAST_LABELS)


def train_quality(
    sets: Sequence[QualitySet],
    *,
    present: pd.DataFrame,
    gap_days: int,
    monotone: Mapping[str, int] | None = None,
    seed: int = 0,
) -> QualityModel | None:
    """Fit on several past as-of dates; None where labels are too few to learn from.

    Args:
        sets: Past moments, oldest first.
        present: Features of the entities active at the moment from which it will score.
        gap_days: Days after an as-of date until its labels are known.
        monotone: Direction per feature.
        seed: Seed of everything random.
    """
    X, outcomes = pool(sets)
    if not has_enough_labels(outcomes):
        return None
    if X.shape[1] == 0:
        raise InputError("There is no feature to train quality on.")
    model = QualityModel(gap_days=gap_days, monotone=monotone, seed=seed)
    return model.fit(
        X,
        outcomes["label"],
        times=outcomes["as_of"],
        groups=pd.Series(X.index, index=X.index),
        lines=outcomes["lines"],
        shares=outcomes["share"],
        populations={
            pd.Timestamp(one.as_of): one.X[one.active] for one in sets if one.active.any()
        },
        present=present,
    )


def shrunken_rate(X: pd.DataFrame) -> Floats:
    """Return the empirical-Bayes defect rate among the features, missing where there is none."""
    return align(X, [SHRUNKEN_RATE_FEATURE]).to_numpy()[:, 0]


def _level(raw: Floats, y: Floats, weight: Floats | None, slope: float, now: float) -> Platt:
    """Set the level to what was usual, and take out by how much raw is off its usual level now."""
    usual = platt_with_mean(raw, float(np.average(y, weights=weight)), weight, slope=slope)
    return Platt(slope, usual.intercept - slope * now)
