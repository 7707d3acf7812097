"""Which families of features earn their place, judged on the validation part."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]
Families = tuple[str, ...]
LEAST_GAIN = 0.002  # of the log loss; less is nothing, however sure


@dataclass(frozen=True)
class Trial:
    """One set of families that was tried.

    Attributes:
        families: The set.
        auroc: On the validation part.
        average_precision: On the validation part.
        log_loss: On the validation part, calibrated.
        behind: Its log loss minus that of the best set.
        error: Standard error of `behind`, over the nodes.
        taken: It is one of the sets used.
    """

    families: Families
    auroc: float
    average_precision: float
    log_loss: float
    behind: float
    error: float
    taken: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, numbers to six digits."""
        values = asdict(self) | {"families": list(self.families)}
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}


def possible_sets(always: Families, others: Families) -> list[Families]:
    """Return every set of families that holds `always`, smaller ones first; none is empty."""
    sizes = range(len(others) + 1)
    sets = [(*always, *more) for size in sizes for more in combinations(others, size)]
    return [families for families in sets if families]


def choose_sets(raw: Mapping[Families, Floats], y: Floats) -> list[Trial]:
    """Compare sets of families by their log loss, node by node.

    If the first, simplest set is within one standard error of the best, it is taken alone: what
    the others add is not told from noise. Else all sets within one standard error of the best are
    taken; which of them is best is not told from noise either. Sets less than `LEAST_GAIN` behind
    count as within it.

    Args:
        raw: Scores of the validation nodes by set of families, the simplest first.
        y: Labels of these nodes, 0 and 1.
    """
    losses = {families: _losses(scores, y) for families, scores in raw.items()}
    best = min(losses, key=lambda families: losses[families].mean())
    gaps = {families: loss - losses[best] for families, loss in losses.items()}
    behind = {families: float(gap.mean()) for families, gap in gaps.items()}
    error = {families: float(gap.std() / np.sqrt(len(y))) for families, gap in gaps.items()}
    least = LEAST_GAIN * float(losses[best].mean())
    close = [families for families in raw if behind[families] <= max(error[families], least)]
    simplest = next(iter(raw))
    taken = [simplest] if simplest in close else close
    return [
        Trial(
            families,
            float(roc_auc_score(y, scores)),
            float(average_precision_score(y, scores)),
            float(losses[families].mean()),
            behind[families],
            error[families],
            families in taken,
        )
        for families, scores in raw.items()
    ]


def calibration(raw: Floats, y: Floats) -> tuple[float, float]:
    """Return slope and intercept of Platt's map of log-odds; the slope is above zero."""
    fit = LogisticRegression(C=1e3).fit(raw[:, None], y)
    slope = float(fit.coef_[0, 0])
    if slope > 0:
        return slope, float(fit.intercept_[0])
    share = float(np.clip(y.mean(), 1e-3, 1 - 1e-3))
    return 1e-3, float(np.log(share / (1 - share)) - 1e-3 * raw.mean())


def _losses(raw: Floats, y: Floats) -> Floats:
    """Return the log loss of each node, after calibration."""
    slope, intercept = calibration(raw, y)
    log_odds = slope * raw + intercept
    losses: Floats = np.logaddexp(0.0, np.where(y == 1, -log_odds, log_odds))
    return losses
