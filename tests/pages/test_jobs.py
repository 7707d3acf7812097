import json
import os
import time
from datetime import UTC, datetime

import pytest

from analytics.errors import InputError
from pages._ui.jobs import Job, last_started, latest_job, start_job


def wait(job: Job, patience_s: float = 60) -> str:
    deadline = time.monotonic() + patience_s
    while job.status == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    return job.status


def test_there_is_no_job_at_first(tmp_path):
    assert latest_job(tmp_path) is None


def test_a_job_ends_with_the_result_that_the_command_printed(tmp_path):
    job = start_job(tmp_path, "status", "Look around", ["status"])
    assert wait(job) == "done"
    assert latest_job(tmp_path) == job
    assert job.title == "Look around"
    assert isinstance(job.result(), dict)


def test_a_job_that_fails_says_why(tmp_path):
    job = start_job(tmp_path, "build", "Build", ["build"])
    assert wait(job) == "failed"
    assert job.result()["error"]


def test_only_one_job_runs_and_it_can_be_cancelled(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    os.mkfifo(empty / "merchants.csv")  # reading it waits for ever
    job = start_job(tmp_path, "ingest", "Ingest", ["ingest", "tables", str(empty)])
    assert job.status == "running"
    with pytest.raises(InputError, match="Another ingest, build or retraining"):
        start_job(tmp_path, "build", "Build", ["build"])
    job.cancel()
    assert wait(job) == "failed"
    assert wait(start_job(tmp_path, "status", "Next", ["status"])) == "done"


def test_steps_are_read_from_the_lines_in_order(tmp_path):
    lines = [
        {"step": "Read", "done": 0, "total": None, "state": "running", "seconds": 0.1},
        {"step": "Read", "done": 0, "total": None, "state": "done", "seconds": 2.0},
        {"step": "Score", "done": 1, "total": 4, "state": "running", "seconds": 0.5},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (tmp_path / "progress").write_text(f"{text}\na warning of some library\n", encoding="utf-8")
    read, score = Job(tmp_path).steps()
    assert (read.text, read.is_done, read.share, read.seconds) == ("Read", True, None, 2.0)
    assert (score.text, score.is_done, score.share) == ("Score", False, 0.25)


def test_the_last_job_of_a_kind_is_remembered(tmp_path):
    before = datetime.now(UTC)
    assert last_started(tmp_path, "status") is None
    assert wait(start_job(tmp_path, "status", "Look around", ["status"])) == "done"
    started = last_started(tmp_path, "status")
    assert before <= started <= datetime.now(UTC)
    assert last_started(tmp_path, "scheduled") is None
