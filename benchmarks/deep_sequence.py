"""What a neural encoder of event sequences adds on sample marketplaces, and what it costs.

`python -m benchmarks.deep_sequence [--merchants N] [--seeds 0 1 2] [--json]` needs PyTorch
(`pip install -e '.[deep]'`). It generates each sample and trains the violation model of merchants
on its past decisions with no signals, with the light family of sequences, with the encoder's
columns and a score of them in its place, with both, and with the light family and that score. The
encoder reads the events before the moment of the snapshot, and no label; its score is learned out
of fold like the light one, by the same regression. Ranked are the merchants that share no group
with a decided one, against what was planted, which is read here and nowhere else; so are the two
scores alone, and planted bust-outs alone.

Printed are AUROC and average precision, and how far each is above the light family and above no
signals, paired, mean over the seeds [5 %, 95 %] by a bootstrap of groups; and processor seconds a
seed and peak memory.
"""

import argparse
import json
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from sklearn.frozen import FrozenEstimator

from analytics.columns import AS_OF, ENTITY_ID, ENTITY_TYPE
from analytics.engines import Engine
from analytics.features.as_of import AsOf
from analytics.features.spec import FeatureSpec
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, labelled_frame
from analytics.model.report import MODEL, EvaluationReport, Trial, make_report
from analytics.settings import load_settings
from analytics.signals.sequence.as_of import known_risk
from analytics.signals.sequence.event_log import EventLog, days
from analytics.signals.sequence.reading import read_log
from analytics.signals.sequence.specs import FAMILY, SCORE
from analytics.snapshots.home import Snapshot
from benchmarks.deep.encoder import SequenceEncoder
from benchmarks.sequence import (
    K,
    Scores,
    bust_outs,
    family_seconds,
    sample,
    strangers,
    trained,
    trial_of,
)

MERCHANT: Final = "merchant"
ENCODER_SCORE: Final = "encoder_score"
NONE, LIGHT, ENCODER, BOTH = "no signals", "light", "encoder", "both"
LIGHT_AND_SCORE: Final = "light + encoder score"
LIGHT_ALONE, ENCODER_ALONE = "light score alone", "encoder score alone"
METRICS: Final = ("auroc", "average_precision")
COSTS: Final = ("light family", "encoder, learning", "encoder, one moment")


def measure(merchants: int, seeds: list[int]) -> dict[str, Any]:
    """Return a report for each group of planted merchants, mean processor seconds and memory."""
    trials: dict[str, list[Trial]] = {"violation": [], "bust-outs": []}
    costs = []
    for seed in seeds:
        with sample(merchants, seed) as (engine, snapshot, truth):
            scores, groups, seconds = _scores(engine, snapshot, seed)
        harmful = set(truth.loc[truth[ENTITY_TYPE] == MERCHANT, ENTITY_ID])
        planted = bust_outs(merchants, seed)
        trials["violation"].append(trial_of(seed, scores, groups, harmful))
        trials["bust-outs"].append(trial_of(seed, scores, groups, planted, harmful - planted))
        costs.append(seconds)
    return {
        "rows": [row for name, found in trials.items() for row in _rows(name, found)],
        "cpu_seconds": dict(zip(COSTS, np.mean(costs, axis=0).tolist(), strict=True)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _rows(name: str, trials: list[Trial]) -> Iterator[dict[str, Any]]:
    reports = {against: _report(trials, against) for against in (LIGHT, NONE)}
    for ranking in trials[0].predictions:
        yield {
            "who": name,
            "judged": sum(len(trial.y) for trial in trials),
            "planted": int(sum(trial.y.sum() for trial in trials)),
            "ranking": ranking,
            **{metric: _figures(reports, ranking, metric) for metric in METRICS},
        }


def _report(trials: list[Trial], against: str) -> EvaluationReport:
    pairs = [
        replace(trial, predictions={MODEL: trial.predictions[against], **trial.predictions})
        for trial in trials
    ]
    return make_report("", "violation", "", pairs, k=K, seed=0)


def _figures(
    reports: Mapping[str, EvaluationReport], ranking: str, metric: str
) -> dict[str, list[float]]:
    """Return the value with its interval, and what it is above that of each reference."""
    value = reports[LIGHT].results[ranking][metric]
    found = {"value": [value.value, value.low, value.high]}
    for against, report in reports.items():
        lacking = report.differences[ranking][metric]
        found[f"above {against}"] = [0.0 - v for v in (lacking.value, lacking.high, lacking.low)]
    return found


def _scores(
    engine: Engine, snapshot: Snapshot, seed: int
) -> tuple[Scores, pd.Series, tuple[float, ...]]:
    """Return each ranking of strangers to the decided, their groups, and processor seconds."""
    settings, as_of = load_settings(signal_families=FAMILY), snapshot.as_of
    history = History(engine, snapshot.dataset, MERCHANT, settings)
    with AsOf(engine, snapshot.dataset, as_of) as view:
        log = read_log(view, MERCHANT)
    started = time.process_time()
    moments = np.full(log.size, days(pd.Timestamp(as_of)))
    encoder = SequenceEncoder(seed=seed).fit(log, moments=moments)
    learned = time.process_time()
    now = _encoded(history, log, encoder, as_of)
    encoded = time.process_time()
    labelled = labelled_frame(history, as_of)
    X = history.features(as_of)
    X = X.join(now.reindex(X.index))
    labelled = replace(labelled, X=labelled.X.join(_then(history, log, encoder, labelled)))
    groups = strangers(history, as_of, labelled)
    scores = {LIGHT_ALONE: X[SCORE], ENCODER_ALONE: X[ENCODER_SCORE]}
    for name, columns in _variants(history, list(now.columns)).items():
        model, _ = trained(X[columns], labelled, _specs(history), settings)
        scores[name] = pd.Series(model.raw(X[columns]), index=X.index)
    light = family_seconds(engine, snapshot, MERCHANT)
    seconds = (light, learned - started, encoded - learned)
    return {name: score[groups.index] for name, score in scores.items()}, groups, seconds


def _variants(history: History, encoder: list[str]) -> dict[str, list[str]]:
    """Return the features of each model."""
    light = history.families[FAMILY]
    plain = [spec.name for spec in history.specs if spec.name not in light]
    return {
        NONE: plain,
        LIGHT: [*plain, *light],
        ENCODER: [*plain, *encoder],
        BOTH: [*plain, *light, *encoder],
        LIGHT_AND_SCORE: [*plain, *light, ENCODER_SCORE],
    }


def _specs(history: History) -> Sequence[FeatureSpec]:
    """Return what is declared; the encoder's score is one like the light one."""
    (score,) = (spec for spec in history.specs if spec.name == SCORE)
    return [*history.specs, replace(score, name=ENCODER_SCORE)]


def _then(
    history: History, log: EventLog, encoder: SequenceEncoder, labelled: LabelledFrame
) -> pd.DataFrame:
    """Return what the encoder says of decided entities at the moments of their features."""
    return pd.concat(
        _encoded(history, log, encoder, pd.Timestamp(str(at)).to_pydatetime()).loc[decided.index]
        for at, decided in labelled.labels.groupby(AS_OF)
    )


def _encoded(
    history: History, log: EventLog, encoder: SequenceEncoder, at: datetime
) -> pd.DataFrame:
    """Return the encoder's columns at a moment and their score by the decisions known then."""
    now = np.full(log.size, days(pd.Timestamp(at)))
    frame = pd.DataFrame(
        encoder.transform(log, now), index=log.ids, columns=encoder.get_feature_names_out()
    )
    with AsOf(history.engine, history.dataset, at) as view:
        risk = known_risk(view, MERCHANT, log, FrozenEstimator(encoder))
    if risk is None:
        return frame.assign(**{ENCODER_SCORE: np.nan})
    score = pd.Series(risk.decision_function(log, now), index=log.ids)
    is_known = np.diff(log.before(now).bounds) > 0
    return frame.assign(**{ENCODER_SCORE: score - score[is_known].median()})


def _lines(row: dict[str, Any]) -> Iterator[str]:
    head = f"{row['who']:11}{row['judged']:>7,}{row['planted']:>6,}  {row['ranking']:22}"
    for metric in METRICS:
        (value, *_), *added = row[metric].values()
        yield f"{head}{metric:18}{value:7.4f}" + "".join(
            f"   {more:+.4f} [{low:+.4f}, {high:+.4f}]" for more, low, high in added
        )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--merchants", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)  # so that a sum has one order, and a run repeats itself
    found = measure(given.merchants, given.seeds)
    if given.json:
        print(json.dumps({"merchants": given.merchants, "seeds": given.seeds, **found}))
        return
    print(f"{'':11}{'judged':>7}{'bad':>6}{'':49}{'above light':28}above no signals")
    print("\n".join(line for row in found["rows"] for line in _lines(row)))
    for name, seconds in found["cpu_seconds"].items():
        print(f"{name:21}{seconds:8.1f} processor seconds a seed")
    print(f"peak memory{found['peak_mb']:18,.0f} MB")


if __name__ == "__main__":
    main()
