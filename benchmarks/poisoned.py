"""Whether a reviewer who turns a part of the labels round is noticed.

`python -m benchmarks.poisoned [--seeds 0 1 2 3 4] [--merchants 3000] [--json]` lets the simulated
reviewer label a generated marketplace, deals the labels to four people, turns every fifth label of
one of them round, trains violation on four groups in five, and looks at whose labels are doubted:
those learned from by the folds of the training, the others by the model, as the gate does. An
alarm on anybody else is false; so is any alarm where no label was turned.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.columns import ENTITY_TYPES, EntityType
from analytics.features.labels import LABEL
from analytics.labelling.reviewers import ALARM
from analytics.labelling.reviewers import REVIEWER as NAME
from analytics.model.folds import fold_of
from analytics.model.labelled import LabelledFrame
from analytics.model.violation import ViolationModel, train_violation
from analytics.retraining.doubts import doubted_reviewers
from analytics.retraining.labels import REVIEWER
from benchmarks.labelling import LabelMarket, make_label_market

PEOPLE: Final = ("ana", "ben", "cleo", "dan")
POISONER: Final = "ben"
TURNED: Final = 0.2


def poisoned(seed: int, merchants: int, entity: EntityType) -> dict[str, Any]:
    """Return who was noticed on one marketplace, with labels turned round and without."""
    with tempfile.TemporaryDirectory() as folder:
        market = make_label_market(Path(folder), seed, merchants, entity)
    rng = np.random.default_rng(seed)
    people = pd.Series(rng.choice(PEOPLE, len(market.answers)), index=market.answers.index)
    is_his = (people == POISONER) & (rng.random(len(people)) < TURNED)
    turned = market.answers.where(~is_his, 1.0 - market.answers)
    return {
        "seed": seed,
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


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--entity", choices=ENTITY_TYPES, default="merchant")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for seed in given.seeds:
        found.append(poisoned(seed, given.merchants, given.entity))
        print(f"seed {seed}: {found[-1]}", file=sys.stderr, flush=True)
    document = {**summary(found), "runs": found}
    print(json.dumps(document, indent=2) if given.json else summary(found))


if __name__ == "__main__":
    main()
