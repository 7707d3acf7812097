"""How much the violation prior finds on the sample marketplace with no label at all.

`python -m benchmarks.prior [--json]` generates the sample without past decisions, ingests and
builds it as a user would, and compares the ranking by violation probability with the truth:
precision at k = min(100, positives) for each entity type, against random picking, which is right
as often as the prevalence. The truth is read here and nowhere else.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from analytics.columns import (
    ENTITY_ID,
    ENTITY_TYPE,
    ENTITY_TYPES,
    VIOLATION_PROBABILITY,
    VIOLATION_SOURCE,
)
from analytics.pipeline import Workbench, open_workbench
from analytics.settings import load_settings
from sample_data.generator import generate

CAPACITY = 100


@dataclass(frozen=True)
class Found:
    """What the prior found among the entities of one type.

    Attributes:
        k: Cases looked at, the smaller of 100 and the number of violators.
        prevalence: Share of violators, which is the precision of picking at random.
        precision_at_k: Share of violators among the k that the prior ranks first.
        lift: The one over the other.
    """

    seed: int
    entity: str
    source: str
    entities: int
    positives: int
    k: int
    prevalence: float
    precision_at_k: float
    lift: float
    average_precision: float


def measure(seed: int, merchants: int) -> list[Found]:
    """Generate, ingest and build one marketplace, and compare its scores with its truth."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        generate(out, merchants=merchants, seed=seed, with_decisions=False)
        workbench = open_workbench(load_settings(home=Path(folder) / "home"))
        workbench.ingest("tables", out / "tables")
        workbench.build()
        truth = pd.read_parquet(out / "truth.parquet")
        return [
            compare(seed, entity, read_scores(workbench, entity), truth) for entity in ENTITY_TYPES
        ]


def read_scores(workbench: Workbench, entity: str) -> pd.DataFrame:
    """The live scores of all entities of a type."""
    live = workbench.live()
    snapshot = workbench.home.snapshot(live.snapshot_id)
    folder = snapshot.scores_dir(live.models[entity])
    columns = [ENTITY_ID, VIOLATION_PROBABILITY, VIOLATION_SOURCE]
    return pd.read_parquet(folder / "scores.parquet", columns=columns)


def compare(seed: int, entity: str, scores: pd.DataFrame, truth: pd.DataFrame) -> Found:
    """Rank by violation probability and count who is a violator."""
    guilty = truth.loc[truth[ENTITY_TYPE] == entity, ENTITY_ID]
    is_bad = scores[ENTITY_ID].isin(guilty).to_numpy()
    probability = scores[VIOLATION_PROBABILITY].fillna(0).to_numpy()
    k = min(CAPACITY, int(is_bad.sum()))
    first = np.argsort(-probability, kind="stable")[:k]
    precision, prevalence = float(is_bad[first].mean()), float(is_bad.mean())
    return Found(
        seed=seed,
        entity=entity,
        source=str(scores[VIOLATION_SOURCE].iloc[0]),
        entities=len(scores),
        positives=int(is_bad.sum()),
        k=k,
        prevalence=round(prevalence, 4),
        precision_at_k=round(precision, 4),
        lift=round(precision / prevalence, 2),
        average_precision=round(float(average_precision_score(is_bad, probability)), 4),
    )


def summarise(found: Sequence[Found]) -> list[dict[str, object]]:
    """Means over the seeds for each entity type, with the smallest and largest precision."""
    frame = pd.DataFrame([asdict(row) for row in found])
    return [
        {
            "entity": entity,
            "seeds": len(rows),
            "k": round(float(rows["k"].mean()), 1),
            "random": round(float(rows["prevalence"].mean()), 4),
            "precision_at_k": round(float(rows["precision_at_k"].mean()), 4),
            "lowest": float(rows["precision_at_k"].min()),
            "highest": float(rows["precision_at_k"].max()),
            "lift": round(float(rows["lift"].mean()), 2),
            "average_precision": round(float(rows["average_precision"].mean()), 4),
        }
        for entity, rows in frame.groupby("entity", sort=False)
    ]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [row for seed in given.seeds for row in measure(seed, given.merchants)]
    result = summarise(found)
    if given.json:
        document = {"merchants": given.merchants, "summary": result}
        print(json.dumps(document | {"runs": [asdict(row) for row in found]}, indent=2))
    else:
        print(pd.DataFrame(result).to_string(index=False))


if __name__ == "__main__":
    main()
