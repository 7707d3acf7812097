"""What a model was made of: a fingerprint that survives the disk, and what changed since."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.model.provenance import PACKAGES, differences, made_of
from analytics.model.training_set import TrainingSet, read_training_set
from analytics.settings import Settings

LEARNED = TrainingSet(
    pd.DataFrame(
        {
            "label": [1.0, 0.0],
            "policy": ["M3", None],
            "decided_at": pd.to_datetime(["2026-05-01 10:00:00", "2026-05-02 11:30:01"]),
            "source": ["review", "past"],
            "decision_id": [7, np.nan],
            "dataset_id": "d1",
            "as_of": pd.to_datetime(["2026-04-30", "2026-05-01"]),
        },
        index=["m2", "m1"],
    ),
    pd.DataFrame({"late": [0.1, np.nan], "orders": [3, 4]}, index=["m2", "m1"]),
)


def test_a_fingerprint_is_the_same_after_a_round_trip(tmp_path: Path):
    LEARNED.write(tmp_path)
    again = read_training_set(tmp_path)
    assert again.fingerprint() == LEARNED.fingerprint()
    assert list(again.X.index) == ["m2", "m1"]  # folds follow the order


def test_any_change_of_a_label_or_a_feature_changes_it():
    labels, X = LEARNED.labels, LEARNED.X
    changed = [
        replace(LEARNED, labels=labels.assign(label=[1.0, 1.0])),
        replace(LEARNED, labels=labels.assign(source=["review", "review"])),
        replace(LEARNED, labels=labels.assign(as_of=labels["decided_at"])),
        replace(LEARNED, X=X.assign(late=[0.1, 0.0])),
        replace(LEARNED, X=X.rename(columns={"late": "later"})),
        TrainingSet(labels.iloc[::-1], X.iloc[::-1]),
    ]
    prints = [one.fingerprint() for one in [LEARNED, *changed]]
    assert len(set(prints)) == len(prints)


def test_a_model_says_what_decides_it():
    made = made_of(Settings(seed=3, training_as_ofs=4), LEARNED)
    assert made["parameters"]["seed"] == 3
    assert made["parameters"]["training_as_ofs"] == 4
    assert made["training_set"] == LEARNED.fingerprint()
    assert {"python", "machine", *PACKAGES} == set(made["environment"])
    assert "unknown" not in made["environment"].values()
    assert made_of(Settings(), None)["training_set"] is None
    # Given back as settings, the parameters are what they were.
    again = Settings().model_copy(update=made["parameters"])
    assert made_of(again, LEARNED) == made


def test_what_is_not_as_it_was_is_said():
    then = {"code_version": "0.1.0+a", "environment": {"numpy": "2.1", "scipy": "1.1"}}
    now = {
        "code_version": "0.1.0+b",
        "environment": {"numpy": "2.1", "scipy": "1.2", "polars": "1"},
    }
    assert differences(then, now) == [
        "Code: 0.1.0+a then, 0.1.0+b now.",
        "polars: not there then, 1 now.",
        "scipy: 1.1 then, 1.2 now.",
    ]
    assert differences(then, then) == []
