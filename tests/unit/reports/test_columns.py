"""The columns of each report, and docs/reports.md, say the same in the same order."""

import re
from pathlib import Path

import pytest

from analytics import reports
from analytics.review.label_files import LABELS_FILE

DOCS = Path(__file__).parents[3] / "docs" / "reports.md"
RANGE = re.compile(r"`reason_1` … `reason_(\d)`")
NAME = re.compile(r"`([a-z0-9_]+)`")


def documented(heading: str, table: str) -> list[str]:
    """Names in the first column of the table whose head begins with `table`."""
    section = DOCS.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = section.split(f"| {table} |", 1)[1].splitlines()[2:]
    names: list[str] = []
    for line in lines:
        if not line.startswith("|"):
            break
        first = line.split("|")[1]
        whole = RANGE.sub(
            lambda m: " ".join(f"`reason_{i}`" for i in range(1, int(m[1]) + 1)), first
        )
        names += NAME.findall(whole)
    return names


@pytest.mark.parametrize(
    ("heading", "table", "names"),
    [
        ("Scores", "column", reports.SCORE_COLUMNS),
        ("Queue", "column", reports.QUEUE_COLUMNS),
        ("Rings", "column", reports.RING_COLUMNS),
        ("Incidents", "column", reports.INCIDENT_COLUMNS),
        ("Case file", "column", reports.CASE_COLUMNS),
        ("Case file", "section", reports.CASE_SECTIONS),
        ("Decisions", "column", reports.DECISION_COLUMNS),
        ("Model", "column", reports.MODEL_COLUMNS),
        ("Model", "section", reports.MODEL_SECTIONS),
        ("Training set", "column", reports.TRAINING_COLUMNS),
        ("Labels", "column", reports.LABEL_COLUMNS),
        ("Weak labels", "column", reports.WEAK_LABEL_COLUMNS),
        ("Import of labels", "column", LABELS_FILE.columns),
    ],
)
def test_every_column_is_documented_in_its_place(
    heading: str, table: str, names: tuple[str, ...]
) -> None:
    assert documented(heading, table) == list(names)


def test_the_columns_of_rejects_are_documented() -> None:
    text = DOCS.read_text(encoding="utf-8").replace("\n  ", " ")
    assert ", ".join(f"`{name}`" for name in reports.REJECT_COLUMNS) in text


def test_an_export_of_labels_has_every_column_that_an_import_reads() -> None:
    assert reports.LABEL_COLUMNS[: len(LABELS_FILE.columns)] == LABELS_FILE.columns


def test_what_reviewers_may_export_has_no_column_that_marks_the_control_sample() -> None:
    from analytics.reports import case_file

    shown = {
        *reports.QUEUE_COLUMNS,
        *case_file.CASE_FIELDS,
        *case_file.DECISION_FIELDS,
        *case_file.EVENT_FIELDS,
        *case_file.EVENT_DETAILS,
        *reports.LABEL_COLUMNS,
    }
    telling = {"opened_by", "queue_policy", "stratum", "inclusion_probability"}
    assert not shown & {*telling, "control_probability", "priority"}
