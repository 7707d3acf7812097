"""What event sequences add on sample marketplaces, against what was planted, and what they cost.

`python -m benchmarks.sequence [--merchants N] [--seeds 0 1 2] [--json]` generates each sample,
trains the violation model on its past decisions with and without the features of sequences (no
other signals in either), and ranks the entities that share no group with a decided one by both.
Truth is read here and nowhere else. Printed are average precision with and without, and the
difference, paired, mean over the seeds [5 %, 95 %] by a bootstrap of groups; the same for the
prior, which sees no decision, and for planted bust-outs alone; and processor seconds a moment.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from analytics.columns import ENTITY_ID, ENTITY_TYPE, ENTITY_TYPES, EntityType
from analytics.engines import Engine, open_engine
from analytics.features.as_of import AsOf
from analytics.features.groups import entity_groups
from analytics.features.labels import LABEL
from analytics.features.spec import FeatureSpec
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, groups_of, labelled_frame
from analytics.model.prior import ViolationPrior, violation_prior
from analytics.model.report import MODEL, Prediction, Trial, make_report
from analytics.model.violation import ViolationModel, train_violation
from analytics.settings import Settings, load_settings
from analytics.signals.catalog import NONE
from analytics.signals.frame import entity_frame
from analytics.signals.sequence.family import SequenceFamily
from analytics.signals.sequence.specs import FAMILY, SCORE
from analytics.snapshots.home import Home, Snapshot
from analytics.snapshots.ingest import ingest
from analytics.snapshots.sources.tables import open_tables
from sample_data.arrow import ids
from sample_data.generator import generate
from sample_data.harm import Scheme
from sample_data.merchants import make_merchants
from sample_data.plan import Plan

K = 100
WITHOUT, PRIOR, PRIOR_WITHOUT, ALONE = "without", "prior", "prior without", "score alone"
Scores = dict[str, pd.Series]


def measure(merchants: int, seeds: list[int]) -> Iterator[dict[str, Any]]:
    """Yield one row per comparison."""
    trials: dict[str, list[Trial]] = {}
    costs: dict[str, list[float]] = {}
    for seed in seeds:
        for name, trial, seconds in _of_seed(merchants, seed):
            trials.setdefault(name, []).append(trial)
            costs.setdefault(name, []).append(seconds)
    for name, found in trials.items():
        report = make_report(name, "violation", "", found, k=K, seed=0)
        value = {n: report.results[n]["average_precision"].value for n in report.results}
        yield {
            "who": name,
            "judged": sum(len(trial.y) for trial in found),
            "planted": int(sum(trial.y.sum() for trial in found)),
            "prevalence": float(np.mean([trial.y.mean() for trial in found])),
            "score_alone": value[ALONE],
            **_against("model", value[MODEL], value[WITHOUT], _paired(found, MODEL, WITHOUT)),
            **_against("prior", value[PRIOR], value[PRIOR_WITHOUT], _paired(found, PRIOR)),
            "cpu_seconds": float(np.mean(costs[name])),
        }


def _against(what: str, value: float, without: float, added: tuple[float, float]) -> dict[str, Any]:
    return {what: value, f"{what}_without": without, f"{what}_added": added}


def _paired(trials: list[Trial], name: str, without: str = PRIOR_WITHOUT) -> tuple[float, float]:
    """Return the interval of what a prediction adds to the one without sequences."""
    pairs = [
        Trial(t.as_of, t.groups, t.y, {MODEL: t.predictions[name], without: t.predictions[without]})
        for t in trials
    ]
    report = make_report("", "violation", "", pairs, k=K, seed=0)
    added = report.differences[without]["average_precision"]
    return added.low, added.high


def _of_seed(merchants: int, seed: int) -> Iterator[tuple[str, Trial, float]]:
    with sample(merchants, seed) as (engine, snapshot, truth):
        for entity in ENTITY_TYPES:
            scores, groups = _scores(engine, snapshot, entity)
            seconds = family_seconds(engine, snapshot, entity)
            harmful = set(truth.loc[truth[ENTITY_TYPE] == entity, ENTITY_ID])
            yield entity, trial_of(seed, scores, groups, harmful), seconds
            if entity == "merchant":
                planted = bust_outs(merchants, seed)
                others = harmful - planted
                yield "bust-outs", trial_of(seed, scores, groups, planted, others), seconds


@contextmanager
def sample(merchants: int, seed: int) -> Iterator[tuple[Engine, Snapshot, pd.DataFrame]]:
    """Generate and ingest a sample; give an engine, the snapshot and what was planted."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sample"
        generate(out, merchants=merchants, seed=seed)
        settings = load_settings(home=Path(folder) / "home")
        source = open_tables(out / "tables")
        (snapshot,) = ingest(source, Home(settings.home), settings=settings).snapshots
        engine = open_engine(settings=settings)
        try:
            yield engine, snapshot, pd.read_parquet(out / "truth.parquet")
        finally:
            engine.close()


def bust_outs(merchants: int, seed: int) -> set[str]:
    """Return the merchants of a sample that are planted to bust out."""
    planted = make_merchants(Plan(merchants, seed)).has(Scheme.BUST_OUT)
    return set(ids("m", np.flatnonzero(planted)).to_pylist())


def _scores(engine: Engine, snapshot: Snapshot, entity: EntityType) -> tuple[Scores, pd.Series]:
    """Return the scores of who shares no group with a decided entity, and those groups."""
    settings = load_settings(signal_families=FAMILY)
    whole = History(engine, snapshot.dataset, entity, settings)
    scores: Scores = {}
    for history, names in (
        (whole, (MODEL, PRIOR)),
        (whole.with_signals(NONE), (WITHOUT, PRIOR_WITHOUT)),
    ):
        X, labelled = history.features(snapshot.as_of), labelled_frame(history, snapshot.as_of)
        model, prior = trained(X, labelled, history.specs, settings)
        for name, scorer in zip(names, (model, prior), strict=True):
            scores[name] = pd.Series(scorer.raw(X), index=X.index)
    scores[ALONE] = whole.features(snapshot.as_of)[SCORE]
    groups = strangers(whole, snapshot.as_of, labelled)
    return {name: score[groups.index] for name, score in scores.items()}, groups


def trained(
    X: pd.DataFrame, labelled: LabelledFrame, specs: Sequence[FeatureSpec], settings: Settings
) -> tuple[ViolationModel, ViolationPrior]:
    """Return the model trained on decided entities, and the prior of all, by the columns of X."""
    prior = violation_prior(X, specs, prevalence=settings.assumed_prevalence)
    model = train_violation(
        labelled.X[X.columns],
        labelled.labels[LABEL],
        groups=labelled.groups,
        prior=prior,
        least_per_class=settings.min_labels_per_class,
        monotone={spec.name: spec.monotone for spec in specs if spec.name in X},
        seed=settings.seed,
    )
    if model is None:
        raise SystemExit(f"{len(labelled.X)} decided entities are too few; more --merchants.")
    return model, prior


def strangers(history: History, as_of: datetime, labelled: LabelledFrame) -> pd.Series:
    """Return the groups of the entities that share none with a decided one, by entity id."""
    groups = entity_groups(history.engine, history.dataset, history.entity, as_of)
    groups = groups_of(history.frame(as_of).index, groups)
    return groups[~groups.isin(groups.reindex(labelled.X.index))]


def family_seconds(engine: Engine, snapshot: Snapshot, entity: EntityType) -> float:
    """Return the processor seconds that sequences take at one moment, beside plain features."""
    with AsOf(engine, snapshot.dataset, snapshot.as_of) as view:
        entity_frame(view, entity, families=[])
        started = time.process_time()
        SequenceFamily().features(view, entity)
        return time.process_time() - started


def trial_of(
    seed: int,
    scores: Scores,
    groups: pd.Series,
    harmful: Collection[str],
    left_out: Collection[str] = (),
) -> Trial:
    """Return rankings of the entities in `groups` against the harmful among them."""
    kept = ~groups.index.isin(list(left_out))
    return Trial(
        as_of=None,
        groups=(f"{seed} " + groups[kept].astype(str)).to_numpy(),
        y=groups.index[kept].isin(list(harmful)).astype(float),
        predictions={name: _prediction(score[kept]) for name, score in scores.items()},
    )


def _prediction(score: pd.Series) -> Prediction:
    """Return a ranking; as probabilities its places, which average precision does not read."""
    values = score.to_numpy(dtype=float)
    return Prediction(values, rankdata(values) / len(values))


def _line(row: dict[str, Any]) -> str:
    head = f"{row['who']:10}{row['judged']:>8,}{row['planted']:>7,}{row['prevalence']:8.3f}"
    head += f"{row['score_alone']:8.3f}"
    for what in ("model", "prior"):
        low, high = row[f"{what}_added"]
        value, without = row[what], row[f"{what}_without"]
        head += f"{without:9.4f}{value:9.4f} {value - without:+.4f} [{low:+.4f}, {high:+.4f}]"
    return f"{head}{row['cpu_seconds']:8.1f}"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = list(measure(given.merchants, given.seeds))
    if given.json:
        print(json.dumps({"merchants": given.merchants, "seeds": given.seeds, "rows": rows}))
        return
    compared = "  without     with  added [5 %, 95 %]        "
    print(f"{'':10}{'judged':>8}{'bad':>7}{'share':>8}{'alone':>8}{compared * 2}{'cpu s':>6}")
    print(f"{'':41}{'model':<47}prior")
    for row in rows:
        print(_line(row))


if __name__ == "__main__":
    main()
