"""The gate: each rule passed, failed, or not to be told, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from analytics.errors import InputError
from analytics.retraining.comparison import Comparison
from analytics.retraining.gate import Gate, gate_result, load_gate
from analytics.retraining.gate_rules import judge
from tests.support.comparisons import NOTHING, comparison, gap, later, reviewer_row, slice_row


def said(kind: str, of=None, gate: Gate | None = None) -> tuple[str, str]:
    """Status and sentence of the rule of a kind."""
    asked = judge(gate or load_gate(), of or comparison())
    [result] = [r for r in asked.results if r.rule["kind"] == kind]
    return result.status, result.sentence


def of_metric(metric: str, **differences) -> tuple[str, str]:
    """Status and sentence of the shipped rule on the change of a metric."""
    asked = judge(load_gate(), comparison(differences=comparison().differences | differences))
    [result] = [
        r for r in asked.results if r.rule.get("metric") == metric and r.rule["part"] == "all"
    ]
    return result.status, result.sentence


def of_later(found: dict, **changes) -> tuple[str, str]:
    """Status and sentence of the shipped rule on what came after the training."""
    asked = judge(load_gate(), comparison(in_time=found, **changes))
    [result] = [r for r in asked.results if r.rule.get("part") == "later"]
    return result.status, result.sentence


def test_a_better_challenger_passes_every_rule_that_ships():
    asked = judge(load_gate(), comparison())
    assert asked.outcome == "passed"
    assert [r.status for r in asked.results] == ["passed"] * 7
    assert gate_result(asked.to_dict()) == asked
    assert asked.failed == []


def test_one_failed_rule_fails_the_gate_and_is_named():
    worse = comparison().differences | {"precision_at_k": gap(-0.1, -0.18, -0.02)}
    asked = judge(load_gate(), comparison(differences=worse))
    assert asked.outcome == "failed"
    [failed] = asked.failed
    assert failed.rule == {
        "kind": "difference", "metric": "precision_at_k", "most_loss": 0.0, "part": "all"
    }  # fmt: skip
    assert failed.sentence == (
        "Precision at capacity changes by -0.100 [-0.180, -0.020]: a loss that is no chance, "
        "where none is allowed."
    )
    assert "failed: Precision at capacity" in asked.summary()


def test_a_loss_that_may_be_chance_cannot_be_told():
    status, sentence = of_metric("precision_at_k", precision_at_k=gap(-0.02, -0.08, 0.03))
    assert status == "cannot tell"
    assert sentence.endswith("a loss, which may be chance.")
    assert of_metric("precision_at_k", precision_at_k=NOTHING)[0] == "cannot tell"


def test_what_came_after_the_training_is_a_rule_of_its_own():
    name = "Average precision on what came after the training"
    assert of_later(later(0.04, -0.01, 0.07)) == (
        "passed", f"{name} changes by +0.040 [-0.010, +0.070]: no loss."
    )  # fmt: skip
    assert of_later(later(-0.1, -0.18, -0.02)) == (
        "failed",
        f"{name} changes by -0.100 [-0.180, -0.020]: a loss that is no chance, where none is "
        "allowed.",
    )
    assert of_later(later(-0.02, -0.08, 0.03)) == (
        "cannot tell",
        f"{name} changes by -0.020 [-0.080, +0.030]: a loss, which may be chance.",
    )


def test_a_loss_on_what_came_after_needs_control_violations_of_its_own():
    loss = (-0.1, -0.18, -0.02)
    assert of_later(later(*loss, control_positives=5))[0] == "failed"
    status, sentence = of_later(later(*loss, control_positives=4))
    assert status == "cannot tell"
    assert sentence.endswith("The control sample is too small for that to decide.")
    poor = {"verdict": "not enough evidence", "sentence": "The control sample holds 3."}
    assert of_later(later(*loss), **poor)[0] == "cannot tell"


def test_where_nothing_was_parted_by_time_the_rule_says_why():
    no_figures = later(0, 0, 0) | {"sentence": "Too few cases judge.", "differences": {}}
    assert of_later(no_figures) == (
        "cannot tell",
        "No change of average precision on what came after the training could be measured. "
        "Too few cases judge.",
    )
    assert of_later({})[1].endswith("Nothing was parted by time.")


def test_a_comparison_stored_before_there_was_a_cut_in_time_is_read_and_printed():
    document = comparison().to_dict()
    assert "Trained on the past, judged on what came after" in Comparison(**document).summary()
    del document["in_time"]
    old = Comparison(**document)
    assert "Trained on the past" not in old.summary()
    assert judge(load_gate(), old).outcome == "cannot tell"


def test_calibration_may_lose_a_little_and_less_error_is_better():
    assert of_metric("calibration_error", calibration_error=gap(0.02, 0.01, 0.03))[0] == "passed"
    assert of_metric("calibration_error", calibration_error=gap(0.03, 0.01, 0.05))[0] == "failed"
    unsure = of_metric("calibration_error", calibration_error=gap(0.03, -0.01, 0.07))
    assert unsure[0] == "cannot tell"


@pytest.mark.parametrize(
    ("limit", "status"), [(0.06, "passed"), (0.055, "cannot tell"), (0.04, "failed")]
)
def test_a_level_is_held_against_the_interval_of_the_challenger(limit, status):
    # The calibration error is .06 [.05, .08].
    rule = {"kind": "level", "metric": "calibration_error", "limit": limit}
    assert said("level", gate=Gate(version="own", rules=[rule]))[0] == status


@pytest.mark.parametrize(
    ("limit", "status"), [(0.06, "passed"), (0.07, "cannot tell"), (0.09, "failed")]
)
def test_of_a_metric_that_should_be_high_the_level_is_a_least_one(limit, status):
    rule = {"kind": "level", "metric": "auroc", "limit": limit}
    assert said("level", gate=Gate(version="own", rules=[rule]))[0] == status


def test_a_slice_that_surely_loses_more_than_allowed_fails():
    slices = [slice_row("toys", -0.2, p=0.01), slice_row("shoes", -0.03, p=0.01)]
    assert said("slices", comparison(slices=slices)) == (
        "failed",
        "Of 2 slices, 1 loses more than 0.050 of average precision, which is no chance: "
        "category toys (-0.200).",
    )


def test_a_slice_that_loses_by_chance_or_has_too_few_cases_does_not():
    by_chance = said("slices", comparison(slices=[slice_row("toys", -0.2, p=0.2)]))
    assert by_chance[0] == "cannot tell"
    assert "category toys (-0.200)" in by_chance[1]
    too_few = said("slices", comparison(slices=[slice_row("toys", None)]))
    assert too_few == ("cannot tell", "No slice has 30 judged cases and 5 of either outcome.")


def test_labels_of_a_doubted_reviewer_fail_without_the_name():
    rows = [reviewer_row("ana", 25, is_alarm=True), reviewer_row("bo", 5, is_alarm=False)]
    status, sentence = said("labels", comparison(reviewers=rows))
    assert status == "failed"
    assert "25 of 100 decisions (25 %; the others 5 %)" in sentence
    assert "ana" not in sentence
    assert said("labels", comparison(reviewers=[]))[0] == "cannot tell"


def test_without_evidence_nothing_is_sure_and_a_team_may_ask_for_certainty():
    poor = comparison(verdict="not enough evidence", sentence="The control sample holds 3.")
    assert judge(load_gate(), poor).outcome == "cannot tell"
    worse = poor.differences | {"average_precision": gap(-0.1, -0.2, -0.01)}
    asked = judge(load_gate(), replace(poor, differences=worse))
    assert asked.outcome == "cannot tell"
    assert asked.results[1].sentence.endswith("too small for that to decide.")
    doubted = [reviewer_row("ana", 25, is_alarm=True), reviewer_row("bo", 5, is_alarm=False)]
    assert judge(load_gate(), replace(poor, reviewers=doubted)).outcome == "failed"
    strict = load_gate().model_copy(update={"when_unsure": "fail"})
    assert judge(strict, poor).outcome == "failed"
    assert said("evidence", poor, strict) == (
        "failed",
        "The control sample holds 3. The rules ask for certainty.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "version: '1'\nrules:\n  - kind: difference\n    metric: auroc\n    most_loss: 0\n"
        "    part: sooner",
        "rules: []",
        "version: '1'\nrules:\n  - kind: differrence\n    metric: auroc\n    most_loss: 0",
        "version: '1'\nrules:\n  - kind: difference\n    metric: accuracy\n    most_loss: 0",
        "version: '1'\nrules:\n  - kind: slices\n    most_loss: -1\n    least_cases: 30\n"
        "    least_positives: 5",
        "version: [",
    ],
)
def test_a_file_that_breaks_the_schema_is_named(tmp_path: Path, text: str):
    path = tmp_path / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"gate\.yaml cannot be used"):
        load_gate(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"none\.yaml cannot be used"):
        load_gate(tmp_path / "none.yaml")
