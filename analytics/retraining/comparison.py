"""Champion and challenger side by side, on decisions that neither has learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import EntityType
from analytics.features.labels import LABEL
from analytics.features.spec import FeatureSpec
from analytics.model.bundle import EntityModel
from analytics.model.labelled import LabelledFrame
from analytics.model.metrics import (
    HIGHER_IS_BETTER,
    Estimate,
    interval,
    metrics,
    plain,
    reliability,
)
from analytics.model.training_set import TrainingSet
from analytics.retraining.estimator import Sample, draw_sample, strata_of
from analytics.retraining.holdout import CONTROL, Split
from analytics.retraining.labels import QUEUE_POLICY
from analytics.retraining.moves import Moves, Scored, rank_moves
from analytics.retraining.verdict import Verdict, verdict
from analytics.settings import Settings

Floats = NDArray[np.float64]
Results = dict[str, dict[str, float | None]]

CHAMPION, CHALLENGER = "champion", "challenger"
DRAWS = 400
DECIDES = "average_precision"
SHORT_OF_CONTROL = (
    "No case of the control sample could be judged, so the figures speak for the entities that "
    "the queue reached and for no others."
)
ONE_OUTCOME = "All judged cases have the same outcome, so nothing can be ranked."


@dataclass(frozen=True)
class Contender:
    """A model, what it was trained on, and what it says of all entities."""

    model: EntityModel
    trained_on: TrainingSet | None
    scored: Scored


@dataclass(frozen=True)
class Comparison:
    """What the Model page shows of a challenger; plain data, ready for JSON.

    Attributes:
        entity: Entity type.
        champion: Model version.
        challenger: Model version.
        snapshot_id: Snapshot that both scored.
        at: When they were compared, naive UTC, ISO 8601.
        verdict: "better", "worse", "no clear difference" or "not enough evidence".
        sentence: Why.
        k: Capacity of precision and lift.
        cases: Judged cases, and how many of them are positive, of the control sample, both; how
            many were left out because the champion had learned from them or their group mates;
            how many labels the challenger learned from.
        strata: Per stratum: entities, judged cases, positives, largest weight.
        results: "champion" and "challenger" → metric → value, low, high.
        differences: Metric → challenger minus champion, paired: value, low, high.
        reliability: "champion" and "challenger" → bins: predicted, observed, low, high, count.
        quality: "same" or "trained anew".
        moves: As from `Moves.to_dict`.
        notes: What limits the figures.
    """

    entity: str
    champion: str
    challenger: str
    snapshot_id: str
    at: str
    verdict: str
    sentence: str
    k: int
    cases: dict[str, int]
    strata: list[dict[str, Any]]
    results: dict[str, Results]
    differences: Results
    reliability: dict[str, list[dict[str, float]]]
    quality: str
    moves: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Comparison(**document)` makes it anew."""
        return asdict(self)

    def summary(self) -> str:
        """Return the same as text."""
        cases, moves = self.cases, self.moves
        lines = [
            f"{self.entity}: challenger {self.challenger} beside champion {self.champion}",
            f"Verdict: {self.verdict}. {self.sentence}",
            f"Learned from {cases['learned_from']} decisions; judged by {cases['judged']} that "
            f"neither has seen, {cases['positives']} of them violations; control sample: "
            f"{cases['control']}, {cases['control_positives']} of them violations.",
        ]
        if self.results:
            lines += ["", f"{'':22}{CHAMPION:>12}{CHALLENGER:>12}   difference [5 %, 95 %]"]
            lines += [self._line(metric) for metric in HIGHER_IS_BETTER]
        lines += [
            "",
            f"Of the first {moves['capacity']} in the queue {moves['stayed']} stay, "
            f"{len(moves['entered'])} enter, {len(moves['left'])} leave.",
            *(f"  {_moved(move)}" for move in [*moves["entered"][:5], *moves["left"][:5]]),
            *(f"Note: {note}" for note in self.notes),
        ]
        return "\n".join(lines)

    def _line(self, metric: str) -> str:
        ours, theirs = (self.results[name][metric]["value"] for name in (CHALLENGER, CHAMPION))
        gap = self.differences[metric]
        value, low, high = (_figure(gap[bound], "+") for bound in ("value", "low", "high"))
        name = metric.replace("_", " ")
        return f"{name:22}{_figure(theirs):>12}{_figure(ours):>12}   {value} [{low}, {high}]"


def compare(
    champion: Contender,
    challenger: Contender,
    decided: LabelledFrame,
    split: Split,
    groups: pd.Series,
    *,
    entity: EntityType,
    snapshot_id: str,
    specs: Sequence[FeatureSpec],
    settings: Settings,
    at: datetime,
) -> Comparison:
    """Compare two models of one entity type.

    Args:
        champion: What scores now.
        challenger: What might.
        decided: All decisions with the features of their moment.
        split: Which of them judge; those that either model, or a group mate of theirs that
            either model, was trained on are left out.
        groups: Group of every entity, as from `entity_groups`.
        entity: Entity type.
        snapshot_id: Snapshot that both scored.
        specs: Declarations of the features.
        settings: Capacity, share held out, seed.
        at: When.
    """
    judged, dropped = unseen(decided, split, groups, [champion.trained_on, challenger.trained_on])
    sample = draw_sample(
        judged.labels,
        judged.groups,
        reached=_reached(decided.labels),
        population=len(challenger.scored.scores),
        share=settings.holdout_share,
    )
    y = judged.labels[LABEL].to_numpy(dtype=float)
    figures = _figures({CHAMPION: champion, CHALLENGER: challenger}, judged.X, y, sample, settings)
    is_control = (judged.labels[QUEUE_POLICY] == CONTROL).to_numpy()
    control_positives = int(y[is_control].sum())
    word = verdict(control_positives, figures.decides)
    moves = rank_moves(champion.scored, challenger.scored, specs, settings.review_capacity)
    return Comparison(
        entity=entity,
        champion=champion.model.model_version,
        challenger=challenger.model.model_version,
        snapshot_id=snapshot_id,
        at=at.isoformat(timespec="seconds"),
        verdict=word.word,
        sentence=word.sentence,
        k=settings.review_capacity,
        cases={
            "judged": len(y),
            "positives": int(y.sum()),
            "control": int(is_control.sum()),
            "control_positives": control_positives,
            "left_out": dropped,
            "learned_from": len(split.training),
        },
        strata=_strata(sample, y),
        results=figures.results,
        differences=figures.differences,
        reliability=figures.reliability,
        quality="same" if _same_quality(champion.model, challenger.model) else "trained anew",
        moves=moves.to_dict(),
        notes=[*figures.notes, *_notes(sample, dropped, decided.notes)],
    )


def unseen(
    decided: LabelledFrame,
    split: Split,
    groups: pd.Series,
    trained_on: Sequence[TrainingSet | None],
) -> tuple[LabelledFrame, int]:
    """Return the judging decisions that no model saw, nor a group mate, and how many were seen."""
    ids = pd.Index([])
    for one in trained_on:
        ids = ids.union(one.labels.index) if one is not None else ids
    seen = set(groups.reindex(ids).dropna())
    theirs = decided.groups.loc[split.evaluation]
    is_seen = theirs.isin(seen) | theirs.index.isin(ids)
    kept = split.evaluation[~is_seen.to_numpy()]
    judged = LabelledFrame(decided.X.loc[kept], decided.labels.loc[kept], decided.groups.loc[kept])
    return judged, int(is_seen.sum())


@dataclass(frozen=True)
class _Figures:
    results: dict[str, Results]
    differences: Results
    reliability: dict[str, list[dict[str, float]]]
    decides: Estimate | None
    notes: tuple[str, ...] = ()


def _figures(
    contenders: Mapping[str, Contender],
    X: pd.DataFrame,
    y: Floats,
    sample: Sample,
    settings: Settings,
) -> _Figures:
    """Compute every metric of both models with intervals, and their paired differences."""
    parts = {name: one.model.violation for name, one in contenders.items()}
    if len(np.unique(y)) < 2 or any(part is None for part in parts.values()):
        return _Figures({}, {}, {}, None, (ONE_OUTCOME,) if len(y) else ())
    probability = {name: part.predict_proba(X)[:, 1] for name, part in parts.items() if part}
    prepared = {
        name: metrics(y, part.raw(X), probability[name], settings.review_capacity)
        for name, part in parts.items()
        if part
    }
    point = _values(prepared, sample.weights)
    drawn = [_values(prepared, weights) for weights in sample.draws(DRAWS, settings.seed)]
    differences = {
        metric: interval(
            point[CHALLENGER][metric] - point[CHAMPION][metric],
            [one[CHALLENGER][metric] - one[CHAMPION][metric] for one in drawn],
        )
        for metric in HIGHER_IS_BETTER
    }
    return _Figures(
        {
            name: {
                metric: interval(values[metric], [one[name][metric] for one in drawn]).to_dict()
                for metric in HIGHER_IS_BETTER
            }
            for name, values in point.items()
        },
        {metric: estimate.to_dict() for metric, estimate in differences.items()},
        {name: reliability(y, p, sample.weights) for name, p in probability.items()},
        differences[DECIDES],
    )


def _values(
    prepared: Mapping[str, Mapping[str, Any]], weights: Floats
) -> dict[str, dict[str, float]]:
    return {
        name: {metric: float(value(weights)) for metric, value in each.items()}
        for name, each in prepared.items()
    }


def _reached(labels: pd.DataFrame) -> int:
    return int((strata_of(labels) == "reached").sum())


def _strata(sample: Sample, y: Floats) -> list[dict[str, Any]]:
    return [
        {
            "stratum": name,
            "entities": size,
            "cases": int((at := sample.strata == name).sum()),
            "positives": int(y[at].sum()),
            "weight": plain(float(sample.weights[at].max(initial=0.0))),
        }
        for name, size in sample.sizes.items()
    ]


def _notes(sample: Sample, dropped: int, notes: Sequence[str]) -> list[str]:
    more = []
    if dropped:
        more.append(
            f"{dropped} judging cases were left out: the champion or the challenger had learned "
            "from them, or from one of their group."
        )
    if not (sample.strata == "rest").any():
        more.append(SHORT_OF_CONTROL)
    return [*more, *notes]


def _same_quality(champion: EntityModel, challenger: EntityModel) -> bool:
    return champion.metrics.get("quality") == challenger.metrics.get("quality")


def _moved(move: Mapping[str, Any]) -> str:
    name = f" ({move['name']})" if move["name"] else ""
    return f"{move['entity_id']}{name}: {move['was']} → {move['rank']}. {move['sentence']}"


def _figure(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.3f}"


__all__ = ["Comparison", "Contender", "Moves", "Verdict", "compare", "unseen"]
