"""Weak labels train beside decisions where the settings say so, weigh less and never judge."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.features.groups import entity_groups
from analytics.model.history import History
from analytics.model.labelled import LabelledFrame, label_weights, labelled_frame
from analytics.model.training import train_from
from analytics.pipeline.weak_labels import weak_report, with_weak_labels
from analytics.progress import NullProgress
from analytics.retraining.holdout import split_labels
from analytics.settings import Settings
from tests.support.decided import AT, decided
from tests.support.sources import ingest_files
from tests.support.views import engine

FUNCTIONS = """
- {name: many, entity: merchant, says: violation, when: [{feature: FEATURE, op: ">=", value: 5}]}
- {name: few, entity: merchant, says: no_violation, when: [{feature: FEATURE, op: "<", value: 5}]}
"""


@cache
def folder() -> Path:
    return Path(mkdtemp())


@cache
def history(use: bool = True) -> History:
    """Of 120 merchants 80 are decided at `AT`; every other one has many chargebacks."""
    dataset = ingest_files(folder(), decided()).dataset
    file = folder() / "functions.yaml"
    chosen = Settings(weak_labels_file=file, use_weak_labels=use, holdout_share=0.2)
    made = History(engine(), dataset, "merchant", chosen)
    name = next(spec.name for spec in made.specs if "chargebacks" in spec.name)
    file.write_text(FUNCTIONS.replace("FEATURE", name), encoding="utf-8")
    return made


@cache
def joined(use: bool = True) -> LabelledFrame:
    past = history(use)
    groups = entity_groups(past.engine, past.dataset, "merchant", AT)
    known = labelled_frame(past, AT)
    labels = known.labels.assign(queue_policy=None, inclusion_probability=np.nan)
    return with_weak_labels(
        past, AT, LabelledFrame(known.X, labels, known.groups, known.notes), groups
    )


def test_they_are_left_out_unless_the_settings_ask_for_them():
    assert set(joined(use=False).labels["source"]) == {"past"}


def test_those_whom_nobody_decided_get_one_with_its_source():
    labels = joined().labels
    weak = labels[labels["source"] == "weak"]
    assert (len(labels), len(weak)) == (120, 40)
    assert weak.loc["m100", "label"] == 1.0
    assert weak.loc["m101", "label"] == 0.0
    assert weak["decision_id"].isna().all()
    assert set(weak["as_of"]) == {AT}
    assert "40 weak labels were learned from" in joined().notes[-1]


def test_they_weigh_less_than_decisions_and_judge_nothing():
    frame = joined()
    weights = label_weights(frame.labels)
    assert weights is not None
    assert sorted(zip(*np.unique(weights, return_counts=True), strict=True)) == [(0.2, 40), (1, 80)]
    assert label_weights(frame.decided().labels) is None
    split = split_labels(frame.labels, frame.groups, 0.2)
    assert split.evaluation.empty
    assert (frame.labels.loc[split.training, "source"] == "weak").sum() > 20


def test_a_model_learns_from_them_and_its_figures_do_not():
    model = train_from(history(), AT, NullProgress(), labelled=joined())
    assert model.card["violation"]["labels"]["by_source"] == {"past": 80, "weak": 40}
    assert model.metrics["violation"]["trials"][0]["rows"] == 80
    plain = train_from(history(), AT, NullProgress(), labelled=joined().decided())
    assert plain.model_version != model.model_version


def test_the_report_says_what_each_function_covers_and_how_often_it_is_right():
    past = history(use=False)
    report = weak_report(past, past.features(AT), joined(use=False))
    rows = report.functions.set_index("name")
    assert rows["coverage"].tolist() == [0.5, 0.5]
    assert rows["conflict"].tolist() == [0.0, 0.0]
    assert rows[["decided", "accuracy"]].to_numpy().tolist() == [[40, 1.0], [40, 1.0]]
    assert report.to_dict()["labelled"] == 40
    assert rows["conditions"].str.endswith(("≥ 5", "< 5")).all()
    assert "They are not used" in report.summary()


def test_who_gets_one_is_written_with_the_functions_that_vote(tmp_path: Path):
    past = history(use=False)
    report = weak_report(past, past.features(AT), joined(use=False))
    assert report.export(tmp_path / "weak.csv") == 40
    rows = pd.read_csv(tmp_path / "weak.csv").set_index("entity_id")
    # each function was right in all of its 40 decisions: (40 + 3.5) / 45
    assert rows.loc["m100"].tolist() == ["merchant", "violation", 0.966667, "many"]
    assert rows.loc["m101"].tolist() == ["merchant", "no_violation", 0.966667, "few"]


def test_without_a_file_of_functions_the_hint_names_the_setting():
    without = History(engine(), history().dataset, "merchant", Settings())
    with pytest.raises(InputError, match="weak_labels_file"):
        weak_report(without, history().features(AT), joined())
