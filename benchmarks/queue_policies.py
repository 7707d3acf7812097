"""How many labels a model needs, by the queue policy that chooses what is labelled.

On each generated marketplace half of the truth groups may be labelled by the simulated reviewer
(who errs), and the others are never labelled: average precision is that of the ranking of these
by the truth. Round by round the queue policy chooses the next cases from the scores and
contributions of the model so far, and the model is trained anew; before there are enough labels
it is the prior. `needed` is where the mean over the seeds of average precision, as a share of
that with all labels, first reaches `REACH`, on the straight line between two rounds.
The control sample, which every queue has beside, is left out for all alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from analytics.selection.registry import POLICIES, ordered
from benchmarks.labelling import LabelMarket, Violation

RANDOM: Final = "random"
MIX: Final = "mix"
REACH: Final = 0.95
STEPS: Final = (25, 50, 75, 100, 150, 200, 250, 300, 400, 600, 800, 1_000, 1_250)
MEASURES: Final = ("confirmed", "average_precision", "share")
SHUFFLES: Final = 3  # random orders on each marketplace


@dataclass(frozen=True)
class Point:
    """One model on one marketplace.

    Attributes:
        labels: Decisions that it learned from.
        confirmed: Violations among them.
        average_precision: On the entities that are never labelled.
        share: The same, as a share of the average precision with all labels.
    """

    seed: int
    policy: str
    labels: int
    confirmed: int
    average_precision: float
    share: float


def measure(market: LabelMarket, policies: Sequence[str]) -> list[Point]:
    """Label one marketplace once by each policy, and in `SHUFFLES` random orders."""
    everybody = pd.Index(market.answers.index)
    full = _point(market, RANDOM, everybody, market.trained(everybody), 1.0)
    points = []
    for policy in policies:
        for shuffle in range(SHUFFLES if policy == RANDOM else 1):
            for labelled, model in _labelled(market, policy, shuffle):
                points.append(_point(market, policy, labelled, model, full.average_precision))
            points.append(Point(**{**asdict(full), "policy": policy, "share": 1.0}))
    return points


def _labelled(
    market: LabelMarket, policy: str, shuffle: int
) -> Iterator[tuple[pd.Index, Violation]]:
    """Yield what is labelled after each round with its model, nothing first.

    It ends where the policy takes nobody more, as expected harm does of those who harm nobody.
    """
    everybody = pd.Index(market.answers.index)
    order = np.random.default_rng([market.seed, shuffle]).permutation(len(everybody))
    labelled, model = everybody[:0], market.trained(everybody[:0])
    yield labelled, model
    for count in (step for step in STEPS if step < len(everybody)):
        if policy == RANDOM:
            labelled = everybody[order[:count]]
        else:
            pool = market.pool(model, labelled, count - len(labelled))
            labelled = labelled.append(ordered(policy, pool))
        if len(labelled) < count:
            return
        model = market.trained(labelled)
        yield labelled, model


def _point(
    market: LabelMarket, policy: str, labelled: pd.Index, model: Violation, full: float
) -> Point:
    reached = market.measured(model)
    confirmed = int(market.answers[labelled].sum())
    return Point(market.seed, policy, len(labelled), confirmed, reached, reached / full)


def curves(points: Sequence[Point]) -> dict[str, list[dict[str, float]]]:
    """Return by policy the means over the marketplaces, where all of them have as many labels."""
    frame = pd.DataFrame([asdict(point) for point in points])
    # All labels are not equally many on each marketplace: their mean stands for them.
    most = frame.groupby("seed")["labels"].transform("max")
    frame["labels"] = frame["labels"].where(
        frame["labels"] < most, most.groupby(frame["seed"]).first().mean()
    )
    found = {}
    for policy, points_of in frame.groupby("policy", sort=False):
        each = points_of.groupby(["labels", "seed"])[list(MEASURES)].mean()
        each = each[
            each.groupby("labels")["share"].transform("size") == points_of["seed"].nunique()
        ]
        means = each.groupby("labels").mean().reset_index()
        means["lowest"] = each.groupby("labels")["share"].min().to_numpy()
        means["highest"] = each.groupby("labels")["share"].max().to_numpy()
        rows = means.round(4).to_dict("records")
        found[str(policy)] = [{str(name): value for name, value in row.items()} for row in rows]
    return found


def needed(curve: Sequence[Mapping[str, float]], reach: float = REACH) -> float:
    """Return how many labels reach that share, between two rounds on a straight line."""
    before: Mapping[str, float] | None = None
    for point in curve:
        if point["share"] >= reach:
            if before is None:
                return point["labels"]
            part = (reach - before["share"]) / (point["share"] - before["share"])
            return before["labels"] + part * (point["labels"] - before["labels"])
        before = point
    raise ValueError("The curve never reaches its own end.")


def summary(points: Sequence[Point]) -> dict[str, Any]:
    """Return what the benchmark prints: curves, labels needed, and the mix against random."""
    found = curves(points)
    labels = {policy: round(needed(curve)) for policy, curve in found.items()}
    seeds = sorted({point.seed for point in points})
    each = {
        policy: [
            round(
                needed(curves([p for p in points if p.seed == seed and p.policy == policy])[policy])
            )
            for seed in seeds
        ]
        for policy in found
    }
    result: dict[str, Any] = {
        "reach": REACH,
        "seeds": seeds,
        "labels_needed": labels,
        "labels_needed_by_seed": each,
        "curves": found,
    }
    if MIX in labels and labels.get(RANDOM):  # random may need none, where the prior is enough
        result = {
            "labels_ratio_to_random": round(labels[MIX] / labels[RANDOM], 4),
            "labels_needed_mix": labels[MIX],
            "labels_needed_random": labels[RANDOM],
            **result,
        }
    return result


ALL: Final = (RANDOM, *POLICIES)
