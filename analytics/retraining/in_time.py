"""Both models trained on the past alone, judged by the decisions that came after it.

Control sample and hold-out keep the judging decisions out of training, but not what came after
them: a model learns from decisions on others that are newer than those it is judged by. Here a
moment parts the two. What either model learned from at or after that moment is taken away, and it
is trained again; the decisions since judge what comes of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import formats
from analytics.features.labels import DECIDED_AT, DECISION_ID, LABEL
from analytics.model.labelled import LabelledFrame, groups_of, is_decided
from analytics.model.prior import ViolationPrior
from analytics.model.training_set import TrainingSet
from analytics.model.violation import ViolationModel
from analytics.retraining.challenger import Recipe, part_of
from analytics.retraining.comparison import CHALLENGER, CHAMPION, Results
from analytics.retraining.contender import Contender
from analytics.retraining.estimator import Sample
from analytics.retraining.holdout import CONTROL
from analytics.retraining.judged import figures_of, judged_by
from analytics.retraining.labels import QUEUE_POLICY
from analytics.retraining.slices import Least

NEWEST: Final = 0.4  # of the judged decisions, at least


@dataclass(frozen=True)
class InTime:
    """What the decisions since a moment say of what both models are without them; plain data.

    Attributes:
        sentence: What was done, or why it could not be.
        cut: The moment, naive UTC, ISO 8601; None where too few decisions judge.
        cases: Judged cases since.
        positives: Violations among them.
        control: Cases of the control sample among them.
        control_positives: Violations of the control sample among them.
        learned_from: "champion" and "challenger" → decisions before the cut that it learned from.
        trained_again: "champion" and "challenger" → whether it had to be, or was taken as it is.
        results: "champion" and "challenger" → metric → value, low, high; empty where it could not
            be told.
        differences: Metric → challenger minus champion, paired: value, low, high, p.
    """

    sentence: str
    cut: str | None = None
    cases: int = 0
    positives: int = 0
    control: int = 0
    control_positives: int = 0
    learned_from: dict[str, int] = field(default_factory=dict)
    trained_again: dict[str, bool] = field(default_factory=dict)
    results: dict[str, Results] = field(default_factory=dict)
    differences: Results = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Cut:
    """A moment that parts decisions.

    Attributes:
        at: From this moment on they judge.
        decision_id: The first that was entered since; a correction entered later was not known
            before the cut, whenever its case was judged.
    """

    at: pd.Timestamp
    decision_id: int

    def is_known(self, labels: pd.DataFrame) -> pd.Series:
        """Tell which labels were decided, and entered, before."""
        is_entered_since = (labels[DECISION_ID] >= self.decision_id).fillna(False).astype(bool)
        return (labels[DECIDED_AT] < self.at) & ~is_entered_since

    def __str__(self) -> str:
        return formats.time(self.at.to_pydatetime())


@dataclass(frozen=True)
class Past:
    """What a contender is without the decisions at or after a moment.

    Attributes:
        part: Predicts violation; None where it cannot be told.
        decisions: That it learned from.
        is_again: Whether it was trained again.
        why_not: Why it cannot be told.
    """

    part: ViolationModel | ViolationPrior | None
    decisions: int = 0
    is_again: bool = False
    why_not: str = ""


def judge_in_time(
    contenders: Mapping[str, Contender],
    judged: LabelledFrame,
    groups: pd.Series,
    *,
    recipe: Recipe,
    weigh: Callable[[LabelledFrame], Sample],
    least: Least,
    k: int,
    seed: int,
) -> InTime:
    """Cut in time, train both models on what lies before, and judge them by what lies after.

    Args:
        contenders: "champion" and "challenger".
        judged: Decisions that neither learned from.
        groups: Group of every entity, as from `entity_groups`.
        recipe: Trains violation on decisions.
        weigh: Says what judged cases stand for.
        least: Counts below which the later part has no figures.
        k: Capacity of precision and lift.
        seed: Of the bootstrap.
    """
    cut = cut_at(judged.labels, least)
    if cut is None:
        return InTime(_too_few(judged, least))
    later = part_of(judged, judged.labels.index[judged.labels[DECIDED_AT] >= cut.at])
    past = before(contenders, cut, groups, recipe)
    counts = _counts(later, cut, past)
    why = [one.why_not for one in past.values() if one.why_not]
    seen = judged_by(later, {name: one.part for name, one in past.items()}, weigh(later), seed)
    if why or seen is None:
        return InTime(" ".join(why), **counts)
    figures = figures_of(seen, k)
    said = InTime(_told(past, later, cut), **counts)
    return InTime(**asdict(said) | {"results": figures.results, "differences": figures.differences})


def cut_at(labels: pd.DataFrame, least: Least) -> Cut | None:
    """Return where the newest decisions begin, which judge; None where all are too few.

    They are the newest two fifths, or more where these do not hold the least counts of cases and
    of either outcome.
    """
    newest_first = labels.sort_values(DECIDED_AT, ascending=False, kind="stable")
    cases = np.arange(1, len(labels) + 1)
    positives = newest_first[LABEL].cumsum().to_numpy()
    is_enough = (
        (cases >= max(least.cases, NEWEST * len(labels)))
        & (positives >= least.positives)
        & (cases - positives >= least.positives)
    )
    if not is_enough.any():
        return None
    at = newest_first[DECIDED_AT].iloc[int(is_enough.argmax())]
    return Cut(at, int(labels.loc[labels[DECIDED_AT] >= at, DECISION_ID].min()))


def before(
    contenders: Mapping[str, Contender], cut: Cut, groups: pd.Series, recipe: Recipe
) -> dict[str, Past]:
    """Return what each contender is by the decisions before a moment; equal ones are one fit."""
    known: dict[str, ViolationModel | ViolationPrior] = {}

    def fit(past: LabelledFrame) -> ViolationModel | ViolationPrior:
        key = TrainingSet(past.labels, past.X).fingerprint()
        if key not in known:
            known[key] = recipe(past)
        return known[key]

    return {name: _before(name, one, cut, groups, fit) for name, one in contenders.items()}


def _before(name: str, contender: Contender, cut: Cut, groups: pd.Series, recipe: Recipe) -> Past:
    part, learned = contender.model.violation, contender.trained_on
    if part is None:
        return Past(None, why_not=f"The {name} does not predict violation.")
    if isinstance(part, ViolationPrior):
        return Past(part)
    if learned is None:
        return Past(None, why_not=f"Nothing tells which decisions the {name} learned from.")
    is_past = cut.is_known(learned.labels)
    decisions = int((is_past & is_decided(learned.labels)).sum())
    if is_past.all():
        return Past(part, decisions)
    ids = learned.labels.index[is_past]
    again = recipe(
        LabelledFrame(learned.X.loc[ids], learned.labels.loc[ids], groups_of(ids, groups))
    )
    if name == CHALLENGER and isinstance(again, ViolationPrior):
        why = f"By {cut} there were too few decisions to train a challenger: {decisions:,}."
        return Past(None, decisions, is_again=True, why_not=why)
    return Past(again, decisions, is_again=True)


def _counts(later: LabelledFrame, cut: Cut, past: Mapping[str, Past]) -> dict[str, Any]:
    control = later.labels.loc[later.labels[QUEUE_POLICY] == CONTROL, LABEL]
    return {
        "cut": cut.at.isoformat(),
        "cases": len(later.labels),
        "positives": int(later.labels[LABEL].sum()),
        "control": len(control),
        "control_positives": int(control.sum()),
        "learned_from": {name: one.decisions for name, one in past.items()},
        "trained_again": {name: one.is_again for name, one in past.items()},
    }


def _too_few(judged: LabelledFrame, least: Least) -> str:
    cases, positives = len(judged.labels), int(judged.labels[LABEL].sum())
    return (
        f"Too few cases judge to part them by time: {cases:,}, {positives:,} of them violations, "
        f"where {least.cases:,} with {least.positives:,} of either outcome are needed."
    )


def _told(past: Mapping[str, Past], later: LabelledFrame, cut: Cut) -> str:
    learned = ", ".join(f"the {name} {_learned(one)}" for name, one in past.items())
    told = (
        f"Of what was decided before {cut} {learned}; "
        f"{formats.plural(len(later.labels), 'case')} decided since judge, "
        f"{int(later.labels[LABEL].sum()):,} of them violations."
    )
    is_same = past[CHAMPION].part is past[CHALLENGER].part
    return (
        f"{told} Both learned from the same decisions, so they do not differ." if is_same else told
    )


def _learned(one: Past) -> str:
    if isinstance(one.part, ViolationPrior) and not one.is_again:
        return "learned nothing, being the prior"
    if isinstance(one.part, ViolationPrior):
        return f"had too few to learn from ({one.decisions:,}) and is the prior"
    how = "trained again" if one.is_again else "as it is"
    return f"learned from {formats.plural(one.decisions, 'decision')} ({how})"
