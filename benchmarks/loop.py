"""Whether the model learns from decisions: reviewed, retrained and promoted as a team would.

`python -m benchmarks.loop [--json]` generates sample marketplaces without past decisions, ingests
and builds them, and lets a simulated reviewer take cases from the real queue and decide them in
the real store. After 100, 300 and 1,000 decisions on an entity type a challenger is trained and
promoted. Half of the truth groups (rings, families, warehouses, agencies) are never reviewed; on
their entities the ranking by violation is compared with the truth: precision at
k = min(100, violators) and average precision.

`curve` is that of merchants: among what the queue serves of them enough is confirmed from the
first hundred on, while a hundred products or creators from its top hold a handful of violations.
All three types stand in `entities`. Intervals are the 5 % and 95 % of a bootstrap over truth
groups.
The truth is read by the reviewer and by the measurement, and nowhere else.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import (
    ENTITY_ID,
    ENTITY_KEY,
    ENTITY_TABLE,
    ENTITY_TYPE,
    ENTITY_TYPES,
    VIOLATION_RAW,
    EntityType,
)
from analytics.errors import TooFewLabelsError
from analytics.model.metrics import bootstrap_weights, metrics
from analytics.pipeline import Workbench, open_workbench
from analytics.settings import load_settings
from benchmarks.reviewing import Desk
from sample_data.generator import generate
from sample_data.groups import truth_groups
from sample_data.plan import uniform
from sample_data.reviewer import SimulatedReviewer

CAPACITY = 100
HELD_OUT = 0.5
LABELS = (100, 300, 1_000)
CURVE: EntityType = "merchant"
DRAWS = 400
RUN = ("seed", "entity", "labels", "confirmed", "verdict", "gate")
METRICS = {"precision_at_100": "precision_at_k", "average_precision": "average_precision"}


@dataclass(frozen=True)
class Market:
    """A generated marketplace, built, with its truth apart.

    Attributes:
        groups: Entity type → truth group of every entity.
        held_out: Entity type → whether an entity is never reviewed.
        guilty: Entity type → who violates a policy.
    """

    seed: int
    workbench: Workbench
    reviewer: SimulatedReviewer
    groups: Mapping[EntityType, pd.Series]
    held_out: Mapping[EntityType, pd.Series]
    guilty: Mapping[EntityType, set[str]]


@dataclass(frozen=True)
class Measured:
    """The held-out entities of one type as ranked after so many decisions.

    Attributes:
        verdict: Of the comparison with the model before; empty where there was none.
        gate: What the rules of the gate said of the model; empty where they were not asked.
    """

    seed: int
    entity: EntityType
    labels: int
    confirmed: int
    source: str
    y: NDArray[np.float64]
    raw: NDArray[np.float64]
    groups: NDArray[np.intp]
    verdict: str = ""
    gate: str = ""

    @property
    def k(self) -> int:
        """Cases that precision looks at."""
        return min(CAPACITY, int(self.y.sum()))

    def values(self, weights: NDArray[np.float64]) -> dict[str, float]:
        """Return the metrics by the name under which they are printed."""
        prepared = metrics(self.y, self.raw, self.raw, self.k)
        return {name: prepared[metric](weights) for name, metric in METRICS.items()}


def make_market(folder: Path, seed: int, merchants: int) -> Market:
    """Generate, ingest and build one marketplace that has no past decisions."""
    out = folder / "sample"
    generate(out, merchants=merchants, seed=seed, with_decisions=False)
    workbench = open_workbench(load_settings(home=folder / "home", reviewer="simulated"))
    workbench.ingest("tables", out / "tables")
    workbench.build()
    truth, look_alikes = (
        pd.read_parquet(out / f"{name}.parquet") for name in ("truth", "lookalikes")
    )
    ids = {entity: _ids(out, entity) for entity in ENTITY_TYPES}
    population = {str(entity): len(index) for entity, index in ids.items()}
    products = pd.read_parquet(
        out / "tables" / "products.parquet", columns=["product_id", "merchant_id"]
    )
    groups = {}
    for entity, index in ids.items():
        entities = pd.DataFrame({ENTITY_TYPE: entity, ENTITY_ID: index}, index=index)
        groups[entity] = truth_groups(truth, look_alikes, entities, products)
    return Market(
        seed,
        workbench,
        SimulatedReviewer(truth, look_alikes, seed, population=population),
        groups,
        {entity: _held_out(series, seed) for entity, series in groups.items()},
        {e: set(truth.loc[truth[ENTITY_TYPE] == e, ENTITY_ID]) for e in ENTITY_TYPES},
    )


def learn(market: Market, entity: EntityType, steps: Sequence[int]) -> list[Measured]:
    """Review, retrain, promote and measure, step by step."""
    held_out = market.held_out[entity]
    desk = Desk(market.workbench, entity, market.reviewer, set(held_out.index[~held_out]))
    measured = [_measure(market, entity, desk)]
    for count in steps:
        desk.review(count)
        verdict = gate = ""
        try:
            comparison = market.workbench.retrain(entity).comparison
            verdict, gate = comparison.verdict, comparison.gate["outcome"]
            market.workbench.promote(
                entity, reason=f"after {desk.decided} decisions", override=True
            )
        except TooFewLabelsError as error:
            print(f"  {error.message}", file=sys.stderr)
        found = _measure(market, entity, desk, count)
        measured.append(replace(found, verdict=verdict, gate=gate))
    return measured


def curve(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return per number of labels the means over the seeds, with intervals, and the rise."""
    rows, before = [], None
    for labels in sorted({one.labels for one in measured}):
        at = [one for one in measured if one.labels == labels]
        point, drawn = _means(at), _drawn_means(at)
        row: dict[str, Any] = {"labels": labels, "seeds": len(at)}
        for name in METRICS:
            row[name] = round(point[name], 4)
            row[f"{name}_interval"] = _bounds([draw[name] for draw in drawn])
            if before is not None:
                rise = [now[name] - then[name] for now, then in zip(drawn, before, strict=True)]
                row[f"{name}_rise_interval"] = _bounds(rise)
        row["confirmed"] = round(float(np.mean([one.confirmed for one in at])), 1)
        row["k"] = round(float(np.mean([one.k for one in at])), 1)
        row["sources"] = sorted({one.source for one in at})
        rows.append(row)
        before = drawn
    return rows


def _means(measured: Sequence[Measured]) -> dict[str, float]:
    found = [one.values(np.ones(len(one.y))) for one in measured]
    return {name: float(np.mean([values[name] for values in found])) for name in METRICS}


def _drawn_means(measured: Sequence[Measured]) -> list[dict[str, float]]:
    """Return the means of each draw; the same groups are drawn for every number of labels."""
    weights = [bootstrap_weights(one.groups, DRAWS, one.seed) for one in measured]
    draws = [
        [one.values(drawn) for drawn in each] for one, each in zip(measured, weights, strict=True)
    ]
    return [
        {name: float(np.mean([each[at][name] for each in draws])) for name in METRICS}
        for at in range(DRAWS)
    ]


def _bounds(draws: Sequence[float]) -> list[float]:
    return [round(float(np.quantile(draws, q)), 4) for q in (0.05, 0.95)]


def _measure(market: Market, entity: EntityType, desk: Desk, labels: int = 0) -> Measured:
    scores = desk.scores()
    scores = scores[market.held_out[entity].reindex(scores.index).fillna(True)]
    codes, _ = pd.factorize(market.groups[entity].reindex(scores.index), use_na_sentinel=False)
    return Measured(
        market.seed,
        entity,
        labels,
        desk.confirmed,
        str(scores["violation_source"].iloc[0]),
        scores.index.isin(market.guilty[entity]).astype(float),
        scores[VIOLATION_RAW].to_numpy(dtype=float),
        codes.astype(np.intp),
    )


def _ids(out: Path, entity: EntityType) -> pd.Index:
    key = ENTITY_KEY[entity]
    table = pd.read_parquet(out / "tables" / f"{ENTITY_TABLE[entity]}.parquet", columns=[key])
    return pd.Index(table[key], name=ENTITY_ID)


def _held_out(groups: pd.Series, seed: int) -> pd.Series:
    """Hold out half of the truth groups, drawn by their name and the seed."""
    hashed = pd.util.hash_array(groups.to_numpy(dtype=object))
    return pd.Series(uniform(hashed, seed) < HELD_OUT, index=groups.index)


def run(
    seed: int, merchants: int, entities: Sequence[EntityType], steps: Sequence[int]
) -> list[Measured]:
    """Make one marketplace and let the model learn on each entity type in it."""
    measured = []
    with tempfile.TemporaryDirectory() as name:
        started = time.monotonic()
        market = make_market(Path(name), seed, merchants)
        _say(f"seed {seed}: built in {time.monotonic() - started:.0f} s")
        for entity in entities:
            measured += learn(market, entity, steps)
            _say(f"seed {seed}, {entity}: {time.monotonic() - started:.0f} s")
        market.workbench.close()
    return measured


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--labels", type=int, nargs="+", default=list(LABELS))
    parser.add_argument("--entities", nargs="+", choices=ENTITY_TYPES, default=list(ENTITY_TYPES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    measured = [
        one
        for seed in given.seeds
        for one in run(seed, given.merchants, given.entities, given.labels)
    ]
    document = summary(measured)
    entities = document["entities"]
    document |= {
        "merchants": given.merchants,
        "seconds": round(time.monotonic() - started),
    }
    print(json.dumps(document, indent=2) if given.json else text(entities))


def summary(measured: Sequence[Measured]) -> dict[str, Any]:
    """Return the curves of all entity types, and every run."""
    found: list[EntityType] = list(dict.fromkeys(one.entity for one in measured))
    entities = {e: curve([one for one in measured if one.entity == e]) for e in found}
    return {
        "entity": CURVE if CURVE in entities else found[0],
        "held_out": HELD_OUT,
        "curve": entities.get(CURVE) or entities[found[0]],
        "entities": entities,
        "runs": [
            {name: getattr(one, name) for name in RUN}
            | {name: round(value, 4) for name, value in one.values(np.ones(len(one.y))).items()}
            for one in measured
        ],
    }


def text(entities: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the curves of all entity types as tables."""
    columns = ["labels", "confirmed", *METRICS, *(f"{name}_interval" for name in METRICS), "k"]
    return "\n".join(
        f"{entity}\n{pd.DataFrame(rows)[columns].to_string(index=False)}"
        for entity, rows in entities.items()
    )


if __name__ == "__main__":
    main()
