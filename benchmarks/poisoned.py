"""Whether a reviewer who turns a part of the labels round is noticed.

The simulated reviewer labels a generated marketplace, the labels are dealt to four people, and
every fifth label of one of them is turned round. Violation is trained on four groups in five; those
who are doubted are looked for as the gate does: labels that were learned from are judged by the
folds of the training, the others by the model. An alarm on anybody else is false; so is any alarm
where no label was turned.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.features.labels import LABEL
from analytics.labelling.reviewers import ALARM
from analytics.labelling.reviewers import REVIEWER as NAME
from analytics.model.folds import fold_of
from analytics.model.labelled import LabelledFrame
from analytics.model.violation import ViolationModel, train_violation
from analytics.retraining.doubts import doubted_reviewers
from analytics.retraining.labels import REVIEWER
from benchmarks.labelling import LabelMarket

PEOPLE: Final = ("ana", "ben", "cleo", "dan")
POISONER: Final = "ben"
TURNED: Final = 0.2


def measure(market: LabelMarket) -> dict[str, Any]:
    """Return who was noticed on one marketplace, with labels turned round and without."""
    rng = np.random.default_rng(market.seed)
    people = pd.Series(rng.choice(PEOPLE, len(market.answers)), index=market.answers.index)
    is_his = (people == POISONER) & (rng.random(len(people)) < TURNED)
    turned = market.answers.where(~is_his, 1.0 - market.answers)
    return {
        "seed": market.seed,
        "labels": len(people),
        "turned": int(is_his.sum()),
        "alarms": _alarms(market, turned, people),
        "alarms_without": _alarms(market, market.answers, people),
    }


def _alarms(market: LabelMarket, answers: pd.Series, people: pd.Series) -> list[str]:
    groups = market.groups[answers.index]
    is_judged = np.array([fold_of(str(group), 5) == 0 for group in groups])
    learned, judged = (
        LabelledFrame(
            market.X.loc[answers.index[at]],
            pd.DataFrame({LABEL: answers[at], REVIEWER: people[at]}),
            groups[at],
        )
        for at in (~is_judged, is_judged)
    )
    model = train_violation(
        learned.X,
        learned.labels[LABEL],
        groups=learned.groups,
        prior=market.prior,
        least_per_class=market.settings.min_labels_per_class,
        monotone={spec.name: spec.monotone for spec in market.specs},
        seed=market.settings.seed,
    )
    assert isinstance(model, ViolationModel)
    return [row[NAME] for row in doubted_reviewers(model, learned, judged) if row[ALARM]]


def summary(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return how often the right one, others, and somebody without cause was named."""
    return {
        "marketplaces": len(found),
        "noticed": sum(POISONER in one["alarms"] for one in found),
        "others_named": sum(len(set(one["alarms"]) - {POISONER}) for one in found),
        "named_without_cause": sum(len(one["alarms_without"]) for one in found),
    }
