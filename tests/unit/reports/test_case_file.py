import csv
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.explain.case import CaseExplanation, Identity, Scores, Standing
from analytics.explain.harm import Harm, HarmPart
from analytics.explain.render import Reason
from analytics.explain.similar import SimilarCases
from analytics.reports import CASE_COLUMNS, CASE_SECTIONS, CaseFile, Evidence, export_case

HOSTILE = '=HYPERLINK("http://evil.example","Prize")'
EXPLANATION = CaseExplanation(
    identity=Identity(
        "merchant", "m1", "Toys", "toys", "CA", "1–9", "toys|1–9", 3, datetime(2025, 6, 1), None
    ),
    standing=Standing(1, 5, True, ()),
    scores=Scores(
        0.6, "scored", "Likely", 0.2, 4.0, 0.3, "prior", "A prior", "s1",
        datetime(2026, 4, 1), "merchant-1", "2026-02-01", None,
    ),
    harm=Harm(
        90.0, "money", "USD", 130.0, 0.0, 130.0, 30.0,
        (
            HarmPart("M2", "Late dispatch", 0.3, 0.2, 130.0, 7.8, "30 % × 0.2"),
            HarmPart(None, "Defective orders", 0.2, 1.0, 260.0, 52.0, "20 % of USD 260"),
        ),
    ),
    why_ranked="Ranked 1st",
    reasons=(
        Reason(
            1, "quality", "late_90d", "fulfilment", "Late dispatch", "60 % late.", "60 % late", "",
            1.0, 0.6, "share", 90, 0.05, 6, 1, ("M2", "M9"), "merchant.late_90d", 2, None,
        ),
    ),
    waterfalls={},
    similar=SimilarCases((), 0, ""),
    notes=("Log-odds",),
)  # fmt: skip
CASE = {
    "case_id": 7,
    "status": "open",
    "opened_at": datetime(2026, 4, 2),
    "opened_by": "control",
    "opened_by_shown": "build",
    "opened_reason": "Queued",
    "due_at": datetime(2026, 4, 9),
}
DECISION = {
    "id": 3,
    "case_id": 7,
    "kind": "decision",
    "outcome": "violation",
    "policy": "M2",
    "reason": "Late",
    "reviewer": "ana",
    "decided_at": datetime(2026, 4, 3),
    "queue_policy": "control",
    "stratum": "merchant/control",
    "inclusion_probability": 0.01,
}
EVENT = {
    "case_id": 7,
    "at": datetime(2026, 4, 2),
    "actor": "build",
    "kind": "opened",
    "data": {"reason": "Queued", "by": "control"},
}
HELD = {**EVENT, "kind": "held", "actor": "ana", "data": {"until": "2026-04-05", "by": "control"}}


def case_file(**parts: Any) -> CaseFile:
    whole = CaseFile(
        EXPLANATION,
        (
            Evidence(
                "late_90d", pd.DataFrame({"at": [datetime(2026, 3, 1)], "order_id": ["o1"]}), 2
            ),
        ),
        pd.DataFrame({"policy": ["M4"], "outcome": ["no_violation"]}),
        pd.DataFrame([CASE]),
        pd.DataFrame([DECISION]),
        pd.DataFrame([EVENT, HELD]),
    )
    return replace(whole, **parts)


def read(path: Path) -> list[tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)]


def written(folder: Path, case: CaseFile) -> dict[tuple[str, ...], str]:
    """Section, subject, row, field → value."""
    export_case(case, folder / "c.csv")
    _, *rows = read(folder / "c.csv")
    assert len({row[:4] for row in rows}) == len(rows)
    return {row[:4]: row[4] for row in rows}


def test_a_case_with_everything(tmp_path: Path) -> None:
    values = written(tmp_path, case_file())
    assert tuple(read(tmp_path / "c.csv")[0]) == CASE_COLUMNS
    assert list(dict.fromkeys(key[0] for key in values)) == list(CASE_SECTIONS)
    expected = {
        ("identity", "", "", "entity_id"): "m1",
        ("identity", "", "", "known_since"): "2025-06-01T00:00:00Z",
        ("exposure", "", "", "gmv_at_risk"): "130",
        ("exposure", "", "", "why_ranked"): "Ranked 1st",
        ("scores", "", "", "violation_source"): "prior",
        ("harm", "M2", "1", "harm"): "7.8",
        ("harm", "defective_orders", "2", "harm"): "52",
        ("reasons", "late_90d", "1", "sentence"): "60 % late.",
        ("reasons", "late_90d", "1", "policies"): "M2, M9",
        ("evidence", "late_90d", "", "rows"): "2",
        ("evidence", "late_90d", "", "rows_here"): "1",
        ("evidence", "late_90d", "1", "order_id"): "o1",
        ("past_decisions", "", "1", "policy"): "M4",
        ("cases", "", "1", "opened_by_shown"): "build",
        ("decisions", "", "1", "decision_id"): "3",
        ("decisions", "", "1", "reason"): "Late",
        ("events", "", "1", "kind"): "opened",
        ("events", "", "1", "reason"): "Queued",
        ("events", "", "2", "actor"): "ana",
        ("events", "", "2", "until"): "2026-04-05",
        ("notes", "", "1", "text"): "Log-odds",
    }
    assert {key: values[key] for key in expected} == expected


def test_nothing_says_that_the_control_sample_opened_it(tmp_path: Path) -> None:
    export_case(case_file(), tmp_path / "c.csv")
    assert "control" not in (tmp_path / "c.csv").read_text(encoding="utf-8")


def test_a_case_that_nobody_has_touched(tmp_path: Path) -> None:
    values = written(tmp_path, CaseFile(EXPLANATION))
    assert {key[0] for key in values} == {
        "identity", "exposure", "scores", "harm", "reasons", "notes",
    }  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        case_file(
            explanation=replace(EXPLANATION, identity=replace(EXPLANATION.identity, name=HOSTILE))
        ),
        case_file(
            explanation=replace(
                EXPLANATION, reasons=(replace(EXPLANATION.reasons[0], sentence=HOSTILE),)
            )
        ),
        case_file(evidence=(Evidence("late_90d", pd.DataFrame({"title": [HOSTILE]}), 1),)),
        case_file(evidence=(Evidence(HOSTILE, pd.DataFrame({"title": ["x"]}), 1),)),
        case_file(evidence=(Evidence("late_90d", pd.DataFrame({HOSTILE: ["x"]}), 1),)),
        case_file(cases=pd.DataFrame([{**CASE, "hold_reason": HOSTILE}])),
        case_file(decisions=pd.DataFrame([{**DECISION, "reason": HOSTILE}])),
        case_file(decisions=pd.DataFrame([{**DECISION, "reviewer": HOSTILE}])),
        case_file(events=pd.DataFrame([{**EVENT, "actor": HOSTILE}])),
        case_file(events=pd.DataFrame([{**HELD, "data": {"reason": HOSTILE}}])),
    ],
)
def test_no_text_runs_in_a_spreadsheet(tmp_path: Path, case: CaseFile) -> None:
    export_case(case, tmp_path / "c.csv")
    texts = {text for row in read(tmp_path / "c.csv") for text in row}
    assert f"'{HOSTILE}" in texts
    assert HOSTILE not in texts
