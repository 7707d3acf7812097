"""Which families of features earn their place, judged on the validation part."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]
Families = tuple[str, ...]
DRAWS = 50


@dataclass(frozen=True)
class Trial:
    """One set of families that was tried.

    Attributes:
        families: The set.
        auroc: On the validation part.
        average_precision: On the validation part.
        gain: Mean of both, minus that of the set it extends.
        error: Standard error of the gain, from a paired bootstrap over the nodes.
        taken: The gain was the largest of its round and above its standard error.
    """

    families: Families
    auroc: float
    average_precision: float
    gain: float = 0.0
    error: float = 0.0
    taken: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, numbers to six digits."""
        values = asdict(self) | {"families": list(self.families)}
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in values.items()}


def choose_families(
    score: Callable[[Families], Floats], y: Floats, first: Families, others: Sequence[str]
) -> tuple[Families, list[Trial]]:
    """Add families one by one, as long as the best of them gains more than its standard error.

    Args:
        score: Scores of the validation nodes by a model of these families.
        y: Their labels, 0 and 1.
        first: Where to begin: the nodes' own features.
        others: Families that may be added.

    Returns:
        The families chosen, and every set tried in order.
    """
    chosen, best = first, score(first)
    trials = [Trial(chosen, *_quality(y, best), taken=True)]
    left = list(others)
    while left:
        tried = {name: score((*chosen, name)) for name in left}
        round_ = {name: _compare((*chosen, name), y, tried[name], best) for name in left}
        name = max(left, key=lambda n: round_[n].gain)
        winner = round_[name]
        if winner.gain <= winner.error:
            trials += round_.values()
            break
        trials += [_taken(trial) if trial is winner else trial for trial in round_.values()]
        chosen, best = winner.families, tried[name]
        left.remove(name)
    return chosen, trials


def _taken(trial: Trial) -> Trial:
    return Trial(**(asdict(trial) | {"taken": True}))


def _compare(families: Families, y: Floats, new: Floats, old: Floats) -> Trial:
    rng = np.random.default_rng(0)
    gains = []
    for _ in range(DRAWS):
        drawn = rng.integers(0, len(y), len(y))
        if 0 < y[drawn].sum() < len(y):
            gains.append(_mean(y[drawn], new[drawn]) - _mean(y[drawn], old[drawn]))
    gain = _mean(y, new) - _mean(y, old)
    error = float(np.std(gains)) if gains else float("inf")
    return Trial(families, *_quality(y, new), gain=gain, error=error)


def _mean(y: Floats, score: Floats) -> float:
    return sum(_quality(y, score)) / 2


def _quality(y: Floats, score: Floats) -> tuple[float, float]:
    return float(roc_auc_score(y, score)), float(average_precision_score(y, score))
