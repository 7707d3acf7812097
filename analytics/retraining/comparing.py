"""Champion and challenger side by side, on decisions that neither has learned from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import EntityType
from analytics.features.labels import DECISION_ID, LABEL
from analytics.features.spec import FeatureSpec
from analytics.model.bundle import EntityModel
from analytics.model.labelled import LabelledFrame
from analytics.model.metrics import plain
from analytics.model.training_set import TrainingSet
from analytics.model.violation import ViolationModel
from analytics.retraining.challenger import Recipe, part_of
from analytics.retraining.comparison import CHALLENGER, CHAMPION, Comparison
from analytics.retraining.contender import Contender
from analytics.retraining.doubts import doubted_reviewers
from analytics.retraining.estimator import Sample, draw_sample, inclusion, strata_of
from analytics.retraining.gate import Gate, load_gate
from analytics.retraining.gate_rules import judge
from analytics.retraining.holdout import CONTROL, Split
from analytics.retraining.in_time import judge_in_time
from analytics.retraining.judged import NO_FIGURES, figures_of, judged_by
from analytics.retraining.labels import QUEUE_POLICY
from analytics.retraining.moves import rank_moves
from analytics.retraining.slices import Least, slices_of
from analytics.retraining.stability import reason_stability
from analytics.retraining.verdict import verdict
from analytics.settings import Settings

Floats = NDArray[np.float64]
SHORT_OF_CONTROL = (
    "No case of the control sample could be judged, so the figures speak for the entities that "
    "the queue reached and for no others."
)
ONE_OUTCOME = "All judged cases have the same outcome, so nothing can be ranked."


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
    recipe: Recipe,
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
        recipe: Trains violation on decisions, as the challenger was trained.
        settings: Capacity, share held out, seed.
        at: When.
    """
    judged, dropped = unseen(decided, split, groups, [champion.trained_on, challenger.trained_on])
    weigh = _weigher(decided, len(challenger.scored.scores), settings.holdout_share)
    sample = weigh(judged)
    y = judged.labels[LABEL].to_numpy(dtype=float)
    gate, capacity = load_gate(settings.gate_file), settings.review_capacity
    contenders = {CHAMPION: champion, CHALLENGER: challenger}
    parts = {name: one.model.violation for name, one in contenders.items()}
    seen = judged_by(judged, parts, sample, settings.seed)
    figures = figures_of(seen, capacity) if seen else NO_FIGURES
    is_control = (judged.labels[QUEUE_POLICY] == CONTROL).to_numpy()
    control_positives = int(y[is_control].sum())
    word = verdict(control_positives, figures.decides)
    moves = rank_moves(champion.scored, challenger.scored, specs, capacity)
    comparison = Comparison(
        entity=entity,
        champion=champion.model.model_version,
        challenger=challenger.model.model_version,
        snapshot_id=snapshot_id,
        at=at.isoformat(timespec="seconds"),
        verdict=word.word,
        sentence=word.sentence,
        k=capacity,
        cases={
            "judged": len(y),
            "positives": int(y.sum()),
            "control": int(is_control.sum()),
            "control_positives": control_positives,
            "left_out": dropped,
            "learned_from": len(split.training),
        },
        strata=_strata(sample, y, inclusion(judged.labels, sample.strata, settings.holdout_share)),
        results=figures.results,
        differences=figures.differences,
        reliability=figures.reliability,
        quality="same" if _same_quality(champion.model, challenger.model) else "trained anew",
        moves=moves.to_dict(),
        notes=[
            *([ONE_OUTCOME] if seen is None and len(y) else []),
            *_notes(sample, dropped, decided.notes),
        ],
        slices=slices_of(seen, judged, challenger.scored.scores, _least(gate)) if seen else [],
        stability=reason_stability(champion.scored, challenger.scored, capacity),
        newest_decision=_newest(decided.labels),
        reviewers=_reviewers(challenger.model, part_of(decided, split.training), judged),
        in_time=judge_in_time(
            contenders,
            judged,
            groups,
            recipe=recipe,
            weigh=weigh,
            least=_least(gate),
            k=capacity,
            seed=settings.seed,
        ).to_dict(),
    )
    return replace(comparison, gate=judge(gate, comparison).to_dict())


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


def _weigher(
    decided: LabelledFrame, population: int, share: float
) -> Callable[[LabelledFrame], Sample]:
    """Return what says which entities judged cases stand for."""
    reached = int((strata_of(decided.labels) == "reached").sum())

    def weigh(judged: LabelledFrame) -> Sample:
        return draw_sample(
            judged.labels, judged.groups, reached=reached, population=population, share=share
        )

    return weigh


def _least(gate: Gate) -> Least:
    return Least(gate.slices.least_cases, gate.slices.least_positives)


def _reviewers(
    model: EntityModel, learned: LabelledFrame, judged: LabelledFrame
) -> list[dict[str, Any]]:
    part = model.violation
    return doubted_reviewers(part, learned, judged) if isinstance(part, ViolationModel) else []


def _newest(labels: pd.DataFrame) -> int | None:
    known = labels[DECISION_ID].dropna()
    return int(known.max()) if len(known) else None


def _strata(sample: Sample, y: Floats, chance: Floats) -> list[dict[str, Any]]:
    return [
        {
            "stratum": name,
            "entities": size,
            "cases": int((at := sample.strata == name).sum()),
            "positives": int(y[at].sum()),
            "weight": plain(float(sample.weights[at].max(initial=0.0))),
            "chance_low": plain(float(chance[at].min())) if at.any() else None,
            "chance_high": plain(float(chance[at].max())) if at.any() else None,
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
