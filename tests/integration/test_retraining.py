"""Decide, retrain, compare, promote, live, roll back: on a sample of sixty merchants."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analytics.errors import GateError, InputError, NotFoundError, TooFewLabelsError
from analytics.model.bundle import load_model
from analytics.model.registry import aliases
from analytics.model.training_set import read_training_set
from analytics.pipeline import Workbench
from analytics.review.audit import inconsistencies
from benchmarks.learning_kills import desk, open_market, prepare, run_kills
from tests.support.once import own_copy

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("fork_server")]
E = "product"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_copy(tmp_path_factory, "decided-market", lambda folder: prepare(folder).close())


@pytest.fixture
def workbench(folder: Path) -> Workbench:
    return open_market(folder)


def promote_another(folder: Path, workbench: Workbench) -> str:
    """Put a challenger in the champion's place, whatever tests ran before; return its version."""
    if workbench.challenger(E) is None:
        desk(folder, workbench).review(10)
        workbench.retrain(E)
    return workbench.promote(E, reason="another").version


def test_retrain_promote_and_roll_back(folder: Path, workbench: Workbench) -> None:
    champion = workbench.live().models[E]
    before = dict(workbench.live().models)

    report = workbench.retrain(E)

    assert report.champion == champion
    assert report.reuses_quality
    assert dict(workbench.live().models) == before  # nothing promotes itself
    _check_provenance(workbench, report.challenger)
    _check_comparison(workbench, report)
    assert aliases(workbench.home)[E]["challenger"] == report.challenger

    _check_reproduction(workbench, report.challenger)

    promotion = workbench.promote(E, reason="it finds more", person="ana")

    assert (promotion.version, promotion.was) == (report.challenger, champion)
    [kept] = workbench.store.promotions.all(E)
    assert (kept.ruling.outcome, kept.ruling.is_override) == ("cannot tell", False)
    assert workbench.live().models == {**before, E: report.challenger}
    assert (workbench.live().person, workbench.live().reason) == ("ana", "it finds more")
    assert workbench.challenger(E) is None
    assert aliases(workbench.home)[E] == {"champion": report.challenger}
    assert workbench.verify() == []
    assert workbench.has_cases()

    workbench.rollback(E, reason="it does not")

    assert workbench.live().models == before
    assert aliases(workbench.home)[E] == {"champion": champion}
    with pytest.raises(NotFoundError, match="nothing to go back to"):
        workbench.rollback(E, reason="once more")


def _check_provenance(workbench: Workbench, version: str) -> None:
    """Everything learned from is named, was known at its decision, and judges nothing."""
    kept = read_training_set(workbench.home.models_dir / version)
    assert kept is not None
    assert set(kept.labels["source"]) == {"past", "review"}
    reviewed = kept.labels[kept.labels["source"] == "review"]
    made = {
        i: workbench.store.decisions.get(int(number))
        for i, number in reviewed["decision_id"].items()
    }
    for entity_id, decision in made.items():
        row = reviewed.loc[entity_id]
        assert decision.entity_id == entity_id
        assert decision.queue_policy != "control"
        assert (row["label"] == 1) == (decision.outcome == "violation")
        assert (row["dataset_id"], row["as_of"]) == (decision.dataset_id, decision.as_of)
    past = kept.labels[kept.labels["source"] == "past"]
    assert (past["as_of"] < past["decided_at"]).all()
    snapshot = workbench.home.snapshot(workbench.live().snapshot_id)
    path = snapshot.features_path(
        E, load_model(workbench.home.models_dir / version).card["feature_version"]
    )
    stored = pd.read_parquet(path).set_index("entity_id")
    now = kept.X.loc[reviewed.index]
    pd.testing.assert_frame_equal(now, stored.loc[now.index, now.columns])


def _check_reproduction(workbench: Workbench, version: str) -> None:
    """The challenger can be made again, and a training set that was changed is noticed."""
    made = workbench.reproduce(version)
    assert made.is_equal
    assert made.again == version
    assert all(part["is_equal"] for part in made.parts.values())
    named = ("trees", "linear", "calibration", "feature_names")
    assert set(made.parts) == {f"violation.{name}" for name in named}  # no quality on so few
    assert made.changed == []
    json.dumps(made.to_dict())
    path = workbench.home.models_dir / version / "training_features.parquet"
    original = path.read_bytes()
    frame = pd.read_parquet(path)
    frame.iloc[0, 1] = 0.125 if frame.iloc[0, 1] != 0.125 else 0.25
    frame.to_parquet(path, index=False)
    with pytest.raises(InputError, match="is not what was stored"):
        workbench.reproduce(version)
    path.write_bytes(original)
    with pytest.raises(NotFoundError):
        workbench.reproduce("product-000000000000")
    with pytest.raises(NotFoundError):
        workbench.reproduce("../snapshots")


def _check_comparison(workbench: Workbench, report) -> None:
    comparison = workbench.comparison(E)
    assert comparison == report.comparison
    assert comparison.verdict == "not enough evidence"
    labels = workbench.store.decisions.labels(E, workbench.store.database.now(), 365)
    cases = comparison.cases
    control = int((labels["queue_policy"] == "control").sum())
    assert 0 < cases["judged"] <= len(labels) - cases["left_out"]
    assert cases["control"] <= control
    assert [s["stratum"] for s in comparison.strata] == ["reached", "rest"]
    moves = comparison.moves
    assert moves["stayed"] + len(moves["entered"]) == 40
    assert len(moves["entered"]) == len(moves["left"])
    assert all(m["rank"] <= 40 < m["was"] and m["sentence"] for m in moves["entered"])
    json.dumps(comparison.to_dict(), allow_nan=False)
    assert "not enough evidence" in comparison.summary()


def test_a_build_keeps_the_promoted_model(folder: Path, workbench: Workbench) -> None:
    version = promote_another(folder, workbench)
    workbench.ingest("tables", folder / "sample" / "tables")  # as of two days later

    result = workbench.build()

    [built] = result.built.values()
    kept = {one.entity: one.is_kept for one in built}
    assert kept == {"merchant": False, "product": True, "creator": False}
    assert workbench.live().models[E] == version
    assert "scored and explained by the promoted " in result.summary()
    assert workbench.verify() == []


def test_the_same_decisions_give_no_other_model(folder: Path, workbench: Workbench) -> None:
    desk(folder, workbench).review(10)
    workbench.promote(E, workbench.retrain(E).challenger, reason="newest")
    with pytest.raises(InputError, match="give the model that scores already"):
        workbench.retrain(E)


def test_what_the_gate_does_not_let_pass_needs_a_lead(folder: Path, workbench: Workbench) -> None:
    desk(folder, workbench).review(10)
    strict = folder / "gate.yaml"
    strict.write_text(
        "version: strict\nwhen_unsure: fail\nrules:\n"
        "  - {kind: level, metric: auroc, limit: 1.01}\n"
    )
    tuned = workbench.settings.model_copy(update={"gate_file": strict, "leads": "lea"})
    bench = type(workbench)(tuned, workbench.home, workbench.warehouse)
    report = bench.retrain(E)
    live = bench.live()
    assert report.comparison.gate["outcome"] == "failed"
    with pytest.raises(GateError, match="does not let"):
        bench.promote(E, reason="try", person="lea")
    with pytest.raises(GateError, match="Only a lead"):
        bench.promote(E, reason="try", person="ana", override=True)
    assert bench.live() == live

    promotion = bench.promote(E, reason="we know better", person="lea", override=True)

    assert promotion.overruled == tuple(r.sentence for r in report.comparison.gate_result().failed)
    kept = bench.store.promotions.all(E)[0]
    assert (kept.person, kept.reason) == ("lea", "we know better")
    assert (kept.ruling.is_override, kept.ruling.gate_version) == (True, "strict")
    assert kept.ruling.failed == promotion.overruled
    assert inconsistencies(bench.store.database) == []


def test_a_retrain_that_is_due_ends_in_a_challenger(folder: Path, workbench: Workbench) -> None:
    desk(folder, workbench).review(10)
    assert not workbench.retrain_if_due([E])[0].due.is_due
    tuned = workbench.settings.model_copy(update={"retrain_after_labels": 5})
    bench = type(workbench)(tuned, workbench.home, workbench.warehouse)
    live = bench.live()

    [found] = bench.retrain_if_due([E])

    assert found.due.is_due
    assert found.report.challenger == bench.challenger(E).model_version
    assert bench.live() == live
    assert bench.due(E).new_labels == 0
    json.dumps(found.to_dict())


def test_too_few_labels_say_so_and_change_nothing(folder: Path, workbench: Workbench) -> None:
    strict = workbench.settings.model_copy(update={"min_labels_per_class": 200})
    models = set(workbench.home.models_dir.iterdir())
    with pytest.raises(TooFewLabelsError, match="where 200 of each are needed"):
        type(workbench)(strict, workbench.home, workbench.warehouse).retrain(E)
    assert set(workbench.home.models_dir.iterdir()) == models


def test_what_is_not_there_is_not_promoted(workbench: Workbench) -> None:
    live = workbench.live()
    with pytest.raises(NotFoundError, match="no challenger"):
        workbench.promote("creator", reason="try")
    with pytest.raises(NotFoundError):
        workbench.promote(E, "product-000000000000", reason="try")
    with pytest.raises(NotFoundError, match="no model"):
        workbench.promote(E, "../snapshots", reason="try")
    with pytest.raises(NotFoundError, match="no model"):
        workbench.promote(E, live.models["merchant"], reason="wrong type")
    with pytest.raises(InputError, match="already"):
        workbench.promote(E, live.models[E], reason="again")
    with pytest.raises(InputError, match="reason"):
        workbench.promote(E, live.models[E], reason=" ")
    assert workbench.live() == live


def test_the_shell_says_the_same(folder: Path, workbench: Workbench) -> None:
    promote_another(folder, workbench)
    environment = {"PORTREEVE_HOME": str(workbench.home.path), "PATH": "/usr/bin:/bin"}

    def run(*words: str) -> tuple[int, dict]:
        command = [sys.executable, "-m", "analytics.cli", *words, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    code, answer = run("promote", "--entity", "creator", "--reason", "try")
    assert code == 1
    assert "no challenger" in answer["error"]
    code, answer = run("rollback", "--entity", E, "--reason", "from the shell")
    assert code == 0
    assert answer["person"] == "reviewer"
    assert workbench.live().models[E] == answer["version"]


def test_a_kill_at_any_point_leaves_one_whole_model_live(folder: Path) -> None:
    assert run_kills(folder, kills=2).problems == ()
