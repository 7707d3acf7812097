"""What each family of signals adds to violation, judged by the truth of generated marketplaces.

`python -m benchmarks.signals_truth [--seeds 0 1 2] [--merchants 3000] [--json]` lets the simulated
reviewer label one half of the truth groups of each marketplace, trains violation on these labels
without signals, with each family alone and with all, and ranks the other half, that nobody
labelled. The prior, which no label trains, is ranked likewise. Past decisions, by which
`benchmarks.signals` judges violation, are few in a sample; the truth is known of everybody. Printed
are the average precision without signals and what each set adds to it: means over the marketplaces,
paired, with [5 %, 95 %] of a bootstrap of groups.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.columns import CONTEXT_COLUMNS, ENTITY_TYPES, EntityType
from analytics.engines import open_engine
from analytics.features.groups import entity_groups
from analytics.model.history import History
from analytics.model.labelled import groups_of
from analytics.model.metrics import bootstrap_weights, interval, metrics
from analytics.model.prior import violation_prior
from analytics.model.violation import train_violation
from analytics.pipeline import open_workbench
from analytics.settings import load_settings
from analytics.signals.catalog import ALL, NONE
from benchmarks.labelling import answers_of
from sample_data.generator import generate

DRAWS: Final = 400
STAGES: Final = ("prior", "trained")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ranked:
    """How well the other half of a marketplace is ranked with one set of families.

    Attributes:
        stage: "prior", or "trained" on all labels.
        signals: Set of families.
        labels: Decisions that it learned from.
        precision: Average precision, of everybody and then of each draw of groups.
    """

    seed: int
    entity: EntityType
    stage: str
    signals: str
    labels: int
    precision: Floats


def measure(seed: int, merchants: int, entities: Sequence[EntityType]) -> Iterator[Ranked]:
    """Rank the entities of one marketplace with each set of families."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "sample"
        generate(out, merchants=merchants, seed=seed, with_decisions=False)
        settings = load_settings(home=Path(name) / "home", reviewer="simulated")
        settings = settings.model_copy(update={"signal_families": ALL})
        workbench = open_workbench(settings)
        snapshot = workbench.ingest("tables", out / "tables").snapshots[-1]
        workbench.close()
        engine = open_engine(settings=settings)
        try:
            for entity in entities:
                history = History(engine, snapshot.dataset, entity, settings)
                frame = history.frame(snapshot.as_of)
                known = entity_groups(engine, snapshot.dataset, entity, snapshot.as_of)
                answers, guilty = answers_of(out, entity, frame.index, seed, snapshot.as_of)
                X = frame.drop(columns=list(CONTEXT_COLUMNS))
                yield from _ranked(seed, history, X, groups_of(X.index, known), answers, guilty)
        finally:
            engine.close()


def _ranked(
    seed: int,
    history: History,
    X: pd.DataFrame,
    groups: pd.Series,
    answers: pd.Series,
    guilty: pd.Series,
) -> Iterator[Ranked]:
    codes, _ = pd.factorize(groups[guilty.index])
    weights = [np.ones(len(guilty)), *bootstrap_weights(codes.astype(np.intp), DRAWS, seed)]
    y, settings = guilty.to_numpy(dtype=float), history.settings
    for signals, columns in sets_of(list(X.columns), history.families).items():
        taken = X[columns]
        prior = violation_prior(taken, history.specs, prevalence=settings.assumed_prevalence)
        trained = train_violation(
            taken.loc[answers.index],
            answers,
            groups=groups[answers.index],
            prior=prior,
            least_per_class=settings.min_labels_per_class,
            monotone=history.monotone,
            seed=settings.seed,
        )
        for stage, model in zip(STAGES, (prior, trained or prior), strict=True):
            raw = model.raw(taken.loc[guilty.index])
            precision = metrics(y, raw, raw, k=1)["average_precision"]
            labels = 0 if model is prior else len(answers)
            found = np.array([precision(drawn) for drawn in weights])
            yield Ranked(seed, history.entity, stage, signals, labels, found)


def sets_of(columns: Sequence[str], families: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns without signals, with each family alone and with all."""
    signals = {name for names in families.values() for name in names}
    plain = [column for column in columns if column not in signals]
    alone = {
        family: [column for column in columns if column not in signals or column in names]
        for family, names in families.items()
    }
    return {NONE: plain, **alone, ALL: list(columns)}


def summary(found: Sequence[Ranked]) -> list[dict[str, Any]]:
    """Return per entity type, stage and set of families what it adds: value, low, high."""
    rows = []
    for entity, stage in dict.fromkeys((one.entity, one.stage) for one in found):
        here = [one for one in found if (one.entity, one.stage) == (entity, stage)]
        plain = _mean(here, NONE)
        head = {"entity": entity, "stage": stage, "seeds": len({one.seed for one in here})}
        rows.append({**head, "signals": NONE, "average_precision": round(float(plain[0]), 4)})
        for signals in dict.fromkeys(one.signals for one in here if one.signals != NONE):
            added = _mean(here, signals) - plain
            gain = interval(float(added[0]), added[1:].tolist())
            told = [round(value, 4) for value in (gain.value, gain.low, gain.high)]
            rows.append({**head, "signals": signals, "average_precision": told})
    return rows


def _mean(found: Sequence[Ranked], signals: str) -> Floats:
    """Return the mean over the marketplaces; where a draw holds no violator it is left out."""
    taken = [one.precision for one in found if one.signals == signals]
    return np.asarray(np.nanmean(taken, axis=0), dtype=float)


def _line(row: dict[str, Any]) -> str:
    head = f"{row['entity']:9}{row['stage']:9}{row['signals']:12}"
    value = row["average_precision"]
    if isinstance(value, float):
        return f"{head}{value:.4f}"
    return f"{head}{value[0]:+.4f} [{value[1]:+.4f}, {value[2]:+.4f}]"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--entities", nargs="+", choices=ENTITY_TYPES, default=list(ENTITY_TYPES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = [one for seed in given.seeds for one in measure(seed, given.merchants, given.entities)]
    rows = summary(found)
    print(json.dumps(rows, indent=1) if given.json else "\n".join(map(_line, rows)))


if __name__ == "__main__":
    main()
