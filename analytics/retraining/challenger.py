"""A model trained on the decisions made so far, to be compared with what scores now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.errors import TooFewLabelsError
from analytics.explain.policy_choice import train
from analytics.features.labels import LABEL
from analytics.model.bundle import EntityModel
from analytics.model.card import quality_settings
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame
from analytics.model.prior import ViolationPrior
from analytics.model.training import violation_from
from analytics.model.violation import ViolationModel
from analytics.progress import Progress
from analytics.retraining.holdout import Split, split_labels
from analytics.signals.catalog import FEATURE_VERSION

Recipe = Callable[[LabelledFrame], ViolationModel | ViolationPrior]


@dataclass(frozen=True)
class Challenger:
    """A trained model and the decisions that it has not seen.

    Attributes:
        model: The model.
        decided: All decisions with their features.
        split: Which of them it learned from and which judge it.
        reuses_quality: Whether its quality part is the champion's.
    """

    model: EntityModel
    decided: LabelledFrame
    split: Split
    reuses_quality: bool


def train_challenger(
    history: History,
    as_of: datetime,
    decided: LabelledFrame,
    champion: EntityModel | None,
    progress: Progress,
) -> Challenger:
    """Train on the decisions that are not held out.

    Raises:
        TooFewLabelsError: Violation would be the prior again.
    """
    split = split_labels(decided.labels, decided.groups, history.settings.holdout_share)
    seen = part_of(decided, split.training)
    _check_enough(seen, split, history)
    same = champion if champion and is_same_quality(champion.card, history, as_of) else None
    model = train(history, as_of, progress, labelled=seen, champion=same)
    if not isinstance(model.violation, ViolationModel):
        raise TooFewLabelsError(
            f"The decisions on {history.entity}s that are not kept to judge models by are of too "
            "few groups: none of them could be held out with both outcomes.",
            hint="Review cases of other groups, or import labels; what scores now stays as it is.",
        )
    return Challenger(model, decided, split, same is not None)


def violation_recipe(history: History, as_of: datetime) -> Recipe:
    """Return how a challenger's violation part is trained on decisions: the prior on too few.

    Families of signals are chosen anew, so that nothing but these decisions goes into it.
    """
    X = history.features(as_of)

    def train_on(labelled: LabelledFrame) -> ViolationModel | ViolationPrior:
        same = replace(labelled, X=labelled.X.reindex(columns=X.columns))
        model, prior, _ = violation_from(history, X, same)
        return prior if model is None else model

    return train_on


def part_of(decided: LabelledFrame, ids: pd.Index) -> LabelledFrame:
    """Return some of the decided entities."""
    return LabelledFrame(
        decided.X.loc[ids], decided.labels.loc[ids], decided.groups.loc[ids], decided.notes
    )


def is_same_quality(card: Mapping[str, Any], history: History, as_of: datetime) -> bool:
    """Whether training quality at `as_of` would give the quality part of a card's model again."""
    return (
        card.get("dataset_id") == history.dataset.dataset_id
        and card.get("trained_as_of") == as_of.isoformat()
        and card.get("feature_version") == FEATURE_VERSION
        and card.get("quality", {}).get("settings") == quality_settings(history.settings)
    )


def _check_enough(seen: LabelledFrame, split: Split, history: History) -> None:
    least = history.settings.min_labels_per_class
    labels = seen.decided().labels[LABEL]
    confirmed, cleared = int((labels == 1).sum()), int((labels == 0).sum())
    if min(confirmed, cleared) >= least:
        return
    kept = len(split.evaluation) + len(split.aside)
    raise TooFewLabelsError(
        f"There are too few decisions on {history.entity}s to learn from: {confirmed} confirmed "
        f"and {cleared} cleared, where {least} of each are needed"
        f"{f' ({kept} more are kept to judge models by)' if kept else ''}.",
        hint="Review more cases, or import labels; what scores now stays as it is.",
    )
