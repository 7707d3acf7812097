"""Backtests on marketplaces whose figures can be worked out by hand."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analytics.cli import app
from analytics.engines import open_engine
from analytics.errors import InputError
from analytics.model.ablation import compare_families
from analytics.model.backtest import evaluate
from analytics.model.report import EvaluationReport
from analytics.settings import Settings
from analytics.signals.catalog import ALL, AUTO, FAMILIES
from analytics.snapshots.home import Dataset, Home
from tests.support.decided import AT, SOLD_AT, decided, sold
from tests.support.sources import MERCHANTS, ingest_files

SETTINGS = {"threads": 1, "min_labels_per_class": 10, "training_as_ofs": 2}


def run(dataset: Dataset, target: str, *as_ofs: datetime) -> EvaluationReport:
    engine = open_engine(settings=Settings(**SETTINGS))
    try:
        return evaluate(
            engine, dataset, "merchant", target, Settings(**SETTINGS), as_ofs=as_ofs or None
        )
    finally:
        engine.close()


def value(report: EvaluationReport, name: str, metric: str) -> float:
    return round(report.results[name][metric].value, 9)


@pytest.fixture(scope="module")
def violation(tmp_path_factory: pytest.TempPathFactory) -> EvaluationReport:
    folder = tmp_path_factory.mktemp("decided")
    return run(ingest_files(folder, decided()).dataset, "violation", AT)


def test_violation_looks_at_later_decisions_on_strangers(violation: EvaluationReport) -> None:
    [trial] = violation.trials
    # Of the 40 decided later one shares a device with an earlier one, of one nobody could tell;
    # of those 38 every other one is a violation, without m100 that shares the device: 20 - 1.
    assert (trial["as_of"], trial["rows"], trial["positives"]) == ("2024-03-15T00:00:00", 38, 19)
    assert violation.k == 19  # as many cases as there are violations


def test_violation_stands_beside_the_prior_and_plain_baselines(
    violation: EvaluationReport,
) -> None:
    assert list(violation.results) == [
        "model",
        "violation_prior",
        "logistic_regression",
        "random",
    ]
    assert value(violation, "model", "auroc") == 1.0
    assert value(violation, "model", "precision_at_k") == 1.0
    assert value(violation, "model", "lift_at_k") == 2.0  # half of them are violations
    difference = violation.differences["logistic_regression"]["auroc"]
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_no_later_decision_goes_into_the_model(tmp_path: Path) -> None:
    flipped = run(ingest_files(tmp_path, decided(later_flipped=True)).dataset, "violation", AT)
    assert value(flipped, "model", "auroc") == 0.0  # it knew the opposite only


@pytest.mark.slow
def test_quality_looks_at_the_outcomes_of_the_next_sixty_days(tmp_path: Path) -> None:
    report = run(ingest_files(tmp_path, sold()).dataset, "quality", SOLD_AT)
    [trial] = report.trials
    # Of 92 one has three lines in the window, one was acted on; of the others half are late.
    assert (trial["rows"], trial["positives"]) == (90, 45)
    assert value(report, "model", "auroc") == 1.0
    share = 45 / 91  # bad among the outcomes known then: the one acted on later counts still
    expected = (share**2 + (1 - share) ** 2) / 2
    assert value(report, "random", "brier") == pytest.approx(expected, abs=1e-6)
    assert report.k == 100
    assert report.capacity[-1]["recall"] == 1.0


def test_quality_needs_orders(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, {"merchants.csv": MERCHANTS}).dataset
    with pytest.raises(InputError, match="without orders"):
        run(dataset, "quality")


def test_violation_needs_decisions(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, {"merchants.csv": MERCHANTS}).dataset
    with pytest.raises(InputError, match="no past decision on a merchant"):
        run(dataset, "violation")


def test_what_comes_after_must_be_known(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, decided()).dataset
    with pytest.raises(InputError, match=r"after 2024-04-01 is not all known .* is 2024-03-21"):
        run(dataset, "violation", datetime(2024, 4, 1))


def test_too_few_decisions_at_every_date_are_said(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, decided()).dataset
    with pytest.raises(InputError, match="No date has enough outcomes"):
        run(dataset, "violation", datetime(2024, 2, 1))  # nobody was decided before it


def test_the_command_prints_the_same_report(
    violation: EvaluationReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    ingest_files(tmp_path, decided(), home=Home(home))
    monkeypatch.setenv("PORTREEVE_HOME", str(home))
    for name, setting in SETTINGS.items():
        monkeypatch.setenv(f"PORTREEVE_{name.upper()}", str(setting))
    asked = ["evaluate", "--entity", "merchant", "--target", "violation", "--as-of", "2024-03-15"]

    printed = CliRunner().invoke(app, [*asked, "--json"])

    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == json.loads(json.dumps(violation.to_dict()))


def test_the_command_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest_files(tmp_path, {"merchants.csv": MERCHANTS}, home=Home(tmp_path / "home"))
    monkeypatch.setenv("PORTREEVE_HOME", str(tmp_path / "home"))
    asked = ["evaluate", "--entity", "merchant", "--target", "violation", "--json"]

    printed = CliRunner().invoke(app, asked)

    assert printed.exit_code == 1
    assert json.loads(printed.stdout)["hint"].startswith("Give a table past_decisions")


def test_the_command_takes_other_families_of_signals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_files(tmp_path, decided(), home=Home(tmp_path / "home"))
    monkeypatch.setenv("PORTREEVE_HOME", str(tmp_path / "home"))
    asked = ["evaluate", "--entity", "merchant", "--target", "violation", "--signals", "grahp"]

    printed = CliRunner().invoke(app, [*asked, "--json"])

    assert printed.exit_code == 1
    assert json.loads(printed.stdout)["error"] == "There is no family of signals 'grahp'."


def test_families_are_compared_on_the_same_rows(tmp_path: Path) -> None:
    dataset = ingest_files(tmp_path, decided()).dataset
    settings = Settings(**SETTINGS)
    engine = open_engine(settings=settings)
    try:
        report = compare_families(engine, dataset, "merchant", "violation", settings, as_ofs=[AT])
    finally:
        engine.close()
    [trial] = report.trials
    # As above, with m100, whose neighbour was decided before it.
    assert (trial["rows"], trial["positives"]) == (39, 20)
    names = {family.name for family in FAMILIES if family.why_off(dataset) is None}
    assert {"model", "graph", ALL, AUTO} <= set(report.results) <= {*names, "model", ALL, AUTO}
    assert report.differences[ALL]["auroc"].value == 0.0  # chargebacks alone tell everything
