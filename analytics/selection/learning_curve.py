"""What the benchmark of the queue policies found, as stored with the program."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd

FILE = "learning_curve.json"


@dataclass(frozen=True)
class LearningCurves:
    """Average precision by labels, for each queue policy and in random order.

    Attributes:
        curves: policy, labels, confirmed, average_precision, `share` of that with all labels, and
            its `lowest` and `highest` over the marketplaces.
        needed: Policy → labels that reach `reach`.
        reach: Share of the average precision with all labels.
        entity: Entity type.
        marketplaces: How many generated marketplaces were labelled.
        merchants: Merchants of each.
    """

    curves: pd.DataFrame
    needed: dict[str, int]
    reach: float
    entity: str
    marketplaces: int
    merchants: int


def read_learning_curves() -> LearningCurves:
    """Return what `python -m benchmarks.learning --save` stored last."""
    stored = files("analytics.selection").joinpath(FILE).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(stored)
    rows = [
        {"policy": policy, **point}
        for policy, points in document["curves"].items()
        for point in points
    ]
    return LearningCurves(
        pd.DataFrame(rows),
        document["labels_needed"],
        document["reach"],
        document["entity"],
        len(document["seeds"]),
        document["merchants"],
    )
