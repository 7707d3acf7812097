"""Labelling functions on five merchants whose votes can be counted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.errors import InputError
from analytics.labelling.weak import assess, read_functions, votes_of, weak_labels

FILE = """
- name: late
  entity: merchant
  says: violation
  policy: M2
  when:
    - {feature: late_share, op: ">=", value: 0.5}
    - {feature: orders, op: ">", value: 10}
- name: loved
  entity: merchant
  says: no_violation
  when: [{feature: rating, op: ">=", value: 4.5}]
- name: silent
  entity: merchant
  says: violation
  when: [{feature: orders, op: "<", value: 0}]
"""
X = pd.DataFrame(
    {
        "late_share": [0.6, 0.6, 0.1, np.nan, 0.9],
        "orders": [20.0, 5.0, 30.0, 40.0, 50.0],
        "rating": [4.8, 4.9, 4.0, 4.7, 2.0],
    },
    index=pd.Index(["m1", "m2", "m3", "m4", "m5"], name="entity_id"),
)
LABELS = pd.Series({"m1": 1.0, "m4": 0.0, "m5": 1.0})


@pytest.fixture
def functions(tmp_path: Path):
    file = tmp_path / "functions.yaml"
    file.write_text(FILE, encoding="utf-8")
    return read_functions(file)


@pytest.fixture
def votes(functions):
    return votes_of(functions, X)


def test_a_function_votes_where_all_conditions_hold(votes):
    assert votes["late"].dropna().to_dict() == {"m1": 1.0, "m5": 1.0}
    assert votes["loved"].dropna().to_dict() == {"m1": 0.0, "m2": 0.0, "m4": 0.0}
    assert votes["silent"].isna().all()


def test_coverage_conflict_and_accuracy(functions, votes):
    rows = assess(functions, votes, votes.loc[LABELS.index], LABELS).set_index("name")
    assert rows["coverage"].tolist() == [0.4, 0.6, 0.0]
    assert rows["overlap"].round(3).tolist() == [0.5, 0.333, 0.0]
    assert rows["conflict"].round(3).tolist() == [0.5, 0.333, 0.0]
    assert rows["decided"].tolist() == [2, 2, 0]
    assert rows.loc[["late", "loved"], "accuracy"].tolist() == [1.0, 0.5]
    assert np.isnan(rows.loc["silent", "accuracy"])
    assert (rows.loc["late", "low"], rows.loc["late", "high"]) == (
        pytest.approx(1 / (1 + 1.645**2 / 2)), pytest.approx(1.0),
    )  # fmt: skip
    # (2 + 3.5) / 7 right of late, (1 + 3.5) / 7 of loved, 3.5 / 5 of what nobody decided about
    odds = [5.5 / 1.5, 4.5 / 2.5, 3.5 / 1.5]
    assert np.allclose(rows["weight"], np.log(odds))


def test_votes_become_labels_where_a_majority_is_sure(functions, votes):
    assessed = assess(functions, votes, votes.loc[LABELS.index], LABELS)
    labels = weak_labels(votes, assessed)
    # m1: 5.5/1.5 for against 4.5/2.5 makes odds of 2.04, a confidence of 0.67: too little
    assert labels["label"].to_dict() == {"m5": 1.0}
    assert labels.loc["m5", "confidence"] == pytest.approx(5.5 / 7)


def test_a_function_worse_than_chance_counts_for_nothing(functions, votes):
    wrong = pd.Series({"m1": 0.0, "m5": 0.0}).reindex(["m1", "m5"] * 3)
    many = votes.loc[wrong.index].reset_index(drop=True)
    assessed = assess(functions, votes, many, wrong.reset_index(drop=True))
    assert assessed.set_index("name").loc["late", "weight"] == 0.0
    assert "m5" not in weak_labels(votes, assessed).index


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "cannot be read"),
        ("- {name: x}", "line 1, 0.entity: Field required"),
        (FILE.replace('">="', '"=="', 1), "line 7, 0.when.0.op: Input should be '>='"),
        (FILE.replace("0.5", ".inf"), "line 7, .*finite number"),
        ("name: x", "line 1, file: Input should be a valid list"),
        (FILE.replace("loved", "late"), "names a labelling function twice: late"),
        (FILE.replace("policy: M2", "python: os"), "Extra inputs are not permitted"),
        ("!!python/object/apply:os.system [ls]", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, why: str):
    file = tmp_path / "functions.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=why):
        read_functions(file)


def test_a_missing_file_and_a_missing_feature_are_named(tmp_path: Path, functions):
    with pytest.raises(InputError, match=r"nowhere\.yaml cannot be read"):
        read_functions(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="'late' asks for late_share, orders"):
        votes_of(functions, X[["rating"]])
