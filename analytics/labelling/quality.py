"""Decisions worth a second look, each with its reason in words, and reviewers to ask."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics import formats
from analytics.columns import EntityType
from analytics.errors import TooFewLabelsError
from analytics.features.labels import LABEL
from analytics.labelling.confident import Confidence, confident_learning
from analytics.labelling.neighbours import Neighbourhood, neighbourhood
from analytics.labelling.reviewers import (
    ALARM,
    DECISIONS,
    DOUBTED,
    OTHERS,
    P_VALUE,
    REVIEWER,
    SHARE,
    reviewer_alarms,
)
from analytics.model.labelled import LabelledFrame
from analytics.model.prior import ViolationPrior
from analytics.model.violation import ViolationModel, train_violation

PROBABILITY, DOUBT, REASON, CONFIDENT = "probability", "doubt", "why", "is_confident"
WORDS: Final = {1.0: "a violation", 0.0: "no violation"}
SHOWN: Final = 10


@dataclass(frozen=True)
class LabelReport:
    """What a check of the labels of one entity type found.

    Attributes:
        entity: Entity type.
        decisions: Decisions that are labels.
        judged: How many of them a model could judge that had not seen them.
        doubted: Those worth a second look, the most doubtful first, indexed by entity id: the
            columns of the labels, the probability of a violation, `doubt` (-1 to 1) and `why`.
        wrong_share: Estimated share of wrong labels, by the confident joint.
        reviewers: As from `reviewer_alarms`.
    """

    entity: EntityType
    decisions: int
    judged: int
    doubted: pd.DataFrame
    wrong_share: float
    reviewers: pd.DataFrame

    @property
    def alarms(self) -> list[str]:
        """Reviewers who are doubted more often than the others, beyond chance."""
        return list(self.reviewers.loc[self.reviewers[ALARM], REVIEWER])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "entity": self.entity,
            "decisions": self.decisions,
            "judged": self.judged,
            "doubted": len(self.doubted),
            "wrong_share": round(self.wrong_share, 6),
            "reviewers": [
                {str(name): value for name, value in row.items()}
                for row in self.reviewers.to_dict("records")
            ],
        }

    def summary(self) -> str:
        """Return the same as text, with the most doubtful decisions."""
        lines = [
            f"{formats.plural(self.decisions, 'decision')} on {self.entity}s, {self.judged:,} "
            f"judged by a model that had not seen them: {len(self.doubted):,} worth a second look; "
            f"about {formats.share(self.wrong_share)} of all may be wrong.",
            *(
                f"  {entity_id}: {why}"
                for entity_id, why in self.doubted[REASON].head(SHOWN).items()
            ),
        ]
        for row in self.reviewers[self.reviewers[ALARM]].to_dict("records"):
            lines.append(
                f"Alarm: {row[REVIEWER]} is doubted in {row[DOUBTED]:,} of {row[DECISIONS]:,} "
                f"decisions ({formats.share(row[SHARE])}; the others in "
                f"{formats.share(row[OTHERS])}; p = {row[P_VALUE]:.2g})."
            )
        return "\n".join(lines)


def check_quality(
    entity: EntityType,
    decided: LabelledFrame,
    reviewers: pd.Series,
    prior: ViolationPrior,
    *,
    least_per_class: int,
    monotone: dict[str, int],
    seed: int,
) -> LabelReport:
    """Judge every label by a model that had not seen it, and by the labels nearest to it.

    Args:
        entity: Entity type.
        decided: Labels with the features of their moment.
        reviewers: Who made each decision, same index; missing where nobody knows.
        prior: Where the model starts from.
        least_per_class: Decisions of either outcome that it takes.
        monotone: Direction per feature.
        seed: Seed of the model.

    Raises:
        TooFewLabelsError: There is too little to learn from.
    """
    X = decided.X.reindex(columns=list(prior.feature_names))
    model = train_violation(
        X, decided.labels[LABEL], groups=decided.groups, prior=prior,
        least_per_class=least_per_class, monotone=monotone, seed=seed,
    )  # fmt: skip
    if model is None:
        raise TooFewLabelsError(
            f"There are too few decisions on {entity}s to doubt any: {least_per_class} of each "
            "outcome are needed.",
            hint="Review more cases, or import labels.",
        )
    judged = _judged(decided, model)
    found = confident_learning(
        judged[LABEL].to_numpy(dtype=np.intp),
        np.column_stack([1 - judged[PROBABILITY], judged[PROBABILITY]]),
    )
    near = neighbourhood(
        model.linear_contributions(X.loc[judged.index]),
        judged[LABEL],
        decided.groups.loc[judged.index],
    )
    judged[DOUBT], judged[CONFIDENT] = found.margin, found.is_doubted
    judged[REASON] = _reasons(entity, judged, found, near)
    worth = judged[judged[REASON] != ""].sort_values(DOUBT, ascending=False, kind="stable")
    named = reviewers.reindex(judged.index).dropna()
    alarms = reviewer_alarms(named, judged.loc[named.index, CONFIDENT])
    wrong = float(1 - np.trace(found.joint))
    return LabelReport(entity, len(decided.labels), len(judged), worth, wrong, alarms)


def _judged(decided: LabelledFrame, model: ViolationModel) -> pd.DataFrame:
    """Return the labels of held-out rows with the probability that the rest gives them."""
    rows, raw = model.held_out_.rows, model.held_out_.raw
    labels = decided.labels.iloc[rows]
    return labels.assign(**{PROBABILITY: model.calibration_(raw)})


def _reasons(
    entity: EntityType, judged: pd.DataFrame, found: Confidence, near: Neighbourhood
) -> list[str]:
    return [
        " ".join(
            [
                *([_by_model(p, y, found)] if found.is_doubted[i] else []),
                *([_by_neighbours(entity, y, near, i)] if near.is_odd[i] else []),
            ]
        )
        for i, (p, y) in enumerate(judged[[PROBABILITY, LABEL]].to_numpy(dtype=float))
    ]


def _by_model(probability: float, label: float, found: Confidence) -> str:
    return (
        f"Decided as {WORDS[label]}, but a model that had not seen it gives a violation "
        f"{formats.probability(probability)}; decided violations get "
        f"{formats.probability(float(found.thresholds[1]))} on average, cleared cases "
        f"{formats.probability(1 - float(found.thresholds[0]))}."
    )


def _by_neighbours(entity: EntityType, label: float, near: Neighbourhood, row: int) -> str:
    verb = "cleared" if label > 0.5 else "confirmed violations"
    return (
        f"Of the {near.counted[row]} decided {entity}s most like it {near.other[row]} were {verb}."
    )
