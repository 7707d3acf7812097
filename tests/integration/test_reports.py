"""Reports as commands, on a home with decisions in it."""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from analytics.cli import app
from analytics.pipeline import Workbench, open_workbench
from analytics.review.types import Draft
from analytics.settings import Settings
from tests.support.live_home import go_live
from tests.support.review import SHOWN
from tests.support.tiny_home import build_tiny_home

NOW = datetime.now(UTC).replace(tzinfo=None)
RECENT = f"{NOW - timedelta(days=30):%Y-%m-%d}"
HEADER = "entity_type,entity_id,outcome,policy,reviewer,decided_at,note"
DECISIONS = {
    "m1": Draft("violation", policy="M2", action="warn", reason="=Late, again"),
    "m2": Draft("no_violation", reason="Fine"),
    "m3": Draft("cannot_tell", reason="No tracking"),
}


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny home, live, in which no case was opened yet."""
    tiny = build_tiny_home(tmp_path_factory.mktemp("reports"))
    go_live(tiny, tiny.april, with_cases=False)
    return tiny.home.path


@pytest.fixture
def empty(undecided: Path, tmp_path: Path) -> Iterator[Workbench]:
    """A copy of it."""
    shutil.copytree(undecided, tmp_path / "empty")
    workbench = open_workbench(Settings(home=tmp_path / "empty", threads=2, reviewer="ana"))
    yield workbench
    workbench.close()


@pytest.fixture
def workbench(undecided: Path, tmp_path: Path) -> Iterator[Workbench]:
    """A copy in which m1 and m2 are decided, m3 is escalated, and m4 waits."""
    shutil.copytree(undecided, tmp_path / "home")
    workbench = open_workbench(Settings(home=tmp_path / "home", threads=2, reviewer="ana"))
    snapshot = workbench.home.snapshot(workbench.live().snapshot_id)
    shown = replace(
        SHOWN,
        snapshot_id=snapshot.snapshot_id,
        dataset_id=snapshot.dataset.dataset_id,
        as_of=snapshot.as_of,
    )
    for entity_id in ("m1", "m2", "m3", "m4"):
        workbench.store.cases.open_by_hand("merchant", entity_id, "lead", "asked for")
    for entity_id, draft in DECISIONS.items():
        claimed = workbench.store.cases.claim_entity("merchant", entity_id, "ana")
        assert claimed is not None
        workbench.store.decisions.decide(claimed.lease.token, draft, shown)
    yield workbench
    workbench.close()


def run(workbench: Workbench, *arguments: object) -> Result:
    environment = {
        "PORTREEVE_HOME": str(workbench.home.path),
        "PORTREEVE_REVIEWER": "ana",
        "PORTREEVE_DATABASE_URL": None,
        "PORTREEVE_CONFIG": None,
    }
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(app, words, env=environment, catch_exceptions=False)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_queue_of_cases(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "queue.csv"
    done = run(workbench, "export", "queue", "-o", out, "--json")
    assert json.loads(done.stdout) == {"file": str(out), "rows": 2}
    rows = read(out)
    assert {(row["entity_id"], row["status"]) for row in rows} == {
        ("m3", "escalated"),
        ("m4", "open"),
    }
    assert [row["expected_harm"] for row in rows] == ["", ""]
    assert rows[0]["reason_1"]

    run(workbench, "export", "queue", "-o", out, "--status", "closed")
    assert {row["entity_id"]: row["last_outcome"] for row in read(out)} == {
        "m1": "violation",
        "m2": "no_violation",
    }


def test_only_decisions_tell_the_control_sample(undecided: Path, tmp_path: Path) -> None:
    shutil.copytree(undecided, tmp_path / "home")
    settings = Settings(
        home=tmp_path / "home", threads=2, reviewer="ana", review_capacity=2, control_share=1.0
    )
    workbench = open_workbench(settings)
    workbench.sync_cases()
    waiting = workbench.store.cases.listing("merchant")["case_id"]
    drawn = [c for c in map(workbench.store.cases.get, waiting) if c.opened_by == "control"]
    assert drawn, "the sample of this seed took nobody but the top list"
    claimed = workbench.store.cases.claim(drawn[0].id, "ana")
    workbench.store.decisions.decide(claimed.lease.token, DECISIONS["m2"], SHOWN)

    queue, case, decisions = (tmp_path / f"{name}.csv" for name in ("queue", "case", "decisions"))
    run(workbench, "export", "queue", "-e", "merchant", "--status", "closed", "-o", queue)
    run(workbench, "export", "case", "merchant", drawn[0].entity_id, "-o", case)
    run(workbench, "export", "decisions", "-o", decisions)
    workbench.close()

    assert [row["entity_id"] for row in read(queue)] == [drawn[0].entity_id]
    assert read(case)
    for file in (queue, case):
        assert "control" not in file.read_text(encoding="utf-8")
    assert read(decisions)[0]["queue_policy"] == "control"


def test_everybody_as_filtered(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "queue.csv"
    done = run(
        workbench, "export", "queue", "--view", "everybody", "-e", "product",
        "--category", "fashion", "--order", "probability", "-o", out, "--bom",
    )  # fmt: skip
    assert done.stdout == f"Wrote 2 rows to {out}.\n"
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [row["entity_id"] for row in read(out)] == ["p5", "p4"]
    assert {row["case_id"] for row in read(out)} == {""}


def test_the_history_of_decisions(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "decisions.csv"
    assert run(workbench, "export", "decisions", "-o", out, "--features").exit_code == 0
    rows = read(out)
    assert [(row["entity_id"], row["outcome"]) for row in rows] == [
        ("m1", "violation"),
        ("m2", "no_violation"),
        ("m3", "cannot_tell"),
    ]
    assert rows[0]["reason"] == "'=Late, again"
    assert json.loads(rows[0]["features"]) == SHOWN.features


def test_one_case(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "case.csv"
    assert run(workbench, "export", "case", "merchant", "m1", "-o", out).exit_code == 0
    values = {tuple(row.values())[:4]: row["value"] for row in read(out)}
    assert values["identity", "", "", "entity_id"] == "m1"
    assert values["exposure", "", "", "gmv_at_risk"] == "130"
    assert values["reasons", "late_dispatch_90d", "1", "sentence"].startswith("60 % of order lines")
    assert values["evidence", "late_dispatch_90d", "1", "order_id"]
    assert values["past_decisions", "", "1", "policy"] == "M2"
    assert values["cases", "", "1", "status"] == "closed"
    assert values["cases", "", "1", "opened_reason"] == "asked for"
    assert values["decisions", "", "1", "reason"] == "'=Late, again"
    kinds = [value for key, value in values.items() if key[0] == "events" and key[3] == "kind"]
    assert kinds == ["opened", "claimed", "decided"]


def test_fewer_rows_behind_each_reason_are_said(workbench: Workbench, tmp_path: Path) -> None:
    counts = {}
    for most in (1, 200):
        out = tmp_path / f"{most}.csv"
        run(workbench, "export", "case", "merchant", "m1", "-o", out, "--evidence", most)
        values = {tuple(row.values())[:4]: row["value"] for row in read(out)}
        key = ("evidence", "late_dispatch_90d", "")
        counts[most] = (int(values[(*key, "rows")]), int(values[(*key, "rows_here")]))
    total = counts[200][0]
    assert total > 1
    assert counts == {1: (total, 1), 200: (total, total)}


def test_a_case_that_nobody_opened(empty: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "case.csv"
    assert run(empty, "export", "case", "product", "p5", "-o", out).exit_code == 0
    sections = {row["section"] for row in read(out)}
    assert not sections & {"cases", "decisions", "events"}


def test_an_entity_that_is_not_there(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "case.csv"
    done = run(workbench, "export", "case", "merchant", "=1+1", "-o", out, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"].startswith("There is no merchant '=1+1' in snapshot")
    assert not out.exists()


def test_the_model(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "model.csv"
    assert run(workbench, "export", "model", "-e", "merchant", "-o", out).exit_code == 0
    rows = read(out)
    assert rows[0]["text"] == "merchant-000000000001"
    importance = [row for row in rows if row["section"] == "importance"]
    assert {row["target"] for row in importance} == {"quality", "violation"}


def test_the_training_set(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "training.csv"
    done = run(workbench, "export", "training-set", "-e", "merchant", "-o", out, "--json")
    assert json.loads(done.stdout) == {"file": str(out), "rows": 2}
    first, second = read(out)
    assert (first["entity_id"], first["label"], first["source"]) == ("m1", "1", "review")
    assert (first["policy"], first["decision_id"]) == ("M2", "1")
    assert first["as_of"] == "2026-04-01T00:00:00Z"
    assert first["late_dispatch_90d"] == "0.6"
    assert (second["entity_id"], second["label"], second["source"]) == ("m2", "0", "review")
    assert {row["queue_policy"] for row in (first, second)} == {"hand"}
    assert {row["part"] for row in (first, second)} <= {"training", "evaluation", "aside"}


def test_the_training_set_without_decisions_here(empty: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "training.csv"
    run(empty, "export", "training-set", "-e", "merchant", "-o", out)
    assert [(row["entity_id"], row["source"]) for row in read(out)] == [
        ("m1", "past"),
        ("m2", "past"),
    ]


@pytest.mark.parametrize("model", ["merchant-000000000009", "../models", "product-000000000002"])
def test_the_training_set_of_a_model_that_is_not_there(
    empty: Workbench, tmp_path: Path, model: str
) -> None:
    out = tmp_path / "training.csv"
    done = run(empty, "export", "training-set", "-e", "merchant", "-o", out, "--model", model)
    assert done.exit_code == 1
    assert f"There is no model {model!r}" in done.stderr


def test_the_training_set_of_a_model_without_one(empty: Workbench, tmp_path: Path) -> None:
    out, model = tmp_path / "training.csv", "merchant-000000000001"
    done = run(empty, "export", "training-set", "-e", "merchant", "-o", out, "--model", model)
    assert "is a prior: it learned from no decision" in done.stderr


def test_reports_of_an_empty_store(empty: Workbench, tmp_path: Path) -> None:
    for command in (["export", "decisions"], ["export", "queue"], ["labels", "export"]):
        out = tmp_path / f"{command[1]}.csv"
        done = run(empty, *command, "-o", out)
        assert done.stdout == f"Wrote 0 rows to {out}.\n"
        assert len(out.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    "command",
    [
        ["export", "queue"],
        ["export", "decisions"],
        ["export", "case", "merchant", "m1"],
        ["export", "model", "-e", "merchant"],
        ["labels", "export"],
    ],
)
def test_a_folder_that_does_not_exist(
    workbench: Workbench, tmp_path: Path, command: list[str]
) -> None:
    done = run(workbench, *command, "-o", tmp_path / "nowhere" / "x.csv")
    assert done.exit_code == 1
    assert "no such folder" in done.stderr


def test_labels_as_they_count(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    done = run(workbench, "labels", "export", "-o", out)
    assert done.stdout == f"Wrote 2 rows to {out}.\n"
    first, second = read(out)
    assert (first["entity_id"], first["outcome"], first["label"]) == ("m1", "violation", "1")
    assert (first["policy"], first["reviewer"], first["source"]) == ("M2", "ana", "review")
    assert first["note"] == "'=Late, again"
    assert (second["entity_id"], second["label"], second["policy"]) == ("m2", "0", "")
    run(workbench, "labels", "export", "-e", "product", "-o", out)
    assert read(out) == []


def test_an_overturned_decision_is_no_label(workbench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    workbench.store.decisions.overturn(1, "lead", "Appeal granted")
    run(workbench, "labels", "export", "-o", out)
    assert [row["entity_id"] for row in read(out)] == ["m2"]


def test_labels_out_and_into_an_empty_store_are_the_same(
    workbench: Workbench, empty: Workbench, tmp_path: Path
) -> None:
    out = tmp_path / "labels.csv"
    run(workbench, "labels", "export", "-o", out)
    done = run(empty, "labels", "import", out, "--json")
    assert json.loads(done.stdout) == {
        "file": "labels.csv", "rows": 2, "added": 2, "already_there": 0, "rejected": 0,
        "expired": 0, "dry_run": False, "rejects_file": None, "first_rejects": [], "notes": [],
    }  # fmt: skip
    again = tmp_path / "again.csv"
    run(empty, "labels", "export", "-o", again)
    kept = ("entity_type", "entity_id", "outcome", "policy", "reviewer", "decided_at", "note")
    assert [[r[c] for c in kept] for r in read(again)] == [[r[c] for c in kept] for r in read(out)]
    assert {row["source"] for row in read(again)} == {"import"}


def test_labels_read_back_into_their_own_store_add_nothing(
    workbench: Workbench, tmp_path: Path
) -> None:
    out = tmp_path / "labels.csv"
    run(workbench, "labels", "export", "-o", out)
    done = run(workbench, "labels", "import", out)
    assert done.stdout == "labels.csv: 2 rows, 0 added, 2 already there, 0 rejected.\n"


def test_what_an_import_says_of_wrong_rows(empty: Workbench, tmp_path: Path) -> None:
    file, rejects = tmp_path / "labels.csv", tmp_path / "rejects.csv"
    file.write_text(
        f"{HEADER}\n"
        f"merchant,m1,violation,M2,bo,{RECENT},\n"
        f"merchant,m9,violation,M2,bo,{RECENT},\n"
        f"merchant,m2,violation,=P1,bo,{RECENT},\n"
    )
    done = run(empty, "labels", "import", file, "--rejects", rejects)
    version = empty.taxonomy.version
    assert done.stdout == (
        "labels.csv: 3 rows, 1 added, 0 already there, 2 rejected.\n"
        "  row 2: entity_id 'm9' is no merchant of the live dataset\n"
        f"  row 3: policy '=P1' is no policy of taxonomy {version}\n"
        f"Rejects are in {rejects}.\n"
    )
    assert [list(row.values()) for row in read(rejects)] == [
        ["labels.csv", "2", "entity_id", "m9", "is no merchant of the live dataset"],
        ["labels.csv", "3", "policy", "'=P1", f"is no policy of taxonomy {version}"],
    ]
    assert len(empty.store.decisions.history()) == 1


def test_decisions_of_long_ago_are_said_to_be_no_labels(empty: Workbench, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(
        f"{HEADER}\n"
        "merchant,m1,violation,M2,bo,2020-03-01,\n"
        f"merchant,m2,violation,M2,bo,{RECENT},\n"
    )
    done = run(empty, "labels", "import", file)
    assert done.stdout == (
        "labels.csv: 2 rows, 2 added, 0 already there, 0 rejected.\n"
        "Decided too long ago to count as labels (PORTREEVE_LABEL_VALIDITY_DAYS): 1.\n"
    )


def test_a_dry_run_changes_nothing(empty: Workbench, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(f"{HEADER}\nmerchant,m1,violation,M2,bo,{RECENT},\n")
    done = run(empty, "labels", "import", file, "--dry-run")
    assert done.stdout == (
        "labels.csv: 1 row, 1 would be added (dry run: nothing was stored), "
        "0 already there, 0 rejected.\n"
    )
    assert empty.store.decisions.history().empty


def test_nothing_is_imported_when_it_cannot_be_told_what_was_kept_out(
    empty: Workbench, tmp_path: Path
) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(f"{HEADER}\nmerchant,m1,violation,M2,bo,{RECENT},\n")
    done = run(empty, "labels", "import", file, "--rejects", tmp_path / "nowhere" / "r.csv")
    assert done.exit_code == 1
    assert empty.store.decisions.history().empty


def test_nothing_is_imported_without_a_required_column(empty: Workbench, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(f"entity_type,entity_id,outcome,decided_at\nmerchant,m1,violation,{RECENT}\n")
    done = run(empty, "labels", "import", file, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"].startswith("labels.csv lacks the column reviewer")
    assert empty.store.decisions.history().empty


def test_entities_are_checked_against_what_is_live(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(f"{HEADER}\nmerchant,m9,violation,M2,bo,{RECENT},\n")
    workbench = open_workbench(Settings(home=tmp_path / "new"))
    assert "Nothing is live" in run(workbench, "labels", "import", file).stderr
    done = run(workbench, "labels", "import", file, "--allow-unknown")
    assert done.stdout == "labels.csv: 1 row, 1 added, 0 already there, 0 rejected.\n"
    labels = workbench.store.decisions.labels("merchant", NOW, 365)
    assert labels.index.tolist() == ["m9"]
