"""What the random control cases say of all entities, together with what is known anyway.

A round draws its control sample from all N entities that are eligible at its moment, and takes the
top list for certain. What stands in the top list, or was drawn earlier, is known once it is
decided; of the rest only the control sample tells. So the share of violators is, by round,

    P_t = (violators known before + violators of the top list + N_rest · mean of the rest's
    control cases) / all entities,

an unbiased estimate whatever put the top list together (a stratified expansion estimator with one
stratum taken completely: Särndal, Swensson & Wretman 1992, ch. 3.7). Later rounds draw from what
earlier ones left over, so estimates of all rounds are averaged, each counted by its control cases.
Intervals are 90 %: Wilson's for the control cases' share, at as many as tell as much (Kish 1965)
and with the correction for a finite population, moved and scaled to the whole.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import formats
from analytics.columns import VIOLATION_PROBABILITY
from analytics.features.labels import LABEL
from analytics.model.metrics import Estimate, wilson
from analytics.selection.cases import IS_CONTROL, THRESHOLD, Floats, Rounds, Y, drawn_cases
from analytics.selection.ratio import share_of

LEAST_CONTROL: Final = 20  # decided control cases below which nothing is estimated


@dataclass(frozen=True)
class Estimates:
    """What is estimated of all entities of one type.

    Attributes:
        entities: How many there were, of the newest round.
        rounds: Rounds whose control sample tells something.
        control: Control cases decided.
        control_positives: Violations among them.
        undecided: Control cases that wait, or of which the reviewer could not tell.
        reviewed: Entities decided, however they came into the queue.
        reviewed_share: Violations among those, which is no prevalence.
        prevalence: Share of entities that a reviewer would find to violate a policy; None where
            too few control cases are decided.
        precision: Of the entities whose P(violation) was within a day's capacity when their round
            was drawn, the share that violates.
        recall: Of the violators, the share that was within that capacity.
    """

    entities: int
    rounds: int
    control: int
    control_positives: int
    undecided: int
    reviewed: int
    reviewed_share: float | None
    prevalence: Estimate | None
    precision: Estimate | None
    recall: Estimate | None

    @property
    def is_enough(self) -> bool:
        """Whether enough control cases are decided for an estimate."""
        return self.prevalence is not None

    @property
    def too_few(self) -> str:
        """Say how many control cases are decided and how many an estimate takes."""
        return (
            f"{formats.plural(self.control, 'random case')} decided; an estimate takes "
            f"{LEAST_CONTROL}."
        )

    def summary(self) -> str:
        """Return the same as text."""
        lines = [f"Entities: {self.entities:,}; decided: {self.reviewed:,}."]
        if not self.is_enough:
            return "\n".join([*lines, f"Nothing is estimated: {self.too_few}"])
        named = (("Prevalence", self.prevalence), ("Precision at capacity", self.precision),
                 ("Recall at capacity", self.recall))  # fmt: skip
        lines += [f"{name}: {said(found)}" for name, found in named]
        return "\n".join([*lines, f"From {self.control:,} random cases, 90 % intervals."])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        found = {name: getattr(self, name) for name in ("prevalence", "precision", "recall")}
        return {**vars(self), **{name: e and e.to_dict() for name, e in found.items()}}


def said(found: Estimate | None) -> str:
    """Print a share with its interval."""
    if found is None or not np.isfinite(found.value):
        return "not known"
    ends = formats.share(found.low), formats.share(found.high)
    return f"{formats.share(found.value)} ({ends[0]} to {ends[1]})"


def estimate(entries: pd.DataFrame, labels: pd.DataFrame, *, closed_days: int) -> Estimates:
    """Estimate prevalence, and precision and recall at capacity, from decided rounds.

    Args:
        entries: As from `QueueEntries.frame`, of one entity type, with a `threshold`: P(violation)
            of the last entity within a day's capacity by the model that drew the round, missing
            where it is not known any more.
        labels: As from `Decisions.labels`.
        closed_days: Days that a decided case stays closed.
    """
    cases = drawn_cases(entries, labels)
    rounds = Rounds(cases, pd.Timedelta(days=closed_days))
    control = cases[cases[IS_CONTROL]]
    decided = control[Y].dropna()
    is_enough = len(decided) >= LEAST_CONTROL and bool(rounds.control.any())
    flags = _flagged(cases[cases[THRESHOLD].notna()]) if is_enough else (None, None)
    return Estimates(
        entities=int(rounds.entities[-1]) if len(rounds.entities) else 0,
        rounds=int((rounds.control > 0).sum()),
        control=len(decided),
        control_positives=int(decided.sum()),
        undecided=int(control[Y].isna().sum()),
        reviewed=len(labels),
        reviewed_share=float(labels[LABEL].mean()) if len(labels) else None,
        prevalence=_prevalence(rounds, cases) if is_enough else None,
        precision=flags[0],
        recall=flags[1],
    )


def _prevalence(rounds: Rounds, cases: pd.DataFrame) -> Estimate:
    certain = rounds.known_positives + rounds.of_top(cases[Y])
    return combined(rounds, certain, rounds.entities, cases[Y])


def _flagged(cases: pd.DataFrame) -> tuple[Estimate | None, Estimate | None]:
    """Return precision and recall of being within the capacity, by P(violation) at the draw."""
    rounds = Rounds(cases, pd.Timedelta(0))
    if not rounds.control.any():
        return None, None
    is_flagged, y = cases[VIOLATION_PROBABILITY] >= cases[THRESHOLD], cases[Y]
    hit, false, missed = (
        combined(rounds, rounds.of_top(part), rounds.eligible, part)
        for part in (y * is_flagged, (1 - y) * is_flagged, y * ~is_flagged)
    )
    return share_of(hit, false), share_of(hit, missed)


def combined(rounds: Rounds, certain: Floats, sizes: Floats, y: pd.Series) -> Estimate:
    """Return the mean of the rounds' shares, each counted by its control cases.

    Args:
        rounds: The rounds.
        certain: What each has for certain.
        sizes: Of how many that is a share.
        y: Of each case what is counted, from 0 to 1, missing where undecided.
    """
    known = float(np.average(certain / sizes, weights=rounds.control))
    of_case, found = rounds.of_rest(y)
    weight = (rounds.left / sizes)[of_case]
    share = float(np.average(found, weights=weight)) if weight.any() else 0.0
    low, high = wilson(share, _effective(weight) / max(rounds.left_over, 1e-9))
    scale = float(weight.mean())
    return Estimate(known + scale * share, known + scale * low, known + scale * high)


def _effective(weight: Floats) -> float:
    """Return how many equally weighted cases tell as much."""
    return float(weight.sum() ** 2 / (weight @ weight)) if weight.any() else float(len(weight))
